import { Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { IconBan, IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type Ref, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { isFlag } from "@/client/flags";
import classes from "@/features/dataset/detail/detail.module.css";
import { Transcript } from "@/features/dataset/detail/Transcript";
import { type Recording, waveformQuery } from "@/features/dataset/queries";
import type { Editing } from "@/features/dataset/useEditing";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";
import { Said } from "@/ui/Said";
import { type Plays, SoundPlayer } from "@/ui/SoundPlayer";

interface DetailParts {
  recording: Recording;
  profiles: Schemas["Profile"][];
  editing: Editing;
  player: Ref<Plays>;
}

/** One recording: heard, seen, corrected, set aside. */
export function Detail({ recording, profiles, editing, player }: DetailParts) {
  const { t } = useTranslation("dataset");
  const { data: wave, error } = useQuery(waveformQuery(recording.id));
  // The same array as long as it is the same sound: a new one would be drawn anew.
  const outline = useMemo(() => wave?.highest.map((high, at) => Math.max(high, -(wave.lowest[at] ?? 0))) ?? [], [wave]);
  const language = profiles.find((profile) => profile.name === recording.profile)?.language ?? "";
  const kept = recording.state === "kept";
  const toggle = () => editing.change([{ id: recording.id, state: kept ? "excluded" : "kept" }]);
  return (
    <Paper withBorder p="lg">
      <Stack>
        <Group justify="space-between">
          <Title order={2} size="h4">
            {t("detail.title", { position: recording.position, list: recording.prompt_list })}
          </Title>
          <Button
            variant="default"
            size="xs"
            onClick={toggle}
            leftSection={kept ? <IconBan size={16} aria-hidden /> : <IconCheck size={16} aria-hidden />}
          >
            {t(kept ? "detail.exclude" : "detail.include")}
          </Button>
        </Group>
        {error ? <Failed error={error} /> : null}
        {wave ? (
          <SoundPlayer
            ref={player}
            source={`${recording.audio}?format=playable`}
            outline={outline}
            seconds={wave.seconds}
            span={{ start: wave.speech_start, end: wave.speech_end }}
            label={recording.text}
          />
        ) : (
          <div className={classes.place} />
        )}
        <img
          className={classes.spectrogram}
          src={`/api/recordings/${recording.id}/spectrogram?width=800`}
          alt={t("detail.spectrogram")}
        />
        <Transcript recording={recording} language={language} editing={editing} />
        <Flags recording={recording} />
        <Measures recording={recording} />
      </Stack>
    </Paper>
  );
}

function Flags({ recording }: { recording: Recording }) {
  const { t } = useTranslation("dataset");
  if (recording.flags.length === 0) {
    return null;
  }
  return (
    <List size="sm">
      {recording.flags.map((flag) => (
        <List.Item key={flag.code}>
          <Said sentence={flag.sentence} words={isFlag(flag.code) ? `${t(`flag.${flag.code}`)}.` : undefined} />
        </List.Item>
      ))}
    </List>
  );
}

function Measures({ recording }: { recording: Recording }) {
  const { t } = useTranslation("dataset");
  const format = useFormat();
  const { seconds, rate, loudness, peak, noise, pace } = recording.measures;
  const words = [
    `${format.figure(seconds, 3)} s`,
    `${format.count(rate)} Hz`,
    t("detail.loudness", { value: format.figure(loudness, 3) }),
    t("detail.peak", { value: format.figure(peak, 3) }),
    t("detail.noise", { value: format.figure(noise, 3) }),
    pace === null || pace === undefined ? "" : t("detail.pace", { value: format.figure(pace, 3) }),
    recording.source,
    format.date(recording.created),
  ];
  return (
    <Text size="sm" c="dimmed">
      {words.filter(Boolean).join(" · ")}
    </Text>
  );
}
