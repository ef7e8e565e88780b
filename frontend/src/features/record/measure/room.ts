import { decibels, percentile, SILENCE, windowsOf } from "./levels";

/** How quiet a room is, from nothing at all (a microphone that is switched off) to too noisy. */
export type Quiet = "dead" | "excellent" | "good" | "fair" | "poor";

export interface Room {
  /** dBFS. */
  noise: number;
  quiet: Quiet;
}

export const ROOM_SECONDS = 3;

const WINDOW = 0.05;

/** Of some seconds in which nobody speaks: a chair that creaks once does not count, an air conditioner does. */
export function roomOf(samples: Float32Array, rate: number): Room {
  const levels = windowsOf(samples, Math.round(WINDOW * rate));
  const noise = decibels(percentile(levels, 0.7));
  return { noise, quiet: quietOf(noise) };
}

function quietOf(noise: number): Quiet {
  // No microphone is as silent as zeros are.
  if (noise <= SILENCE + 10) {
    return "dead";
  }
  if (noise <= -60) {
    return "excellent";
  }
  if (noise <= -50) {
    return "good";
  }
  return noise <= -42 ? "fair" : "poor";
}
