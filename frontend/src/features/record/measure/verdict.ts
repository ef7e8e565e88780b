import { SOUND_FLAGS, type SoundFlag } from "@/client/flags";
import type { Measures } from "./take";
import { trimmed } from "./take";

/** What is doubtful about a take: the codes are the server's, and so are the limits (domain/flags.py). */
const RULES: Record<SoundFlag, (take: Measures, seconds: number) => boolean> = {
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
export function verdicts(take: Measures): SoundFlag[] {
  const { start, end } = trimmed(take);
  const found = SOUND_FLAGS.filter((flag) => RULES[flag](take, end - start));
  return found.includes("silent") ? ["silent"] : found;
}
