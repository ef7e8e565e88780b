import { describe, expect, it } from "vitest";
import { PcmReader } from "@/features/voices/speaking/pcm";

describe("PCM that comes in pieces", () => {
  it("is the same however it is cut", () => {
    const values = [0, 1, -1, 32_767, -32_768, 258, -12_345];
    const bytes = new Uint8Array(new Int16Array(values).buffer);
    const expected = values.map((value) => Math.fround(value / 32_768));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new PcmReader();
      const heard = [...reader.take(bytes.slice(0, cut)), ...reader.take(bytes.slice(cut))];
      expect(heard).toEqual(expected);
    }
  });
});
