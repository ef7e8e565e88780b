/** A problem document of the server (RFC 9457), as an error that says what happened, why, and what to do. */
export class ProblemError extends Error {
  readonly status: number;
  readonly remedy: string;
  readonly details: string;
  /** The kind of problem, to compare with, such as not-found; empty where it has none. */
  readonly kind: string;

  constructor(status: number, sentence: string, remedy = "", details = "", kind = "") {
    super(sentence);
    this.name = "ProblemError";
    this.status = status;
    this.remedy = remedy;
    this.details = details;
    this.kind = kind;
  }
}

/** Whatever an answer holds, made into words for the person. */
export async function problemOf(answer: Response): Promise<ProblemError> {
  const text = await answer.text().catch(() => "");
  return problemIn(answer.status, text);
}

export function problemIn(status: number, text: string): ProblemError {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found === "object" && found !== null && "detail" in found && typeof found.detail === "string") {
      const remedy = "remedy" in found && typeof found.remedy === "string" ? found.remedy : "";
      const kind =
        "type" in found && typeof found.type === "string" ? found.type.replace(/^urn:coaxial:problem:/, "") : "";
      return new ProblemError(status, found.detail, remedy, JSON.stringify(found, null, 2), kind);
    }
  } catch {
    // No document of ours: a proxy in between, or a server that is going down.
  }
  return new ProblemError(status, `The server answered with ${status}.`, "", text.slice(0, 2000));
}
