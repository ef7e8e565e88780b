/** What was measured at a step: the loss by its name. */
export interface Point {
  step: number;
  values: Readonly<Record<string, number>>;
}

const FIRST_CAPACITY = 1024;

/**
 * The losses of one run, step after step, in arrays of numbers that grow, up to a bound.
 *
 * When it is full, neighbouring steps are joined: of each stretch the least and the greatest value stay, so that no
 * peak is lost, and a million steps take as much memory as a hundred thousand.
 */
export class Trace {
  length = 0;
  steps: Float64Array = new Float64Array(FIRST_CAPACITY);
  readonly columns = new Map<string, Float32Array>();
  /** Rises when earlier steps are joined: what was computed from them is old. */
  generation = 0;
  /** Rises with every change. */
  revision = 0;
  private stride = 1;

  /** bound: the most steps that are kept. */
  constructor(readonly bound = 131_072) {}

  get lastStep(): number {
    return this.length === 0 ? -1 : (this.steps[this.length - 1] ?? -1);
  }

  /** Add a step that comes after all those before; another one is known already and is left out. */
  add(point: Point): boolean {
    if (!(point.step > this.lastStep)) {
      return false;
    }
    if (this.length === this.bound) {
      this.join();
    }
    this.reserve();
    this.steps[this.length] = point.step;
    for (const [name, value] of Object.entries(point.values)) {
      if (!this.columns.has(name)) {
        this.columns.set(name, new Float32Array(this.steps.length).fill(Number.NaN));
      }
      (this.columns.get(name) as Float32Array)[this.length] = value;
    }
    this.length += 1;
    this.revision += 1;
    return true;
  }

  /** The values at a place; what was not measured there is left out. */
  at(place: number): Record<string, number> {
    const found: Record<string, number> = {};
    for (const [name, values] of this.columns) {
      const value = values[place];
      if (value !== undefined && !Number.isNaN(value)) {
        found[name] = value;
      }
    }
    return found;
  }

  private reserve(): void {
    if (this.length < this.steps.length) {
      return;
    }
    const capacity = Math.min(this.bound, this.steps.length * 2);
    const steps = new Float64Array(capacity);
    steps.set(this.steps);
    this.steps = steps;
    for (const [name, values] of this.columns) {
      const larger = new Float32Array(capacity).fill(Number.NaN);
      larger.set(values);
      this.columns.set(name, larger);
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
      const mine = Math.floor((this.steps[place] as number) / (2 * this.stride));
      if (mine !== stretch) {
        starts.push(place);
        stretch = mine;
      }
    }
    return [...starts, this.length];
  }

  private joinStretches(starts: readonly number[]): void {
    for (const values of this.columns.values()) {
      let kept = 0;
      overStretches(starts, (from, to) => {
        const [first, second] = extremes(values, from, to);
        if (to - from === 1) {
          values[kept++] = values[from] as number;
        } else {
          values[kept++] = first;
          values[kept++] = second;
        }
      });
      values.fill(Number.NaN, kept, this.length);
    }
    let kept = 0;
    overStretches(starts, (from, to) => {
      const last = this.steps[to - 1] as number;
      this.steps[kept++] = this.steps[from] as number;
      if (to - from > 1) {
        this.steps[kept++] = last;
      }
    });
    this.length = kept;
  }
}

function overStretches(starts: readonly number[], work: (from: number, to: number) => void): void {
  for (let one = 0; one + 1 < starts.length; one++) {
    work(starts[one] as number, starts[one + 1] as number);
  }
}

/** The least and the greatest of some values, in the order in which they come; NaN where nothing was measured. */
function extremes(values: Float32Array, from: number, to: number): [number, number] {
  let least = -1;
  let greatest = -1;
  for (let place = from; place < to; place++) {
    const value = values[place] as number;
    if (Number.isNaN(value)) {
      continue;
    }
    if (least < 0 || value < (values[least] as number)) {
      least = place;
    }
    if (greatest < 0 || value > (values[greatest] as number)) {
      greatest = place;
    }
  }
  if (least < 0) {
    return [Number.NaN, Number.NaN];
  }
  const [first, second] = least < greatest ? [least, greatest] : [greatest, least];
  return [values[first] as number, values[second] as number];
}
