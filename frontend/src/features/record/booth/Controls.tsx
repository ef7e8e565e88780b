import { Button, type ButtonProps, Group } from "@mantine/core";
import {
  IconArrowLeft,
  IconArrowRight,
  IconCheck,
  IconEar,
  IconMicrophone,
  IconPlayerRecordFilled,
  IconPlayerStopFilled,
  IconRefresh,
  IconX,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Hotkey } from "@/ui/Hotkey";
import { type Action, KEYS } from "./hotkeys";
import type { Move, Step } from "./steps";

interface ControlsParts {
  step: Step;
  opening: boolean;
  open: () => Promise<void>;
  perform: (move: Move) => void;
}

/** The buttons of this moment: the one that is meant to be pressed stands in the middle, and is the only filled one. */
export function Controls({ step, opening, open, perform }: ControlsParts) {
  const { t } = useTranslation("record");
  const key = (move: Move, action: Action, icon: ReactNode, more: ButtonProps = {}, label = t(`do.${move}`)) => (
    <KeyButton key={move} label={label} action={action} icon={icon} onClick={() => perform(move)} {...more} />
  );
  const around = (middle: ReactNode) => (
    <>
      {key("back", "back", <IconArrowLeft size={20} aria-hidden />, { variant: "subtle", color: "gray" })}
      <div className="controls-middle">{middle}</div>
      {key("next", "next", <IconArrowRight size={20} aria-hidden />, { variant: "subtle", color: "gray" })}
    </>
  );
  const icons = { size: 22, "aria-hidden": true } as const;
  const buttons = () => {
    switch (step.name) {
      case "closed":
        return around(
          <Button size="lg" leftSection={<IconMicrophone {...icons} />} loading={opening} onClick={() => void open()}>
            {t("do.open")}
          </Button>,
        );
      case "room":
        if (step.listening) {
          return key("cancel", "cancel", <IconX {...icons} />, { variant: "default" });
        }
        return step.found === null
          ? [
              key("listen", "record", <IconEar {...icons} />, { variant: "filled" }),
              key("enter", "keep", null, { variant: "default" }, t("do.later")),
            ]
          : [
              key("listen", "again", <IconRefresh {...icons} />, { variant: "default" }, t("do.again")),
              key("enter", "record", <IconCheck {...icons} />, { variant: "filled" }),
            ];
      case "counting":
        return key("cancel", "cancel", <IconX {...icons} />, { variant: "default" });
      case "speaking":
        return [
          key("cancel", "cancel", <IconX {...icons} />, { variant: "default" }),
          key("stop", "record", <IconPlayerStopFilled {...icons} />, { variant: "filled", color: "red" }),
        ];
      case "deciding":
        return around([
          key("again", "again", <IconRefresh {...icons} />, { variant: "default" }),
          key("keep", "keep", <IconCheck {...icons} />, { variant: "filled" }),
        ]);
      default:
        return around(
          key("begin", "record", <IconPlayerRecordFilled {...icons} />, {
            variant: "filled",
            disabled: step.name === "keeping",
          }),
        );
    }
  };
  return (
    <Group className="controls" justify="center" gap="sm">
      {buttons()}
    </Group>
  );
}

interface KeyButtonParts extends ButtonProps {
  label: string;
  action: Action;
  icon: ReactNode;
  onClick: () => void;
}

function KeyButton({ label, action, icon, ...more }: KeyButtonParts) {
  return (
    <Button
      size="lg"
      leftSection={icon}
      rightSection={<Hotkey keys={KEYS[action].shown} />}
      aria-keyshortcuts={KEYS[action].aria}
      {...more}
    >
      {label}
    </Button>
  );
}
