import { Button, Group, Text } from "@mantine/core";
import { IconVolume } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { wordsOf } from "@/features/dataset/detail/words";

/** Each word, to be heard as the phonemes have it: a robot says it, so that a wrong reading is noticed. */
export function SayWord({ text, language }: { text: string; language: string }) {
  const { t } = useTranslation("dataset");
  const sound = useRef<HTMLAudioElement>(null);
  useEffect(() => () => sound.current?.pause(), []);
  if (!language) {
    return null;
  }
  const say = (words: string) => {
    sound.current?.pause();
    sound.current = new Audio(`/api/phonemes/speech?${new URLSearchParams({ text: words, language })}`);
    void sound.current.play().catch(() => undefined);
  };
  return (
    <div>
      <Text size="sm" fw={600}>
        {t("detail.hear")}
      </Text>
      <Group gap={4}>
        {wordsOf(text).map(({ word, at }) => (
          <Button key={at} variant="subtle" size="compact-sm" onClick={() => say(word)}>
            {word}
          </Button>
        ))}
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconVolume size={14} aria-hidden />}
          onClick={() => say(text)}
        >
          {t("detail.hearAll")}
        </Button>
      </Group>
    </div>
  );
}
