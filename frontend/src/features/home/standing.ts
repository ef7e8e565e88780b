/** Minutes of good speech from which a fine-tuned voice is worth listening to (docs of the base checkpoints). */
export const ENOUGH_MINUTES = 30;

export type Step = "record" | "train" | "listen";

/** The next step on the way from a microphone to a voice. */
export function nextStep(goodMinutes: number, voices: number): Step {
  if (voices > 0) {
    return "listen";
  }
  return goodMinutes >= ENOUGH_MINUTES ? "train" : "record";
}
