import { describe, expect, it } from "vitest";
import { clippedOf, decibels, outlineOf, peakOf, percentile, rmsOf, SILENCE } from "./levels";
import { roomOf } from "./room";
import { measure, trimmed } from "./take";
import { verdicts } from "./verdict";

const RATE = 48_000;

/** Parts of [seconds, amplitude] of a tone, over a floor of noise that is the same in every run. */
function sound(parts: [number, number][], noise = 0.0005) {
  let state = 7;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 1_073_741_824 - 1;
  };
  const samples = parts.flatMap(([seconds, amplitude]) =>
    Array.from({ length: Math.round(seconds * RATE) }, (_, index) => {
      const value = amplitude * Math.sin((index * 2 * Math.PI * 180) / RATE) + noise * random();
      return Math.max(-1, Math.min(1, value));
    }),
  );
  return { samples: Float32Array.from(samples), rate: RATE };
}

const good = sound([
  [0.5, 0],
  [1, 0.3],
  [0.3, 0],
  [1, 0.25],
  [0.5, 0],
]);

describe("levels", () => {
  it("are decibels of full scale", () => {
    expect(decibels(1)).toBe(0);
    expect(decibels(0.5)).toBeCloseTo(-6.02, 2);
    expect(decibels(0)).toBe(SILENCE);
  });

  it("are of the largest sample, and of the mean square", () => {
    const samples = Float32Array.from([0.5, -1, 0.5, 0]);
    expect(peakOf(samples)).toBe(1);
    expect(rmsOf(samples)).toBeCloseTo(Math.sqrt(0.375), 6);
    expect(rmsOf(new Float32Array())).toBe(0);
    expect(percentile([5, 1, 3], 0.5)).toBe(3);
  });

  it("count as clipped only where three samples in a row are at full scale", () => {
    expect(clippedOf(Float32Array.from([1, 1, 0, 1, 0, -1, -1, -1, -1, 0]))).toBeCloseTo(0.4, 6);
    expect(clippedOf(Float32Array.from([1, 1, 0.5, 1]))).toBe(0);
  });

  it("are drawn by what stands out most in each part", () => {
    expect(outlineOf(Float32Array.from([0, 0.5, -0.75, 0.25, 0, 0]), 3)).toEqual([0.5, -0.75, 0]);
  });
});

describe("a take", () => {
  it("is trimmed to its speech, with a quarter of a second around it and the pause within", () => {
    const measured = measure(good);
    expect(measured.speech?.start).toBeCloseTo(0.5, 1);
    expect(measured.speech?.end).toBeCloseTo(2.8, 1);
    expect(trimmed(measured).start).toBeCloseTo(0.25, 1);
    expect(trimmed(measured).end).toBeCloseTo(3.05, 1);
  });

  it("does not take the key that started it for speech", () => {
    const clicked = sound([
      [0.02, 0.4],
      [0.9, 0],
      [1, 0.3],
      [0.5, 0],
    ]);
    expect(measure(clicked).speech?.start).toBeCloseTo(0.92, 1);
  });

  it("is good where it is good", () => {
    expect(verdicts(measure(good))).toEqual([]);
  });

  it("is silent where nobody speaks, and nothing else", () => {
    const measured = measure(sound([[2, 0]]));
    expect(measured.speech).toBeNull();
    expect(trimmed(measured)).toEqual({ start: 0, end: 2 });
    expect(verdicts(measured)).toEqual(["silent"]);
  });

  it.each([
    [
      "clipped",
      sound([
        [0.4, 0],
        [1, 1.5],
        [0.4, 0],
      ]),
    ],
    [
      "too_loud",
      sound([
        [0.4, 0],
        [1, 0.99],
        [0.4, 0],
      ]),
    ],
    [
      "too_quiet",
      sound(
        [
          [0.4, 0],
          [1, 0.01],
          [0.4, 0],
        ],
        0.0001,
      ),
    ],
    [
      "noisy",
      sound(
        [
          [0.4, 0],
          [1, 0.3],
          [0.4, 0],
        ],
        0.085,
      ),
    ],
    [
      "cut_off_start",
      sound([
        [1, 0.3],
        [0.4, 0],
      ]),
    ],
    [
      "cut_off_end",
      sound([
        [0.4, 0],
        [1, 0.3],
      ]),
    ],
    [
      "too_long",
      sound([
        [0.4, 0],
        [31, 0.3],
        [0.4, 0],
      ]),
    ],
    [
      "too_short",
      sound([
        [0.05, 0],
        [0.2, 0.3],
        [0.05, 0],
      ]),
    ],
  ] as const)("is called %s where it is", (verdict, take) => {
    expect(verdicts(measure(take))).toEqual([verdict]);
  });
});

describe("a room", () => {
  it("is as quiet as it is most of the time, whatever creaks once", () => {
    const creaking = sound([
      [1.5, 0],
      [0.2, 0.3],
      [1.3, 0],
    ]);
    expect(roomOf(creaking.samples, RATE).quiet).toBe("excellent");
  });

  it.each([
    ["dead", 0],
    ["excellent", 0.0008],
    ["good", 0.004],
    ["fair", 0.011],
    ["poor", 0.05],
  ] as const)("is %s", (quiet, noise) => {
    const { samples } = sound([[3, 0]], noise);
    expect(roomOf(samples, RATE).quiet).toBe(quiet);
  });
});
