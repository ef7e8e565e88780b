import "./sound.css";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import WaveSurfer from "wavesurfer.js";

interface WaveformParts {
  media: HTMLAudioElement;
  /** What stands out most in each of equal parts, between -1 and 1. */
  outline: readonly number[];
  seconds: number;
  /** The part that is kept, in seconds; what is outside of it is shown paler. */
  span?: { start: number; end: number } | undefined;
  height?: number;
}

/** A sound as a picture that follows what is played, and that can be clicked to play from there. */
export function Waveform({ media, outline, seconds, span, height = 88 }: WaveformParts) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme();

  useEffect(() => {
    if (place.current === null) {
      return;
    }
    const colours = getComputedStyle(place.current);
    const dark = scheme === "dark";
    const wave = WaveSurfer.create({
      container: place.current,
      media,
      peaks: [[...outline]],
      duration: seconds,
      height,
      normalize: false,
      barWidth: 2,
      barGap: 1,
      barRadius: 2,
      barMinHeight: 1,
      waveColor: colours.getPropertyValue(`--mantine-color-cyan-${dark ? 7 : 5}`),
      progressColor: colours.getPropertyValue(`--mantine-color-cyan-${dark ? 4 : 9}`),
      cursorColor: colours.getPropertyValue("--mantine-color-text"),
      dragToSeek: true,
      cspNonce: document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "",
    });
    return () => wave.destroy();
  }, [media, outline, seconds, height, scheme]);

  return (
    <div className="waveform" aria-hidden>
      <div ref={place} />
      {span ? (
        <>
          <div className="waveform-outside" style={{ left: 0, width: `${(span.start / seconds) * 100}%` }} />
          <div className="waveform-outside" style={{ right: 0, width: `${(1 - span.end / seconds) * 100}%` }} />
        </>
      ) : null}
    </div>
  );
}
