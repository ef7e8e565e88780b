let heard: HTMLMediaElement | null = null;

/** Play a sound from where it is, and nothing beside it. */
export function playAlone(media: HTMLMediaElement): Promise<void> {
  silenceOthers(media);
  return media.play();
}

/** Pause what else plays: for a sound that a person started with the browser's own button. */
export function silenceOthers(media: HTMLMediaElement): void {
  if (heard !== media) {
    heard?.pause();
  }
  heard = media;
}
