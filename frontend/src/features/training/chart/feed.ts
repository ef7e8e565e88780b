import type { View } from "@/features/training/chart/decimate";
import { type Measured, type Point, Trace } from "@/features/training/chart/trace";

/** A line of a run's metrics, as the trainer writes it and the server sends it. */
export interface MetricLine {
  step: number;
  epoch?: number | null;
  learning_rate?: number | null;
  validation?: Readonly<Record<string, number>> | null;
  [name: string]: unknown;
}

/** What a run wrote after a step, each loss over as many neighbouring steps as the server joined. */
export interface History {
  /** Lower than what was asked for, where the run was killed and took another way from there. */
  since: number;
  /** Of the run's ways; to ask with the next time. */
  generation: number;
  training: readonly Point[];
  validation: readonly Point[];
  learningRate: number | null;
}

/** Asks for what a run wrote after a step, to its end or up to another step. */
export type AskHistory = (after: number, generation: number | null, until?: number) => Promise<History>;

/** Points in a part from which on more of them could hardly be told apart. */
const ENOUGH = 800;

/** An answer has a few hundred points of all losses at most; so many answers together have enough. */
const ANSWERS = 3;

const NOT_A_LOSS = new Set(["step", "epoch", "learning_rate"]);

/**
 * The curves of one run: first what it wrote so far, then what it writes, with no step twice and none missing.
 *
 * While what is past is asked for, what comes in the meantime waits; after a connection was lost, what was missed is
 * asked for in the same way.
 */
export class Feed {
  readonly training = new Trace();
  readonly validation = new Trace(8_192);
  epoch: number | null = null;
  learningRate: number | null = null;
  private generation: number | null = null;
  private waiting: MetricLine[] | null = null;
  private asking = 0;
  private listeners = new Set<() => void>();

  constructor(private readonly ask: AskHistory) {}

  /** Ask for all that was written after the last step that is known. */
  async catchUp(): Promise<void> {
    this.asking += 1;
    const mine = this.asking;
    this.waiting ??= [];
    try {
      // The last step once more: what its validation found is written after it, and may have been missed.
      const after = Math.max(0, this.training.lastStep - 1);
      const found = await this.ask(after, this.generation);
      if (mine === this.asking) {
        this.generation = found.generation;
        this.learningRate = found.learningRate ?? this.learningRate;
        if (found.since < after) {
          this.training.cutBack(found.since);
          this.validation.cutBack(found.since);
        }
        for (const which of ["training", "validation"] as const) {
          for (const point of found[which]) {
            this[which].add(point);
          }
        }
      }
    } finally {
      if (mine === this.asking) {
        const waiting = this.waiting ?? [];
        this.waiting = null;
        this.hear(waiting);
      }
    }
  }

  /** Ask for a part that is looked at as finely as it can be seen; what was joined before it is known anew. */
  async refine(view: View): Promise<void> {
    const rough = this.training.roughIn(view, ENOUGH);
    if (rough === null || this.waiting !== null) {
      return;
    }
    const known = [this.generation, this.training.generation];
    const wide = Math.ceil((rough.until - rough.since) / ANSWERS);
    const parts = Array.from({ length: ANSWERS }, (_, place) => rough.since + place * wide);
    const found = await Promise.all(
      parts.map((since) => this.ask(since, this.generation, Math.min(since + wide, rough.until))),
    );
    // The run went another way in the meantime, and what was asked for is no more.
    if (found.some((one, place) => one.generation !== known[0] || one.since !== parts[place])) {
      return;
    }
    if (this.training.generation === known[1]) {
      for (const which of ["training", "validation"] as const) {
        this[which].refine(
          rough,
          found.flatMap((one) => one[which]),
        );
      }
      this.tell();
    }
  }

  /** Lines that came just now; withdrawn: how many of those that came before count no more. */
  hear(lines: readonly (MetricLine | null)[], withdrawn = 0): void {
    if (withdrawn > 0 && !this.goBack(lines[0])) {
      return;
    }
    const whole = lines.filter((line) => line !== null);
    if (this.waiting !== null) {
      this.waiting.push(...whole);
      return;
    }
    for (const line of whole) {
      this.take(line);
    }
    this.tell();
  }

  /** Forget the steps that a run did otherwise when it went on; false where all has to be asked for again. */
  private goBack(next: MetricLine | null | undefined): boolean {
    if (!next || this.waiting !== null) {
      this.training.cutBack(0);
      this.validation.cutBack(0);
      this.waiting = [];
      this.catchUp().catch(() => this.tell());
      return false;
    }
    this.training.cutBack(next.validation ? next.step : next.step - 1);
    this.validation.cutBack(next.step - 1);
    return true;
  }

  /** Be told of changes, until the returned function is called. */
  watch(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of this.listeners) {
      listener();
    }
  }

  private take(line: MetricLine): void {
    const point = (found: Readonly<Record<string, unknown>>) => ({
      step: line.step,
      count: 1,
      values: lossesOf(found),
    });
    if (line.validation) {
      this.validation.add(point(line.validation));
    } else if (this.training.add(point(line))) {
      this.epoch = line.epoch ?? this.epoch;
      this.learningRate = line.learning_rate ?? this.learningRate;
    }
  }
}

function lossesOf(line: Readonly<Record<string, unknown>>): Record<string, Measured> {
  const values: Record<string, Measured> = {};
  for (const [name, value] of Object.entries(line)) {
    if (typeof value === "number" && !NOT_A_LOSS.has(name)) {
      values[name] = { mean: value, low: value, high: value };
    }
  }
  return values;
}
