import type { ComponentProps } from "react";
import { silenceOthers } from "@/ui/playAlone";

interface PlayerParts extends Pick<ComponentProps<"audio">, "className" | "style"> {
  source: string;
  /** What it is, for who cannot see it. */
  label: string;
}

/** A sound with the browser's own buttons, fetched when it is played; whatever else plays stops then. */
export function BrowserPlayer({ source, label, ...look }: PlayerParts) {
  return (
    <audio
      controls
      preload="none"
      src={source}
      aria-label={label}
      onPlay={(event) => silenceOthers(event.currentTarget)}
      {...look}
    />
  );
}
