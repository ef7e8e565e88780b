import { describe, expect, it } from "vitest";
import { type Point, Trace } from "@/features/training/chart/trace";

const once = (value: number) => ({ mean: value, low: value, high: value });
const point = (step: number, values: Record<string, number>): Point => ({
  step,
  count: 1,
  values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, once(value)])),
});

function filled(steps: number, bound: number, mel: (step: number) => number = (step) => step): Trace {
  const trace = new Trace(bound);
  for (let step = 1; step <= steps; step++) {
    trace.add(point(step, { mel: mel(step) }));
  }
  return trace;
}

const columnOf = (trace: Trace, part: "mean" | "low" | "high") =>
  [...(trace.columns.get("mel")?.[part] ?? [])].slice(0, trace.length);

describe("a trace", () => {
  it("keeps every step in order, and none twice", () => {
    const trace = filled(5000, 10_000);
    expect(trace.add(point(5000, { mel: 1 }))).toBe(false);
    expect(trace.add(point(17, { mel: 1 }))).toBe(false);
    expect(trace.length).toBe(5000);
    expect([...trace.steps.slice(0, trace.length)]).toEqual(Array.from({ length: 5000 }, (_, place) => place + 1));
    expect(trace.at(41)).toEqual({ mel: once(42) });
  });

  it("knows a loss that began to be measured later", () => {
    const trace = filled(3, 100);
    trace.add(point(4, { mel: 4, kl: 0.5 }));
    expect(trace.at(2)).toEqual({ mel: once(3) });
    expect(trace.at(3)).toEqual({ mel: once(4), kl: once(0.5) });
  });

  it("takes no more room for a million steps than its bound", () => {
    const trace = filled(1_000_000, 4096);
    expect(trace.length).toBeLessThanOrEqual(4096);
    expect(trace.steps.length).toBeLessThanOrEqual(4096);
    expect(trace.lastStep).toBe(1_000_000);
  });

  it("takes a part more finely, as a whole, and goes on after it", () => {
    const trace = new Trace();
    for (let step = 100; step <= 1000; step += 100) {
      trace.add({ ...point(step, { mel: step }), count: 100 });
    }
    expect(trace.roughIn({ min: 250, max: 420 }, 50)).toEqual({ since: 200, until: 500 });
    const finer = [210, 220, 350, 360, 480, 500].map((step, place, all) => ({
      ...point(step, { mel: -step }),
      count: step - (all[place - 1] ?? 200),
    }));
    const before = trace.generation;
    trace.refine({ since: 200, until: 500 }, finer);
    expect([...trace.steps.slice(0, trace.length)]).toEqual([
      100, 200, 210, 220, 350, 360, 480, 500, 600, 700, 800, 900, 1000,
    ]);
    expect(trace.at(2)).toEqual({ mel: once(-210) });
    expect(trace.at(8)).toEqual({ mel: once(600) });
    expect(trace.counts.slice(0, trace.length).reduce((sum, count) => sum + count, 0)).toBe(1000);
    expect(trace.generation).toBeGreaterThan(before);
    expect(trace.add(point(1001, { mel: 1 }))).toBe(true);
  });

  it("asks for nothing where every step is known, or as many as can be seen", () => {
    const trace = filled(500, 10_000);
    expect(trace.roughIn({ min: 100, max: 200 }, 1000)).toBeNull();
    trace.add({ ...point(600, { mel: 1 }), count: 100 });
    expect(trace.roughIn({ min: 100, max: 600 }, 100)).toBeNull();
    expect(trace.roughIn({ min: 550, max: 900 }, 100)).toEqual({ since: 500, until: 600 });
    expect(trace.roughIn({ min: 700, max: 900 }, 100)).toBeNull();
  });

  it("loses no peak when steps are joined, keeps their mean, and keeps them rising", () => {
    const trace = filled(100_000, 1024, (step) => (step === 777 ? 99 : step === 50_001 ? -99 : step % 2));
    expect(Math.max(...columnOf(trace, "high"))).toBe(99);
    expect(Math.min(...columnOf(trace, "low"))).toBe(-99);
    const peak = columnOf(trace, "high").indexOf(99);
    expect(Math.abs((trace.steps[peak] as number) - 777)).toBeLessThan(1000);
    expect(columnOf(trace, "mean").at(10)).toBeCloseTo(0.5, 1);
    expect(trace.counts.slice(0, trace.length).reduce((sum, count) => sum + count, 0)).toBe(100_000);
    for (let one = 1; one < trace.length; one++) {
      expect(trace.steps[one]).toBeGreaterThan(trace.steps[one - 1] as number);
    }
  });

  it("shows the first steps as finely as the last ones, however long it goes on", () => {
    const trace = filled(1_000_000, 4096);
    const inFirstTenth = trace.steps.slice(0, trace.length).filter((step) => step <= 100_000).length;
    expect(inFirstTenth).toBeGreaterThan(4096 / 4 / 10 / 2);
  });

  it("takes steps that the server joined as well as single ones", () => {
    const trace = new Trace();
    trace.add({ step: 64, count: 64, values: { mel: { mean: 3, low: 1, high: 9 } } });
    trace.add(point(65, { mel: 2 }));
    expect(trace.at(0)).toEqual({ mel: { mean: 3, low: 1, high: 9 } });
    expect(trace.lastStep).toBe(65);
  });

  it("forgets the steps that a resumed run does again", () => {
    const trace = filled(100, 1000);
    const before = trace.generation;
    trace.cutBack(60);
    expect(trace.lastStep).toBe(60);
    expect(trace.generation).toBeGreaterThan(before);
    expect(trace.at(60)).toEqual({});
    expect(trace.add(point(61, { mel: 5 }))).toBe(true);
  });
});
