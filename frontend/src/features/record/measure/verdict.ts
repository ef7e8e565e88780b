import type { Measures } from "./take";
import { trimmed } from "./take";

/** What is doubtful about a take: the codes are the server's, and so are the limits (domain/flags.py). */
export const VERDICTS = [
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

export type Verdict = (typeof VERDICTS)[number];

const RULES: Record<Verdict, (take: Measures, seconds: number) => boolean> = {
  silent: (take) => take.speech === null || take.peak < -50,
  clipped: (take) => take.clipped > 0.0005,
  too_loud: (take) => take.peak > -0.3 && take.clipped <= 0.0005,
  too_quiet: (take) => take.level < -40,
  noisy: (take) => take.level - take.noise < 15,
  cut_off_start: (take) => take.begins - take.level > -12,
  cut_off_end: (take) => take.ends - take.level > -12,
  too_short: (_, seconds) => seconds < 0.512,
  too_long: (_, seconds) => seconds > 30,
};

/** All that is doubtful, the worst first; of silence, nothing else is said. */
export function verdicts(take: Measures): Verdict[] {
  const { start, end } = trimmed(take);
  const found = VERDICTS.filter((verdict) => RULES[verdict](take, end - start));
  return found.includes("silent") ? ["silent"] : found;
}

/** What else the server may find, which knows the phonemes of the sentence. */
export const FLAGS = [...VERDICTS, "text_too_short", "text_too_long"] as const;

export type Flag = (typeof FLAGS)[number];

export function isFlag(code: string): code is Flag {
  return (FLAGS as readonly string[]).includes(code);
}
