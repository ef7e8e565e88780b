/** Minutes of good speech: enough to hear oneself, good, and as good as it gets (30 min, 1–2 h, 3 h). */
export const GOALS = [30, 120, 180] as const;

/** In the middle of the second stretch: from here on, a voice is good. */
export const GOOD = 60;

export interface Stretch {
  /** Minutes where it begins and ends. */
  from: number;
  to: number;
  /** How much of it there is: 0 to 1. */
  filled: number;
}

/** The way to three hours, in three stretches. */
export function stretches(minutes: number): Stretch[] {
  return GOALS.map((to, index) => {
    const from = GOALS[index - 1] ?? 0;
    return { from, to, filled: Math.min(1, Math.max(0, (minutes - from) / (to - from))) };
  });
}

export interface Goal {
  minutes: number;
  /** How many are missing. */
  left: number;
}

/** What to read toward now; null once there is all that helps. */
export function nextGoal(minutes: number): Goal | null {
  const goal = [30, GOOD, 120, 180].find((one) => minutes < one);
  return goal === undefined ? null : { minutes: goal, left: goal - minutes };
}
