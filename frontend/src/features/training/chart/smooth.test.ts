import { describe, expect, it } from "vitest";
import { Smoothed } from "@/features/training/chart/smooth";
import { Trace } from "@/features/training/chart/trace";

const at = (step: number, mel: number) => ({ step, count: 1, values: { mel: { mean: mel, low: mel, high: mel } } });

function trace(steps: readonly number[], value: (step: number) => number, bound?: number): Trace {
  const made = new Trace(bound);
  for (const step of steps) {
    made.add(at(step, value(step)));
  }
  return made;
}

const to = (last: number, every = 1) => Array.from({ length: last / every }, (_, place) => (place + 1) * every);

describe("smoothing", () => {
  it("changes nothing when it is off", () => {
    const noisy = trace(to(10), (step) => step % 2);
    expect([...new Smoothed(noisy, "mel", 0).read().low.slice(0, 4)]).toEqual([1, 0, 1, 0]);
  });

  it("begins with the first value and goes where the values go", () => {
    const stair = trace(to(2000), (step) => (step <= 1000 ? 1 : 3));
    const smooth = new Smoothed(stair, "mel", 100).read().low;
    expect(smooth[0]).toBe(1);
    expect(smooth[999]).toBeCloseTo(1, 5);
    expect(smooth[1099]).toBeCloseTo(1 + 2 * (1 - Math.exp(-1)), 2);
    expect(smooth[1999]).toBeCloseTo(3, 3);
  });

  it("is the same where only every tenth step is there", () => {
    const slope = (step: number) => step / 1000;
    const all = new Smoothed(trace(to(5000), slope), "mel", 200).read().low;
    const some = new Smoothed(trace(to(5000, 10), slope), "mel", 200).read().low;
    expect(some[499]).toBeCloseTo(all[4999] as number, 1);
  });

  it("goes on where it was, also after steps were joined", () => {
    const growing = trace(to(100), () => 2, 256);
    const smoothed = new Smoothed(growing, "mel", 50);
    smoothed.read();
    for (const step of to(1000).slice(100)) {
      growing.add(at(step, 2));
      expect(smoothed.read().low[growing.length - 1]).toBeCloseTo(2, 5);
    }
    expect(growing.generation).toBeGreaterThan(0);
  });
});
