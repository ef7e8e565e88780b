import { describe, expect, it } from "vitest";
import { chance, NO_VERDICTS, newTrial, pairOf, withVerdict } from "@/features/voices/compare/trial";

describe("the two that are compared", () => {
  const names = ["anna", "berta", "cilla"];

  it("are the first two until others are chosen", () => {
    expect(pairOf(names, null, null)).toEqual(["anna", "berta"]);
    expect(pairOf(names, "berta", null)).toEqual(["berta", "anna"]);
    expect(pairOf(names, null, "cilla")).toEqual(["anna", "cilla"]);
  });

  it("are never one voice twice, also where the second is chosen as the first", () => {
    expect(pairOf(names, "cilla", "cilla")).toEqual(["cilla", "anna"]);
  });
});

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
