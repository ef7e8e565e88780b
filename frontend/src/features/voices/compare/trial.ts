/** Which of two voices stands behind A; decided anew for each trial, so that nobody can get used to it. */
export interface Trial {
  a: string;
  b: string;
}

/** The two that are compared: as chosen, and never a voice with itself. */
export function pairOf(names: readonly string[], one: string | null, other: string | null): [string, string] {
  const first = one ?? names[0] ?? "";
  const second = other !== null && other !== first ? other : (names.find((name) => name !== first) ?? "");
  return [first, second];
}

export type Verdict = "a" | "b" | "same";

/** How often each voice was preferred, and how often neither. */
export interface Tally {
  wins: Readonly<Record<string, number>>;
  same: number;
}

export const NO_VERDICTS: Tally = { wins: {}, same: 0 };

/** random: 0 to 1, uniform. */
export function newTrial(one: string, other: string, random = Math.random()): Trial {
  return random < 0.5 ? { a: one, b: other } : { a: other, b: one };
}

export function withVerdict(tally: Tally, trial: Trial, verdict: Verdict): Tally {
  if (verdict === "same") {
    return { ...tally, same: tally.same + 1 };
  }
  const winner = trial[verdict];
  return { ...tally, wins: { ...tally.wins, [winner]: (tally.wins[winner] ?? 0) + 1 } };
}

/**
 * How likely chance alone makes a difference as great as this, 0 to 1: the two-sided sign test.
 *
 * Verdicts that preferred neither say nothing and are left out (Conover, Practical Nonparametric Statistics, 3.4).
 */
export function chance(wins: number, losses: number): number {
  const trials = wins + losses;
  const extreme = Math.max(wins, losses);
  let likely = 0;
  for (let heads = extreme; heads <= trials; heads++) {
    likely += Math.exp(logChoose(trials, heads) - trials * Math.LN2);
  }
  return Math.min(1, 2 * likely);
}

function logChoose(of: number, some: number): number {
  let sum = 0;
  for (let at = 1; at <= some; at++) {
    sum += Math.log(of - some + at) - Math.log(at);
  }
  return sum;
}
