import type { Column } from "@/features/training/chart/trace";

/** The part of the time axis that is shown, in steps. */
export interface View {
  min: number;
  max: number;
}

/** A curve as it is drawn: null where nothing is. */
export type Drawn = (number | null)[];

/**
 * Where the points of decimated curves stand, in steps: two in every column of pixels, and one at either edge.
 *
 * All curves of a picture share them, however different the steps are at which they were measured.
 */
export function grid(view: View, columns: number): number[] {
  const wide = (view.max - view.min) / columns;
  const places = [view.min];
  for (let column = 0; column < columns; column++) {
    places.push(view.min + (column + 0.25) * wide, view.min + (column + 0.75) * wide);
  }
  places.push(view.max);
  return places;
}

/**
 * The least and the greatest value in every column of pixels, in the order in which they come: what a screen can show
 * of a curve, whatever the number of its points.
 *
 * steps rise; values go from low to high at each, or are NaN where nothing was measured. positive: leave out what a
 * logarithm has no place for.
 * Returns: one value for each place of `grid`.
 */
export function decimate(
  steps: Float64Array,
  { low: lows, high: highs }: Pick<Column, "low" | "high">,
  length: number,
  view: View,
  columns: number,
  positive = false,
): Drawn {
  const drawn: Drawn = new Array(2 * columns + 2).fill(null);
  const scale = columns / (view.max - view.min);
  const from = firstAtLeast(steps, length, view.min);
  const to = firstAtLeast(steps, length, view.max + Number.EPSILON * Math.max(1, Math.abs(view.max)) * 4);
  const floor = positive ? Number.MIN_VALUE : Number.NEGATIVE_INFINITY;
  let column = -1;
  let low = Number.NaN;
  let high = Number.NaN;
  let lowIsFirst = true;
  for (let place = from; place < to; place++) {
    const least = lows[place] as number;
    const greatest = highs[place] as number;
    if (!(least >= floor)) {
      continue;
    }
    const mine = Math.min(columns - 1, ((steps[place] as number) - view.min) * scale) | 0;
    if (mine !== column) {
      put(drawn, column, low, high, lowIsFirst);
      column = mine;
      low = least;
      high = greatest;
      lowIsFirst = true;
      continue;
    }
    if (greatest > high) {
      high = greatest;
      lowIsFirst = true;
    }
    if (least < low) {
      low = least;
      lowIsFirst = false;
    }
  }
  put(drawn, column, low, high, lowIsFirst);
  toEdges(drawn, steps, lows, length, from, to, view, floor);
  return drawn;
}

/** The first place whose step is not below a number. */
export function firstAtLeast(steps: Float64Array, length: number, step: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] as number) < step) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function put(drawn: Drawn, column: number, low: number, high: number, lowIsFirst: boolean): void {
  if (column < 0) {
    return;
  }
  drawn[1 + 2 * column] = lowIsFirst ? low : high;
  if (low !== high) {
    drawn[2 + 2 * column] = lowIsFirst ? high : low;
  }
}

/** A line goes on to the edge of the picture where it goes on behind it. */
function toEdges(
  drawn: Drawn,
  steps: Float64Array,
  values: Float32Array,
  length: number,
  from: number,
  to: number,
  view: View,
  least: number,
): void {
  const measured = (place: number) => (values[place] as number) >= least;
  const between = (before: number, after: number, step: number): number | null => {
    while (before >= 0 && !measured(before)) before--;
    while (after < length && !measured(after)) after++;
    if (before < 0 || after >= length) {
      return null;
    }
    const first = steps[before] as number;
    const part = (step - first) / ((steps[after] as number) - first);
    return (values[before] as number) * (1 - part) + (values[after] as number) * part;
  };
  if (from > 0 && from < length) {
    drawn[0] = steps[from] === view.min ? null : between(from - 1, from, view.min);
  }
  if (to > 0 && to < length) {
    drawn[drawn.length - 1] = between(to - 1, to, view.max);
  }
}
