import type { Sound } from "../capture/wav";
import { clippedOf, decibels, peakOf, percentile, rmsOf, windowsOf } from "./levels";

/** Seconds over which a level is averaged. */
const WINDOW = 0.032;

/** Seconds at each end that tell whether a take begins or stops in the middle of a sound. */
const EDGE = 0.03;

/** Seconds of silence that are kept around the speech. */
export const MARGIN = 0.25;

/** Decibels over the noise floor from which something is speech. */
const ABOVE_NOISE = 9;

/** dBFS below which nothing is called speech, however quiet the room is. */
const QUIETEST = -50;

/** Seconds of silence within speech, between words, and of speech that is more than a click. */
const GAP = 0.6;
const CLICK = 0.08;

export interface Span {
  /** Seconds from the beginning of the take. */
  start: number;
  end: number;
}

/** What the browser measures itself, at once; the server measures again, and its word counts. */
export interface Measures {
  seconds: number;
  /** Where somebody speaks; null where nobody does. */
  speech: Span | null;
  /** Largest sample, dBFS. */
  peak: number;
  /** Level of the speech, dBFS. */
  level: number;
  /** Level of the quiet parts, dBFS. */
  noise: number;
  /** Fraction of samples in runs at full scale. */
  clipped: number;
  /** Levels of the first and of the last moment, dBFS. */
  begins: number;
  ends: number;
}

export function measure({ samples, rate }: Sound): Measures {
  const window = Math.max(1, Math.round(WINDOW * rate));
  const edge = Math.max(1, Math.round(EDGE * rate));
  const levels = windowsOf(samples, window);
  const noise = decibels(percentile(levels, 0.1));
  const speech = speechIn(levels.map(decibels), noise, samples.length / rate);
  const spoken = speech ? samples.subarray(Math.floor(speech.start * rate), Math.ceil(speech.end * rate)) : samples;
  return {
    seconds: samples.length / rate,
    speech,
    peak: decibels(peakOf(samples)),
    level: decibels(gated(windowsOf(spoken, window))),
    noise: speech ? noiseAround(levels, speech, noise) : noise,
    clipped: clippedOf(samples),
    begins: decibels(rmsOf(samples.subarray(0, edge))),
    ends: decibels(rmsOf(samples.subarray(Math.max(0, samples.length - edge)))),
  };
}

/** The speech with its margins, within the take; all of it where nobody speaks. */
export function trimmed({ speech, seconds }: Measures): Span {
  return speech === null
    ? { start: 0, end: seconds }
    : { start: Math.max(0, speech.start - MARGIN), end: Math.min(seconds, speech.end + MARGIN) };
}

/** The longest talk, from the first to the last loud window; clicks apart from it, such as of the keyboard, are not. */
function speechIn(levels: readonly number[], noise: number, seconds: number): Span | null {
  const loudest = Math.max(...levels);
  // Speech without a pause has no silence to tell the noise from.
  const limit = Math.max(QUIETEST, Math.min(noise + ABOVE_NOISE, loudest - ABOVE_NOISE));
  const spans: { first: number; last: number; loud: number }[] = [];
  for (const [index, level] of levels.entries()) {
    if (level < limit) {
      continue;
    }
    const before = spans.at(-1);
    if (before && (index - before.last) * WINDOW <= GAP) {
      before.last = index;
      before.loud += 1;
    } else {
      spans.push({ first: index, last: index, loud: 1 });
    }
  }
  const spoken = spans.filter((span) => span.loud * WINDOW >= CLICK);
  const [first, last] = [spoken.at(0), spoken.at(-1)];
  return first && last ? { start: first.first * WINDOW, end: Math.min(seconds, (last.last + 1) * WINDOW) } : null;
}

/** The level of speech does not count its pauses: windows far below the loud ones are left out. */
function gated(levels: readonly number[]): number {
  const loud = percentile(levels, 0.95);
  const counted = levels.filter((level) => level >= loud / 10);
  return Math.sqrt(counted.reduce((sum, level) => sum + level * level, 0) / Math.max(1, counted.length));
}

const ENOUGH = 0.2;

function noiseAround(levels: readonly number[], speech: Span, otherwise: number): number {
  const around = levels.filter((_, index) => (index + 1) * WINDOW <= speech.start || index * WINDOW >= speech.end);
  return around.length * WINDOW >= ENOUGH ? decibels(percentile(around, 0.1)) : otherwise;
}
