import { Button, Text } from "@mantine/core";
import { IconPlayerPlayFilled, IconPlayerStopFilled } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { playAlone } from "@/ui/playAlone";

interface ClipParts {
  source: string;
  /** What it is, as the button shows it. */
  caption: ReactNode;
  /** The same in words, to tell the buttons apart: the checkpoint and the sentence. */
  what: string;
  sentence: string;
}

/** A sound as one small button; it is fetched when it is asked for, and stops whatever else plays. */
export function Clip({ source, caption, what, sentence }: ClipParts) {
  const { t } = useTranslation("train");
  const media = useRef<HTMLAudioElement | null>(null);
  const [playing, setPlaying] = useState(false);
  const [failed, setFailed] = useState(false);

  useEffect(
    () => () => {
      media.current?.pause();
      media.current = null;
    },
    [],
  );

  const toggle = () => {
    if (media.current === null) {
      const made = new Audio(source);
      made.addEventListener("play", () => setPlaying(true));
      made.addEventListener("pause", () => setPlaying(false));
      made.addEventListener("error", () => setFailed(true));
      media.current = made;
    }
    if (playing) {
      media.current.pause();
    } else {
      setFailed(false);
      media.current.currentTime = 0;
      playAlone(media.current).catch(() => setPlaying(false));
    }
  };

  return (
    <>
      <Button
        size="xs"
        variant={playing ? "light" : "default"}
        aria-pressed={playing}
        aria-label={t(playing ? "samples.stop" : "samples.play", { what, sentence })}
        leftSection={
          playing ? <IconPlayerStopFilled size={14} aria-hidden /> : <IconPlayerPlayFilled size={14} aria-hidden />
        }
        onClick={toggle}
      >
        {caption}
      </Button>
      {failed ? (
        <Text size="xs" c="error" role="alert">
          {t("samples.failed")}
        </Text>
      ) : null}
    </>
  );
}
