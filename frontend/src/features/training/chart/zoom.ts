import type { View } from "@/features/training/chart/decimate";

export type Zoom = "in" | "out" | "earlier" | "later" | "all";

const LEAST_STEPS = 4;

/** Not less than a few steps, which is all that can be told apart, and nothing before the first. */
export function viewOf(min: number, max: number): View {
  const wide = Math.max(LEAST_STEPS, max - min);
  const from = Math.max(0, (min + max - wide) / 2);
  return { min: from, max: from + wide };
}

/** The part that is shown after a button; null for all of it. Zooming in looks at the end, where something happens. */
export function moved(view: View | null, zoom: Zoom, lastStep: number): View | null {
  const last = Math.max(lastStep, LEAST_STEPS);
  const { min, max } = view ?? { min: 0, max: last };
  const wide = max - min;
  switch (zoom) {
    case "in":
      return view === null ? viewOf(max - wide / 2, max) : viewOf(min + wide / 4, max - wide / 4);
    case "out":
      return wide * 2 >= last ? null : viewOf(Math.min(min - wide / 2, last - wide * 2), max + wide / 2);
    case "earlier":
      return viewOf(Math.max(0, min - wide / 2), Math.max(0, min - wide / 2) + wide);
    case "later":
      return viewOf(
        Math.min(min + wide / 2, Math.max(0, last - wide)),
        Math.min(min + wide / 2, Math.max(0, last - wide)) + wide,
      );
    case "all":
      return null;
  }
}
