import { Button, Group, Paper, Select, Slider, Stack, Text, Textarea, Title } from "@mantine/core";
import { IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { VoiceDetail } from "@/features/voices/queries";
import { useSpeaking } from "@/features/voices/speaking/useSpeaking";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";

const MOST_CHARACTERS = 5000;

/** Type a sentence, hear it. */
export function TrySentence({ voice }: { voice: VoiceDetail }) {
  const { t } = useTranslation("voices");
  const [text, setText] = useState(voice.samples[0]?.text ?? "");
  const [speaker, setSpeaker] = useState<string | null>(voice.speakers[0] ?? null);
  const [slowness, setSlowness] = useState(1);
  const { state, error, speak, stop } = useSpeaking();
  const canSpeak = voice.can_speak && text.trim() !== "";

  const say = () => {
    if (canSpeak) {
      void speak(voice.name, { text, length_scale: slowness, ...(speaker === null ? {} : { speaker }) });
    }
  };

  return (
    <Paper withBorder p="lg">
      <Title order={2} size="h4" mb="sm">
        {t("try.title")}
      </Title>
      <Stack>
        <Textarea
          label={t("try.text")}
          description={t("try.hint")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
              say();
            }
          }}
          maxLength={MOST_CHARACTERS}
          autosize
          minRows={2}
          maxRows={8}
        />
        <Group align="flex-end" gap="lg">
          {voice.speakers.length > 0 ? (
            <Select
              label={t("try.speaker")}
              data={voice.speakers}
              value={speaker}
              onChange={setSpeaker}
              allowDeselect={false}
            />
          ) : null}
          <Slowness value={slowness} change={setSlowness} />
        </Group>
        <Group>
          <Button
            onClick={say}
            disabled={!canSpeak}
            loading={state === "thinking"}
            leftSection={<IconPlayerPlay size={18} aria-hidden />}
          >
            {t("try.say")}
          </Button>
          <Button
            variant="default"
            onClick={stop}
            disabled={state === "silent"}
            leftSection={<IconPlayerStop size={18} aria-hidden />}
          >
            {t("try.stop")}
          </Button>
          <Text size="sm" c="dimmed" aria-live="polite">
            {state === "silent" ? "" : t(`try.${state}`)}
          </Text>
        </Group>
        {error ? <Failed error={error} /> : null}
      </Stack>
    </Paper>
  );
}

function Slowness({ value, change }: { value: number; change: (value: number) => void }) {
  const { t } = useTranslation("voices");
  const format = useFormat();
  return (
    <div style={{ flex: "1 1 14rem", maxWidth: "24rem" }}>
      <Text size="sm" id="slowness">
        {t("try.slowness", { times: format.figure(value, 2) })}
      </Text>
      <Slider
        value={value}
        onChange={change}
        min={0.5}
        max={2}
        step={0.05}
        label={(one) => format.figure(one, 2)}
        thumbProps={{ "aria-labelledby": "slowness" }}
      />
    </div>
  );
}
