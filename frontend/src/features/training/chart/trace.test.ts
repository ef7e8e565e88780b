import { describe, expect, it } from "vitest";
import { Trace } from "@/features/training/chart/trace";

function filled(steps: number, bound: number, mel: (step: number) => number = (step) => step): Trace {
  const trace = new Trace(bound);
  for (let step = 1; step <= steps; step++) {
    trace.add({ step, values: { mel: mel(step) } });
  }
  return trace;
}

describe("a trace", () => {
  it("keeps every step in order, and none twice", () => {
    const trace = filled(5000, 10_000);
    expect(trace.add({ step: 5000, values: { mel: 1 } })).toBe(false);
    expect(trace.add({ step: 17, values: { mel: 1 } })).toBe(false);
    expect(trace.length).toBe(5000);
    expect([...trace.steps.slice(0, trace.length)]).toEqual(Array.from({ length: 5000 }, (_, place) => place + 1));
    expect(trace.at(41)).toEqual({ mel: 42 });
  });

  it("knows a loss that began to be measured later", () => {
    const trace = filled(3, 100);
    trace.add({ step: 4, values: { mel: 4, kl: 0.5 } });
    expect(trace.at(2)).toEqual({ mel: 3 });
    expect(trace.at(3)).toEqual({ mel: 4, kl: 0.5 });
  });

  it("takes no more room for a million steps than its bound", () => {
    const trace = filled(1_000_000, 4096);
    expect(trace.length).toBeLessThanOrEqual(4096);
    expect(trace.steps.length).toBeLessThanOrEqual(4096);
    expect(trace.lastStep).toBe(1_000_000);
  });

  it("loses no peak when steps are joined, and keeps them rising", () => {
    const trace = filled(100_000, 1024, (step) => (step === 777 ? 99 : step === 50_001 ? -99 : step % 7));
    const mel = (trace.columns.get("mel") as Float32Array).slice(0, trace.length);
    expect(Math.max(...mel)).toBe(99);
    expect(Math.min(...mel)).toBe(-99);
    const place = mel.indexOf(99);
    expect(Math.abs((trace.steps[place] as number) - 777)).toBeLessThan(1000);
    for (let one = 1; one < trace.length; one++) {
      expect(trace.steps[one]).toBeGreaterThan(trace.steps[one - 1] as number);
    }
  });

  it("shows the first steps as finely as the last ones, however long it goes on", () => {
    const trace = filled(1_000_000, 4096);
    const inFirstTenth = trace.steps.slice(0, trace.length).filter((step) => step <= 100_000).length;
    expect(inFirstTenth).toBeGreaterThan(4096 / 2 / 10 / 2);
  });
});
