/** What a recording can be flagged with: the server's codes (domain/flags.py), of the sound and then of its sentence. */
export const SOUND_FLAGS = [
  "silent",
  "clipped",
  "too_loud",
  "too_quiet",
  "noisy",
  "cut_off_start",
  "cut_off_end",
  "too_short",
  "too_long",
] as const;

export const FLAGS = [...SOUND_FLAGS, "text_too_short", "text_too_long"] as const;

export type SoundFlag = (typeof SOUND_FLAGS)[number];
export type Flag = (typeof FLAGS)[number];

export function isFlag(code: string): code is Flag {
  return (FLAGS as readonly string[]).includes(code);
}
