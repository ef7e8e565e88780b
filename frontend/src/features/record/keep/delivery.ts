import { ProblemError } from "@/client/problem";
import { backoff } from "./backoff";
import type { Take } from "./database";
import { audioOf, change, forget, takes } from "./takes";

/** Bring a take to the server. Raises: ProblemError, or TypeError where no answer came. */
export type Send = (take: Take, audio: ArrayBuffer) => Promise<unknown>;

/** Answers that say: not now, where most others below 500 say: never. */
const LATER = new Set([401, 403, 408, 409, 423, 425, 429]);

export interface Delivered {
  /** Milliseconds until there is something to do again, unless something happens before; null: until then only. */
  wait: number | null;
  /** Whether the server could be reached, the last time that it was tried. */
  reached: boolean;
}

/** Brings what waits to the server, the oldest first, and forgets a take only when the server has it. */
export class Delivery {
  private failures = 0;

  constructor(
    private readonly send: Send,
    private readonly now: () => number = Date.now,
  ) {}

  /** Send everything that is due. */
  async run(): Promise<Delivered> {
    for (;;) {
      const waiting = (await takes()).filter((take) => take.state === "waiting");
      const due = waiting.find((take) => take.notBefore <= this.now());
      if (due === undefined) {
        const next = Math.min(...waiting.map((take) => take.notBefore));
        return { wait: waiting.length > 0 ? next - this.now() : null, reached: true };
      }
      if (!(await this.deliver(due))) {
        return { wait: backoff(this.failures), reached: false };
      }
    }
  }

  /** Whether the server could be reached; what it said of the take is written down in it. */
  private async deliver(take: Take): Promise<boolean> {
    const audio = await audioOf(take.id);
    if (audio === undefined) {
      await forget([take.id]);
      return true;
    }
    try {
      await forget([take.id], await this.send(take, audio));
    } catch (error) {
      if (!(error instanceof ProblemError)) {
        this.failures += 1;
        return false;
      }
      await this.refused(take, error);
    }
    this.failures = 0;
    return true;
  }

  private async refused(take: Take, error: ProblemError): Promise<void> {
    const told = { problem: `${error.message} ${error.remedy}`.trim(), kind: error.kind };
    if (error.status >= 500 || LATER.has(error.status)) {
      const attempts = take.attempts + 1;
      await change(take.id, { attempts, notBefore: this.now() + backoff(attempts), ...told });
    } else {
      await change(take.id, { state: "refused", ...told });
    }
  }
}
