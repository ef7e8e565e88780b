import { ActionIcon, Group, Text } from "@mantine/core";
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from "@tabler/icons-react";
import { type Ref, useEffect, useImperativeHandle, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/ui/format";
import { Hotkey } from "@/ui/Hotkey";
import { playAlone } from "@/ui/playAlone";
import { Waveform } from "@/ui/Waveform";

export interface Plays {
  toggle: () => void;
  stop: () => void;
}

interface PlayerParts {
  /** A file of the server, or a blob: address. */
  source: string;
  outline: readonly number[];
  seconds: number;
  /** The part that is played, and shown as kept. */
  span?: { start: number; end: number } | undefined;
  /** What is played, for who cannot see it. */
  label: string;
  /** Pixels of the picture. */
  height?: number;
  /** A key that plays it, as a person and as aria-keyshortcuts call it. */
  shortcut?: { shown: string; aria: string } | undefined;
  ref?: Ref<Plays>;
}

/** A sound with its picture and one button. */
export function SoundPlayer({ source, outline, seconds, span, label, height = 88, shortcut, ref }: PlayerParts) {
  const { t } = useTranslation("shell");
  const format = useFormat();
  const media = useMemo(() => new Audio(source), [source]);
  const [playing, setPlaying] = useState(false);
  const start = span?.start ?? 0;
  const end = span?.end ?? seconds;

  useEffect(() => {
    const stopAtEnd = () => {
      // A frame before the end of the file is its end: no browser reports more often.
      if (media.currentTime >= end && end < seconds) {
        media.pause();
        media.currentTime = start;
      }
    };
    const update = () => setPlaying(!media.paused);
    const events = ["play", "pause", "ended"] as const;
    for (const event of events) {
      media.addEventListener(event, update);
    }
    media.addEventListener("timeupdate", stopAtEnd);
    return () => {
      media.pause();
      for (const event of events) {
        media.removeEventListener(event, update);
      }
      media.removeEventListener("timeupdate", stopAtEnd);
    };
  }, [media, start, end, seconds]);

  const plays = useMemo<Plays>(
    () => ({
      toggle: () => {
        if (!media.paused) {
          media.pause();
          return;
        }
        if (media.currentTime < start || media.currentTime >= end - 0.05) {
          media.currentTime = start;
        }
        // Refused where nobody has touched the page yet; the button stays what it is.
        void playAlone(media).catch(() => undefined);
      },
      stop: () => media.pause(),
    }),
    [media, start, end],
  );
  useImperativeHandle(ref, () => plays, [plays]);

  return (
    <Group gap="sm" wrap="nowrap" align="center">
      <ActionIcon
        size={44}
        radius="xl"
        variant="light"
        onClick={plays.toggle}
        aria-keyshortcuts={shortcut?.aria}
        aria-label={playing ? t("player.pause", { what: label }) : t("player.play", { what: label })}
      >
        {playing ? <IconPlayerPauseFilled size={20} aria-hidden /> : <IconPlayerPlayFilled size={20} aria-hidden />}
      </ActionIcon>
      <div className="player-picture">
        <Waveform media={media} outline={outline} seconds={seconds} span={span} height={height} />
      </div>
      <Text size="sm" c="dimmed" className="figures">
        {format.figure(end - start, 2)} s
      </Text>
      {shortcut ? <Hotkey keys={shortcut.shown} /> : null}
    </Group>
  );
}
