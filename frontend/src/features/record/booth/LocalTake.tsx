import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { DeleteButton } from "@/ui/DeleteButton";
import { useFormat } from "@/ui/format";
import { kindOf } from "@/ui/kinds";
import { Said } from "@/ui/Said";
import { SoundPlayer } from "@/ui/SoundPlayer";
import type { Take } from "../keep/database";
import { forget, send } from "../keep/takes";
import { trimmed } from "../measure/take";
import { verdicts } from "../measure/verdict";
import { useSound } from "./useSound";
import { Verdicts } from "./Verdicts";

/** A take that only this browser has: set aside, on its way, or refused. */
export function LocalTake({ take }: { take: Take }) {
  const { t } = useTranslation("record");
  const format = useFormat();
  const { t: shared } = useTranslation("shell");
  const kind = kindOf(take.kind ?? "", shared);
  const sound = useSound(take.id);
  const when = format.date(new Date(take.created).toISOString());
  const name = `${take.profile}-${take.position}.wav`;
  return (
    <li>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={take.state === "waiting" ? 600 : 400}>
          {t(`takes.${take.state === "deciding" ? "aside" : take.state}`)}{" "}
          <Text span c="dimmed" size="sm" fw={400}>
            {when}
          </Text>
        </Text>
        <Group gap="xs">
          {take.state === "waiting" ? null : (
            <Button size="compact-sm" variant="default" onClick={() => void send(take.id)}>
              {t(take.state === "refused" ? "takes.again" : "takes.choose")}
            </Button>
          )}
          {take.state === "refused" && sound ? (
            <Button size="compact-sm" variant="default" component="a" href={sound.source} download={name}>
              {t("takes.save")}
            </Button>
          ) : null}
          {take.state === "waiting" ? null : (
            <DeleteButton
              size="compact-sm"
              question={t("takes.deleteQuestion")}
              goes={t("takes.forgetGoes", { when })}
              remove={() => forget([take.id])}
              removed={() => undefined}
            />
          )}
        </Group>
      </Group>
      {take.problem ? (
        <Text size="sm">
          <Said sentence={take.problem} words={kind && `${kind}.`} />
        </Text>
      ) : null}
      {sound ? (
        <SoundPlayer
          source={sound.source}
          outline={sound.outline}
          seconds={take.measures.seconds}
          span={trimmed(take.measures)}
          label={t("takes.of", { when })}
          height={44}
        />
      ) : null}
      <Verdicts codes={verdicts(take.measures)} />
    </li>
  );
}
