import { VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/ui/format";
import { verdicts } from "../measure/verdict";
import type { Step } from "./steps";

/** What a screen reader says: each change of state once, and no level; what is silent is heard in the room. */
export function Announcer({ step, text, number, count }: { step: Step; text: string; number: number; count: number }) {
  const { t } = useTranslation("record");
  const format = useFormat();
  const said = () => {
    switch (step.name) {
      case "room":
        return step.found === null
          ? t(step.listening ? "room.listening" : "room.why")
          : t(`room.${step.found.quiet}`, { decibels: format.figure(Math.round(step.found.noise)) });
      case "counting":
        return String(step.left);
      case "speaking":
        return t("step.speaking");
      case "deciding": {
        const found = verdicts(step.take.measures);
        const judged = found.length > 0 ? found.map((verdict) => t(`verdict.${verdict}`)).join(" ") : t("take.good");
        return `${t("said.recorded", { seconds: format.figure(step.take.measures.seconds, 2) })} ${judged}`;
      }
      case "ready":
        return `${t("booth.number", { number, count })}. ${text}`;
      default:
        return t(`step.${step.name}`);
    }
  };
  return (
    <VisuallyHidden role="status" aria-live="polite" aria-atomic="true">
      {said()}
    </VisuallyHidden>
  );
}
