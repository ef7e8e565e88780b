let heard: HTMLMediaElement | null = null;

/** Play a sound from where it is, and nothing beside it. */
export function playAlone(media: HTMLMediaElement): Promise<void> {
  if (heard !== media) {
    heard?.pause();
  }
  heard = media;
  return media.play();
}
