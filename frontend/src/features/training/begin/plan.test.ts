import { describe, expect, it } from "vitest";
import {
  DEFAULTS,
  missing,
  NEW_PLAN,
  type Plan,
  QUALITIES,
  startingFrom,
  tierOf,
  trainingOptions,
  withSpeech,
} from "@/features/training/begin/plan";
import description from "../../../../openapi.json";

const schemas = description.components.schemas;
const dataset = { kind: "dataset", name: "anna-low-1", language: "en-US", quality: "low" } as const;
const ready: Plan = { ...NEW_PLAN, speech: dataset, base: "en-US.amy" };

describe("a plan of a training", () => {
  it("has the server's own defaults, all of them", () => {
    const { budget: _, base_voice: __, ...described } = schemas.TrainingOptions.properties;
    const theirs = Object.entries(described).map(([name, field]) => [name, "default" in field ? field.default : null]);
    expect(DEFAULTS).toEqual(Object.fromEntries(theirs));
    expect(QUALITIES).toEqual(schemas.Quality.enum);
  });

  it("says what is still to be chosen", () => {
    expect(missing(NEW_PLAN)).toBe("missingSpeech");
    expect(missing({ ...ready, base: null })).toBe("missingBase");
    expect(missing({ ...ready, base: null, from: "scratch" })).toBeNull();
    expect(missing({ ...ready, budget: null })).toBe("missingBudget");
    expect(missing(ready)).toBeNull();
  });

  it("is of the newest speech until one is chosen, also where that was prepared while the form was open", () => {
    const newer = { ...dataset, name: "anna-low-2" };
    expect(withSpeech(NEW_PLAN, []).speech).toBeNull();
    expect(withSpeech(NEW_PLAN, [dataset]).speech).toBe(dataset);
    expect(withSpeech(NEW_PLAN, [newer, dataset]).speech).toBe(newer);
    expect(withSpeech(ready, [newer, dataset]).speech).toBe(dataset);
  });

  it("takes the budget that is good for its start, and keeps one that somebody asked for", () => {
    const scratch = { ...ready, ...startingFrom(ready, "scratch") };
    expect(scratch).toMatchObject({ from: "scratch", budget: 16_000 });
    expect(startingFrom(scratch, "base").budget).toBe(5000);
    expect(startingFrom({ ...ready, budget: 700 }, "scratch").budget).toBe(700);
  });

  it("has the quality of its dataset, whatever was chosen for recordings", () => {
    expect(tierOf({ ...ready, quality: "high" })).toBe("low");
    expect(tierOf({ ...ready, speech: { ...dataset, kind: "profile" }, quality: "high" })).toBe("high");
  });

  it("is told to the server with one budget, and with a base only where it starts from one", () => {
    expect(trainingOptions({ ...ready, unit: "minutes", budget: 30 })).toMatchObject({
      budget: { minutes: 30 },
      base_voice: "en-US.amy",
    });
    expect(trainingOptions({ ...ready, from: "scratch" }).base_voice).toBeNull();
  });
});
