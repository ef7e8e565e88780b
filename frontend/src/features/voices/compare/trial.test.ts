import { describe, expect, it } from "vitest";
import { chance, NO_VERDICTS, newTrial, withVerdict } from "@/features/voices/compare/trial";

describe("a blind comparison", () => {
  it("puts either voice first", () => {
    expect(newTrial("anna", "berta", 0.2)).toEqual({ a: "anna", b: "berta" });
    expect(newTrial("anna", "berta", 0.8)).toEqual({ a: "berta", b: "anna" });
  });

  it("counts for the voice, whichever letter it had", () => {
    let tally = withVerdict(NO_VERDICTS, { a: "anna", b: "berta" }, "a");
    tally = withVerdict(tally, { a: "berta", b: "anna" }, "b");
    tally = withVerdict(tally, { a: "berta", b: "anna" }, "a");
    tally = withVerdict(tally, { a: "berta", b: "anna" }, "same");
    expect(tally).toEqual({ wins: { anna: 2, berta: 1 }, same: 1 });
  });

  it("says how much of it chance would do", () => {
    expect(chance(0, 0)).toBe(1);
    expect(chance(1, 1)).toBe(1);
    // Of the binomial distribution: 2 × 1/32, and 2 × (10 + 1)/1024.
    expect(chance(5, 0)).toBeCloseTo(0.0625);
    expect(chance(9, 1)).toBeCloseTo(0.021484375);
  });
});
