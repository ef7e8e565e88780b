import type { Column, Trace } from "@/features/training/chart/trace";

/**
 * The values of a trace, averaged over about so many steps before each (an exponential moving average).
 *
 * How much a value weighs follows from the steps that it stands for, so that it makes no difference whether steps were
 * joined. Only what came since the last time is computed.
 */
export class Smoothed {
  private values = new Float32Array(0);
  private done = 0;
  private generation = -1;
  private sum = 0;
  private weight = 0;
  private lastStep = 0;

  /** over: steps after which a value has lost two thirds of its weight; 0 averages nothing. */
  constructor(
    private readonly trace: Trace,
    private readonly name: string,
    readonly over: number,
  ) {}

  /** At least as long as the trace; of use until the trace changes. */
  read(): Pick<Column, "low" | "high"> {
    const column = this.trace.columns.get(this.name);
    if (column === undefined) {
      const nothing = new Float32Array(this.trace.length).fill(Number.NaN);
      return { low: nothing, high: nothing };
    }
    if (this.over <= 0) {
      return column;
    }
    const raw = column.mean;
    if (this.generation !== this.trace.generation || this.values.length < raw.length) {
      this.begin(raw.length);
    }
    for (let place = this.done; place < this.trace.length; place++) {
      this.values[place] = this.next(raw[place] as number, this.trace.steps[place] as number);
    }
    this.done = this.trace.length;
    return { low: this.values, high: this.values };
  }

  private begin(capacity: number): void {
    this.generation = this.trace.generation;
    this.values = new Float32Array(capacity).fill(Number.NaN);
    this.done = 0;
    this.sum = 0;
    this.weight = 0;
    this.lastStep = 0;
  }

  private next(value: number, step: number): number {
    if (Number.isNaN(value)) {
      return Number.NaN;
    }
    // The weights are summed, too: else the first value would weigh as much as all that came before the beginning.
    const kept = Math.exp((this.lastStep - step) / this.over);
    this.sum = kept * this.sum + (1 - kept) * value;
    this.weight = kept * this.weight + (1 - kept);
    this.lastStep = step;
    return this.sum / this.weight;
  }
}
