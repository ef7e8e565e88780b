import { Button } from "@mantine/core";
import { IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { useSpeaking } from "@/features/voices/speaking/useSpeaking";

interface HearParts {
  voice: string;
  /** What it is called to the person, who may not be told which voice it is. */
  name: string;
  text: string;
  speaking: ReturnType<typeof useSpeaking>;
}

export function HearButton({ voice, name, text, speaking }: HearParts) {
  const { t } = useTranslation("voices");
  const mine = speaking.who === name;
  return (
    <Button
      variant="light"
      size="md"
      h="auto"
      mih={48}
      py="xs"
      styles={{ label: { whiteSpace: "normal" } }}
      loading={mine && speaking.state === "thinking"}
      disabled={text.trim() === ""}
      leftSection={mine ? <IconPlayerStop size={18} aria-hidden /> : <IconPlayerPlay size={18} aria-hidden />}
      onClick={() => (mine ? speaking.stop() : void speaking.speak(voice, { text }, name))}
    >
      {t(mine ? "compare.silence" : "compare.hear", { name })}
    </Button>
  );
}
