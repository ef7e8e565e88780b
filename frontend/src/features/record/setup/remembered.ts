/** Who read what the last time. */
export interface Choice {
  profile: string;
  promptList: string;
}

const KEPT = "coaxial.record";

export function rememberedChoice(): Choice | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Choice | null;
  } catch {
    return null;
  }
}

export function rememberChoice(choice: Choice): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(choice));
  } catch {
    // A browser that keeps nothing asks the next time.
  }
}
