import { Group, Stack, Text } from "@mantine/core";
import type { Ref } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/ui/format";
import { type Plays, SoundPlayer } from "@/ui/SoundPlayer";
import type { Take } from "../keep/database";
import { trimmed } from "../measure/take";
import { verdicts } from "../measure/verdict";
import { KEYS } from "./hotkeys";
import { useSound } from "./useSound";
import { Verdicts } from "./Verdicts";

/** A take that is to be decided on: how it looks, sounds and measures. */
export function TakeView({ take, ref }: { take: Take; ref: Ref<Plays> }) {
  const { t } = useTranslation("record");
  const format = useFormat();
  const sound = useSound(take.id);
  const { measures } = take;
  const span = trimmed(measures);
  const decibels = (value: number) => t("take.decibels", { value: format.figure(Math.round(value)) });
  return (
    <Stack gap="sm" className="take">
      {sound ? (
        <SoundPlayer
          ref={ref}
          source={sound.source}
          outline={sound.outline}
          seconds={measures.seconds}
          span={span}
          label={t("take.this")}
          shortcut={KEYS.play}
        />
      ) : (
        <div className="take-blank" />
      )}
      <Group justify="space-between" gap="xs">
        <Verdicts codes={verdicts(measures)} />
        <Text size="sm" c="dimmed">
          {t("take.measures", {
            peak: decibels(measures.peak),
            level: decibels(measures.level),
            noise: decibels(measures.noise),
            rate: format.figure(take.rate / 1000),
            bits: take.bits,
          })}
        </Text>
      </Group>
    </Stack>
  );
}
