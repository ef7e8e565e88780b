/**
 * How many points a second the training room's curves take in, smooth and draw; a run writes about 50 a second.
 *
 * In frontend/: npx vitest run --config bench/vitest.config.ts
 */
import { it } from "vitest";
import { decimate } from "@/features/training/chart/decimate";
import { Smoothed } from "@/features/training/chart/smooth";
import { type Measured, Trace } from "@/features/training/chart/trace";

const STEPS = 1_000_000;
const WIDTH = 1100;
const NAMES = ["mel", "kl", "duration", "feature", "adversarial", "discriminator", "generator"];

it("keeps up with a million steps", () => {
  const rows: string[] = [];
  const say = (what: string, figure: string) => rows.push(`${what.padEnd(52)} ${figure}`);
  const note = (what: string, points: number, milliseconds: number) =>
    say(what, `${Math.round((points / milliseconds) * 1000).toLocaleString("en")} points/s`);

  const trace = new Trace();
  note(
    "taken in, 7 losses a step, a million steps",
    STEPS * NAMES.length,
    timed(() => fill(trace, STEPS)),
  );
  const smoothed = new Smoothed(trace, "mel", 200);
  note(
    "smoothed from the beginning",
    trace.length,
    timed(() => smoothed.read()),
  );

  const steps = Float64Array.from({ length: STEPS }, (_, place) => place + 1);
  const values = Float32Array.from(steps, (step) => 20 / Math.sqrt(step) + Math.random());
  const times = Array.from({ length: 9 }, () =>
    timed(() => decimate(steps, { low: values, high: values }, STEPS, { min: 1, max: STEPS }, WIDTH)),
  ).sort((one, other) => one - other);
  note(`decimated to ${WIDTH} columns of pixels (a million)`, STEPS, times[4] as number);

  const frame = timed(() => {
    for (const name of NAMES) {
      const read = new Smoothed(trace, name, 0).read();
      decimate(trace.steps, read, trace.length, { min: 1, max: STEPS }, WIDTH);
    }
  });
  say(`one frame of all ${NAMES.length} losses after a million steps`, `${frame.toFixed(1)} ms`);
  const columns = [...trace.columns.values()].flatMap(({ mean, low, high }) => [mean, low, high]);
  const bytes = [trace.steps, trace.counts, ...columns].reduce((sum, one) => sum + one.byteLength, 0);
  say("kept of a million steps", `${(bytes / 1e6).toFixed(1)} MB, ${trace.length} steps`);
  process.stdout.write(`${rows.join("\n")}\n`);
});

function fill(trace: Trace, steps: number): void {
  for (let step = 1; step <= steps; step++) {
    const values: Record<string, Measured> = {};
    for (const name of NAMES) {
      const value = 20 / Math.sqrt(step) + ((step * 7919) % 100) / 100;
      values[name] = { mean: value, low: value, high: value };
    }
    trace.add({ step, count: 1, values });
  }
}

function timed(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}
