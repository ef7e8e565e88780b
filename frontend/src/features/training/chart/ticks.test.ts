import { describe, expect, it } from "vitest";
import { logTicks, ticks } from "@/features/training/chart/ticks";

describe("the marks of an axis", () => {
  it("are round numbers, not more than there is room for", () => {
    expect(ticks(0, 1_000_000, 5)).toEqual([0, 200_000, 400_000, 600_000, 800_000, 1_000_000]);
    expect(ticks(0.13, 0.52, 4)).toEqual([0.2, 0.3, 0.4, 0.5]);
    for (const [min, max, most] of [
      [3, 17, 4],
      [0.001, 0.0093, 6],
      [-5, 1234, 8],
    ] as const) {
      expect(ticks(min, max, most).length).toBeLessThanOrEqual(most + 1);
    }
  });

  it("are whole for steps, however few of them there are", () => {
    expect(ticks(1, 3, 10, true)).toEqual([1, 2, 3]);
    expect(ticks(0, 20, 5, true)).toEqual([0, 5, 10, 15, 20]);
  });

  it("are powers of ten on a logarithmic axis, and more where there is room", () => {
    expect(logTicks(0.1, 1000, 6)).toEqual([0.1, 1, 10, 100, 1000]);
    expect(logTicks(1, 100, 8)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(logTicks(1e-9, 1e9, 6).length).toBeLessThanOrEqual(7);
  });

  it("are there although less than a power of ten is shown", () => {
    expect(logTicks(0.41, 0.47, 5).length).toBeGreaterThan(1);
    expect(logTicks(0, 0, 5)).toEqual([]);
    expect(ticks(4, 4, 5)).toEqual([4]);
    expect(ticks(Number.NaN, Number.NaN, 5)).toEqual([]);
  });
});
