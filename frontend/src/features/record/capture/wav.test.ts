import { describe, expect, it } from "vitest";
import { bitsOf, joined, soundOf, wavOf } from "./wav";

const fine = Float32Array.from([0, 0.1, -0.1, 1 / 8388608, -1, 0.999999]);
const coarse = Float32Array.from([0, 1, -32768, 32767, 12345], (step) => step / 32768);

describe("a WAV file", () => {
  it("says what it is, as every reader of RIFF expects", () => {
    const view = new DataView(wavOf({ samples: coarse, rate: 48_000 }));
    const tag = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(at + index)));
    expect([tag(0), tag(8), tag(12), tag(36)]).toEqual(["RIFF", "WAVE", "fmt ", "data"]);
    expect(view.getUint32(4, true)).toBe(view.byteLength - 8);
    expect(view.getUint16(20, true)).toBe(1);
    expect(view.getUint16(22, true)).toBe(1);
    expect(view.getUint32(24, true)).toBe(48_000);
    expect(view.getUint32(28, true)).toBe(96_000);
    expect(view.getUint32(40, true)).toBe(coarse.length * 2);
  });

  it("has 16 bits where the microphone has, and loses none of them", () => {
    expect(bitsOf(coarse)).toBe(16);
    expect(soundOf(wavOf({ samples: coarse, rate: 44_100 }))).toEqual({ samples: coarse, rate: 44_100 });
  });

  it("has 24 bits where the microphone gives more", () => {
    expect(bitsOf(fine)).toBe(24);
    const { samples } = soundOf(wavOf({ samples: fine, rate: 48_000 }));
    for (const [index, sample] of fine.entries()) {
      expect(Math.abs((samples[index] ?? 9) - sample)).toBeLessThan(1 / 8388608);
    }
  });

  it("is of even length, and holds what is beyond full scale at full scale", () => {
    const file = wavOf({ samples: Float32Array.from([1.5, -1.5, 0.3]), rate: 8000 }, 24);
    expect(file.byteLength % 2).toBe(0);
    expect([...soundOf(file).samples.subarray(0, 2)]).toEqual([8388607 / 8388608, -1]);
  });

  it("is made of pieces in their order", () => {
    expect([...joined([Float32Array.of(1, 2), Float32Array.of(), Float32Array.of(3)])]).toEqual([1, 2, 3]);
  });
});
