const FIRST = 1000;
const LONGEST = 60_000;

/** Milliseconds to wait after so many failures: doubling up to a minute, spread so that tabs do not knock together. */
export function backoff(failures: number, random: () => number = Math.random): number {
  const longest = Math.min(LONGEST, FIRST * 2 ** Math.max(0, failures - 1));
  return longest * (0.75 + random() / 4);
}
