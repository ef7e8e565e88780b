import { Button, Group, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { askAnewOfRecordings } from "@/client/anew";
import { DeleteButton } from "@/ui/DeleteButton";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";
import { SoundPlayer } from "@/ui/SoundPlayer";
import { choose, type Recording, removeRecording, waveformQuery } from "../queries";
import { Recognised } from "./Recognised";
import { Verdicts } from "./Verdicts";

/** A take that the server has, with its word on it. */
export function KeptTake({ recording }: { recording: Recording }) {
  const { t } = useTranslation("record");
  const format = useFormat();
  const queries = useQueryClient();
  const drawn = useQuery(waveformQuery(recording.id));
  const changed = () => askAnewOfRecordings(queries);
  const choosing = useMutation({ mutationFn: () => choose(recording.id), onSuccess: changed });
  const outline = useMemo(() => {
    const { lowest = [], highest = [] } = drawn.data ?? {};
    return highest.map((high, index) => (high > -(lowest[index] ?? 0) ? high : (lowest[index] ?? 0)));
  }, [drawn.data]);
  const { measures, flags } = recording;
  const when = format.date(recording.created);
  return (
    <li>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={recording.state === "kept" ? 600 : 400}>
          {t(`takes.${recording.state}`)}{" "}
          <Text span c="dimmed" size="sm" fw={400}>
            {when}
          </Text>
        </Text>
        <Group gap="xs">
          {recording.state === "kept" ? null : (
            <Button size="compact-sm" variant="default" onClick={() => choosing.mutate()} loading={choosing.isPending}>
              {t("takes.choose")}
            </Button>
          )}
          <DeleteButton
            size="compact-sm"
            question={t("takes.deleteQuestion")}
            goes={t("takes.deleteGoes", { when })}
            remove={() => removeRecording(recording.id)}
            removed={changed}
          />
        </Group>
      </Group>
      <SoundPlayer
        source={`${recording.audio}?format=playable`}
        outline={outline}
        seconds={measures.seconds}
        span={{
          start: Math.max(0, measures.speech_start - 0.25),
          end: Math.min(measures.seconds, measures.speech_end + 0.25),
        }}
        label={t("takes.of", { when })}
        height={44}
      />
      {recording.state === "kept" || flags.length > 0 ? (
        <Verdicts
          codes={flags.map((flag) => flag.code)}
          sentences={Object.fromEntries(flags.map((flag) => [flag.code, flag.sentence]))}
        />
      ) : null}
      {recording.state === "kept" ? <Recognised id={recording.id} /> : null}
      {choosing.isError ? <Failed error={choosing.error} /> : null}
    </li>
  );
}
