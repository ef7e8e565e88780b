import { describe, expect, it } from "vitest";
import { historyOf } from "@/features/training/chart/history";

const nothing = { every: 1, steps: [], series: {} };

describe("what a run wrote", () => {
  it("comes as points, each for as many steps as the server joined", () => {
    const found = historyOf({
      run: "anna-medium-1",
      since: 100,
      generation: 7,
      step: 1400,
      lines: 1401,
      names: ["learning_rate", "mel"],
      validation_names: [],
      training: {
        every: 512,
        steps: [512, 1024, 1400],
        series: {
          mel: { mean: [24.1, null, 19], low: [20.9, null, 17.6], high: [31.2, null, 21.3] },
          learning_rate: { mean: [2e-4, 2e-4, 1e-4], low: [2e-4, 2e-4, 1e-4], high: [2e-4, 2e-4, 1e-4] },
        },
      },
      validation: nothing,
    });
    expect(found.training.map(({ step, count }) => [step, count])).toEqual([
      [512, 412],
      [1024, 512],
      [1400, 376],
    ]);
    expect(found.training[0]?.values).toEqual({ mel: { mean: 24.1, low: 20.9, high: 31.2 } });
    expect(found.training[1]?.values).toEqual({});
    expect(found.learningRate).toBe(1e-4);
  });

  it("has one value for each step where nothing was joined", () => {
    const training = { every: 1, steps: [1, 2], series: { mel: { mean: [3, 2], low: null, high: null } } };
    const found = historyOf({
      run: "a",
      since: 0,
      generation: 7,
      step: 2,
      lines: 2,
      names: ["mel"],
      validation_names: [],
      training,
      validation: nothing,
    });
    expect(found.training[1]).toEqual({ step: 2, count: 1, values: { mel: { mean: 2, low: 2, high: 2 } } });
    expect(found.learningRate).toBeNull();
  });
});
