import { describe, expect, it } from "vitest";
import { decimate, firstAtLeast, grid } from "@/features/training/chart/decimate";

function curve(count: number, value: (step: number) => number) {
  const steps = Float64Array.from({ length: count }, (_, place) => place + 1);
  return { steps, values: single(Float32Array.from(steps, value)) };
}

const single = (values: Float32Array) => ({ low: values, high: values });

describe("decimation", () => {
  it("gives two values for each column of pixels, however many points there are", () => {
    const { steps, values } = curve(100_000, Math.sin);
    const view = { min: 1, max: 100_000 };
    const drawn = decimate(steps, values, steps.length, view, 500);
    expect(drawn).toHaveLength(grid(view, 500).length);
  });

  it("loses no peak", () => {
    const { steps, values } = curve(100_000, (step) => (step === 31_415 ? 50 : step === 2718 ? -50 : 0));
    const drawn = decimate(steps, values, steps.length, { min: 1, max: 100_000 }, 300).filter((one) => one !== null);
    expect(Math.max(...drawn)).toBe(50);
    expect(Math.min(...drawn)).toBe(-50);
  });

  it("puts what comes first first", () => {
    const { steps, values } = curve(4, (step) => [9, 1, 2, 8][step - 1] as number);
    expect(decimate(steps, values, 4, { min: 1, max: 5 }, 2)).toEqual([null, 9, 1, 2, 8, null]);
  });

  it("shows how far the values of joined steps go", () => {
    const values = { low: Float32Array.from([1, 2]), high: Float32Array.from([5, 3]) };
    expect(decimate(Float64Array.from([8, 16]), values, 2, { min: 0, max: 16 }, 2)).toEqual([
      null,
      null,
      null,
      1,
      5,
      null,
    ]);
    expect(decimate(Float64Array.from([4, 16]), values, 2, { min: 0, max: 16 }, 2)).toEqual([null, 1, 5, 2, 3, null]);
  });

  it("stands within a pixel of where each value was measured", () => {
    const { steps, values } = curve(50, (step) => step);
    const view = { min: 1, max: 50 };
    const places = grid(view, 700);
    const pixel = (view.max - view.min) / 700;
    decimate(steps, values, 50, view, 700).forEach((value, place) => {
      if (value !== null) {
        expect(Math.abs((places[place] as number) - value)).toBeLessThanOrEqual(pixel);
      }
    });
  });

  it("draws a line to the edges of a part in which nothing was measured", () => {
    const steps = Float64Array.from([0, 100]);
    const values = single(Float32Array.from([10, 20]));
    const drawn = decimate(steps, values, 2, { min: 25, max: 75 }, 10);
    expect(drawn[0]).toBeCloseTo(12.5);
    expect(drawn.at(-1)).toBeCloseTo(17.5);
  });

  it("passes over what was not measured, and over what a logarithm has no place for", () => {
    const steps = Float64Array.from([1, 2, 3, 4]);
    const values = single(Float32Array.from([Number.NaN, 2, -3, 4]));
    const shown = (positive: boolean) =>
      decimate(steps, values, 4, { min: 1, max: 4 }, 90, positive).filter((one) => one !== null);
    expect(shown(false)).toEqual([2, -3, 4]);
    expect(shown(true)).toEqual([2, 4]);
  });

  it("finds a step among many", () => {
    const { steps } = curve(1000, () => 0);
    expect(firstAtLeast(steps, 1000, 500)).toBe(499);
    expect(firstAtLeast(steps, 1000, 500.5)).toBe(500);
    expect(firstAtLeast(steps, 1000, 5000)).toBe(1000);
    expect(firstAtLeast(steps, 0, 1)).toBe(0);
  });
});
