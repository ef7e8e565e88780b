import { firstAtLeast } from "@/features/training/chart/decimate";

/** A loss over some neighbouring steps; over one step, all three are the same. */
export interface Measured {
  mean: number;
  low: number;
  high: number;
}

/** What was measured at a step, or over some steps of which this is the last. */
export interface Point {
  step: number;
  /** How many steps. */
  count: number;
  values: Readonly<Record<string, Measured>>;
}

/** The values of one loss, NaN where it was not measured. */
export interface Column {
  mean: Float32Array;
  low: Float32Array;
  high: Float32Array;
}

/** Steps after one, up to another. */
export interface Stretch {
  since: number;
  until: number;
}

const FIRST_CAPACITY = 1024;
const PARTS = ["mean", "low", "high"] as const;

/**
 * The losses of one run, step after step, in arrays of numbers that grow, up to a bound.
 *
 * When it is full, neighbouring steps are joined: of each stretch the least, the greatest and the mean value stay, so
 * that no peak is lost, and a million steps take as much memory as some ten thousand.
 */
export class Trace {
  length = 0;
  steps: Float64Array = new Float64Array(FIRST_CAPACITY);
  counts: Float32Array = new Float32Array(FIRST_CAPACITY);
  readonly columns = new Map<string, Column>();
  /** Rises when earlier steps change: what was computed from them is old. */
  generation = 0;
  private stride = 1;

  /** bound: the most points that are kept. */
  constructor(readonly bound = 65_536) {}

  get lastStep(): number {
    return this.length === 0 ? 0 : (this.steps[this.length - 1] ?? 0);
  }

  /** Add what comes after all that is known; another point is known already and is left out. */
  add({ step, count, values }: Point): boolean {
    if (!(step > this.lastStep)) {
      return false;
    }
    if (this.length === this.bound) {
      this.join();
    }
    this.reserve();
    this.steps[this.length] = step;
    this.counts[this.length] = count;
    for (const name in values) {
      const column = this.column(name);
      const value = values[name] as Measured;
      column.mean[this.length] = value.mean;
      column.low[this.length] = value.low;
      column.high[this.length] = value.high;
    }
    this.length += 1;
    return true;
  }

  /** What is known of a part only roughly: after which step it begins and where it ends; null where it can be seen whole. */
  roughIn({ min, max }: { min: number; max: number }, enough: number): Stretch | null {
    const from = firstAtLeast(this.steps, this.length, min);
    const to = Math.min(this.length, firstAtLeast(this.steps, this.length, max) + 1);
    const isFine = to - from >= enough || this.counts.subarray(from, to).every((count) => count <= 1);
    return isFine ? null : { since: this.begin(from), until: this.steps[to - 1] as number };
  }

  /** Put finer points in the place of those that lie between two steps as a whole. */
  refine({ since, until }: Stretch, finer: readonly Point[]): void {
    let from = firstAtLeast(this.steps, this.length, since);
    while (from < this.length && this.begin(from) < since) from++;
    const to = firstAtLeast(this.steps, this.length, until + 1);
    if (to <= from) {
      return;
    }
    const [first, last] = [this.begin(from), this.steps[to - 1] as number];
    const fitting = finer.filter(({ step, count }) => step - count >= first && step <= last);
    if (fitting.length <= to - from) {
      return;
    }
    const after: Point[] = [];
    for (let place = to; place < this.length; place++) {
      after.push({ step: this.steps[place] as number, count: this.counts[place] as number, values: this.at(place) });
    }
    this.cutBack(first);
    for (const point of [...fitting, ...after]) {
      this.add(point);
    }
  }

  /** The step after which a place begins. */
  private begin(place: number): number {
    return (this.steps[place] as number) - (this.counts[place] as number);
  }

  /** Forget what comes after a step: it turned out to be otherwise. */
  cutBack(step: number): void {
    const before = this.length;
    while (this.length > 0 && (this.steps[this.length - 1] as number) > step) {
      this.length -= 1;
    }
    if (this.length < before) {
      for (const column of this.columns.values()) {
        for (const part of PARTS) {
          column[part].fill(Number.NaN, this.length, before);
        }
      }
      this.generation += 1;
    }
  }

  /** The values at a place; what was not measured there is left out. */
  at(place: number): Record<string, Measured> {
    const found: Record<string, Measured> = {};
    for (const [name, column] of this.columns) {
      const mean = column.mean[place];
      if (place < this.length && mean !== undefined && !Number.isNaN(mean)) {
        found[name] = { mean, low: column.low[place] as number, high: column.high[place] as number };
      }
    }
    return found;
  }

  private column(name: string): Column {
    const known = this.columns.get(name);
    if (known !== undefined) {
      return known;
    }
    const empty = () => new Float32Array(this.steps.length).fill(Number.NaN);
    const made = { mean: empty(), low: empty(), high: empty() };
    this.columns.set(name, made);
    return made;
  }

  private reserve(): void {
    if (this.length < this.steps.length) {
      return;
    }
    const capacity = Math.min(this.bound, this.steps.length * 2);
    const steps = new Float64Array(capacity);
    steps.set(this.steps);
    this.steps = steps;
    this.counts = larger(this.counts, capacity);
    for (const column of this.columns.values()) {
      for (const part of PARTS) {
        column[part] = larger(column[part], capacity);
      }
    }
  }

  private join(): void {
    // At first only what is new: what was joined before stays as fine as it is, while there is room.
    this.joinStretches(this.stretches());
    while (this.length > this.bound / 2) {
      this.stride *= 2;
      this.joinStretches(this.stretches());
    }
    this.generation += 1;
  }

  /** Where each stretch of `stride` steps begins, and after them the end. */
  private stretches(): number[] {
    const starts: number[] = [];
    let stretch = -1;
    for (let place = 0; place < this.length; place++) {
      const mine = Math.floor((this.steps[place] as number) / this.stride);
      if (mine !== stretch) {
        starts.push(place);
        stretch = mine;
      }
    }
    return [...starts, this.length];
  }

  private joinStretches(starts: readonly number[]): void {
    const kept = starts.length - 1;
    for (const column of this.columns.values()) {
      for (let one = 0; one < kept; one++) {
        joinValues(column, this.counts, starts[one] as number, starts[one + 1] as number, one);
      }
      for (const part of PARTS) {
        column[part].fill(Number.NaN, kept, this.length);
      }
    }
    for (let one = 0; one < kept; one++) {
      const from = starts[one] as number;
      const to = starts[one + 1] as number;
      let count = 0;
      for (let place = from; place < to; place++) {
        count += this.counts[place] as number;
      }
      this.counts[one] = count;
      this.steps[one] = this.steps[to - 1] as number;
    }
    this.length = kept;
  }
}

/** Put a stretch of a column into one place that is not after it. */
function joinValues(column: Column, counts: Float32Array, from: number, to: number, into: number): void {
  let sum = 0;
  let count = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let place = from; place < to; place++) {
    const mean = column.mean[place] as number;
    if (Number.isNaN(mean)) {
      continue;
    }
    const weight = counts[place] as number;
    sum += mean * weight;
    count += weight;
    low = Math.min(low, column.low[place] as number);
    high = Math.max(high, column.high[place] as number);
  }
  column.mean[into] = count > 0 ? sum / count : Number.NaN;
  column.low[into] = count > 0 ? low : Number.NaN;
  column.high[into] = count > 0 ? high : Number.NaN;
}

function larger(values: Float32Array, capacity: number): Float32Array {
  const made = new Float32Array(capacity).fill(Number.NaN);
  made.set(values);
  return made;
}
