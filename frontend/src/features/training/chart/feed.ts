import { type Point, Trace } from "@/features/training/chart/trace";

/** A line of a run's metrics, as the trainer writes it and the server sends it. */
export interface MetricLine {
  step: number;
  epoch?: number | null;
  learning_rate?: number | null;
  validation?: Readonly<Record<string, number>> | null;
  [name: string]: unknown;
}

/** Asks for a run's lines after a step. */
export type AskHistory = (after: number) => Promise<readonly MetricLine[]>;

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
  private waiting: MetricLine[] | null = null;
  private asking = 0;
  private listeners = new Set<() => void>();

  constructor(private readonly ask: AskHistory) {}

  /** Ask for all lines after the last one that is known. */
  async catchUp(): Promise<void> {
    this.asking += 1;
    const mine = this.asking;
    this.waiting ??= [];
    try {
      // The last step once more: what its validation found is written after it, and may have been missed.
      const found = await this.ask(Math.max(-1, this.training.lastStep - 1));
      if (mine === this.asking) {
        this.take(found);
      }
    } finally {
      if (mine === this.asking) {
        const waiting = this.waiting ?? [];
        this.waiting = null;
        this.take(waiting);
        this.tell();
      }
    }
  }

  /** Lines that came just now. */
  hear(lines: readonly MetricLine[]): void {
    if (this.waiting !== null) {
      this.waiting.push(...lines);
      return;
    }
    this.take(lines);
    this.tell();
  }

  /** Be told of changes, until the returned function is called. */
  watch(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of this.listeners) {
      listener();
    }
  }

  private take(lines: readonly MetricLine[]): void {
    for (const line of lines) {
      if (line.validation) {
        this.validation.add({ step: line.step, values: line.validation });
      } else if (this.training.add(lossesOf(line))) {
        this.epoch = line.epoch ?? this.epoch;
        this.learningRate = line.learning_rate ?? this.learningRate;
      }
    }
  }
}

function lossesOf(line: MetricLine): Point {
  const values: Record<string, number> = {};
  for (const [name, value] of Object.entries(line)) {
    if (typeof value === "number" && !NOT_A_LOSS.has(name)) {
      values[name] = value;
    }
  }
  return { step: line.step, values };
}
