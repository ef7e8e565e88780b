/** What stands between a person and a recording; each has a sentence (record.json, obstacle). */
export const OBSTACLES = [
  "insecure",
  "unsupported",
  "denied",
  "missing",
  "busy",
  "unplugged",
  "muted",
  "suspended",
  "full",
  "unknown",
] as const;

export type Obstacle = (typeof OBSTACLES)[number];

/** What is not as it should be, while recording works all the same. */
export type Caution =
  | { kind: "processing"; which: Processing[] }
  | { kind: "lowRate"; rate: number }
  | { kind: "otherRate"; rate: number; before: number };

export type Processing = "echoCancellation" | "noiseSuppression" | "autoGainControl";

export const PROCESSING: readonly Processing[] = ["echoCancellation", "noiseSuppression", "autoGainControl"];

/** Samples a second that the usual quality needs; below, the voice would sound like a telephone. */
const NEEDED_RATE = 22_050;

/** Whether this page may use a microphone at all. */
export function obstacleOf(page: Pick<Window, "isSecureContext"> & { navigator: Pick<Navigator, "mediaDevices"> }) {
  if (!page.isSecureContext) {
    return "insecure";
  }
  // Browsers leave it out where a page may not use it, whatever their types say.
  return (page.navigator.mediaDevices as MediaDevices | undefined)?.getUserMedia === undefined ? "unsupported" : null;
}

/** Why getUserMedia or an AudioContext failed (W3C Media Capture and Streams, 10.2). */
export function obstacleIn(error: unknown): Obstacle {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    case "QuotaExceededError":
      return "full";
    default:
      return "unknown";
  }
}

/** What the browser says that it does with the sound, against what it was asked for. */
export function cautionsOf(settings: MediaTrackSettings, rate: number, before: number | null): Caution[] {
  const cautions: Caution[] = [];
  const which = PROCESSING.filter((one) => settings[one] === true || typeof settings[one] === "string");
  if (which.length > 0) {
    cautions.push({ kind: "processing", which });
  }
  if (rate < NEEDED_RATE) {
    cautions.push({ kind: "lowRate", rate });
  }
  if (before !== null && before !== rate) {
    cautions.push({ kind: "otherRate", rate, before });
  }
  return cautions;
}
