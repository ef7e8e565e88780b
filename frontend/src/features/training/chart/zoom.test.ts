import { describe, expect, it } from "vitest";
import { moved, viewOf } from "@/features/training/chart/zoom";

describe("the part that is shown", () => {
  it("is never too small to see something, nor before the first step", () => {
    expect(viewOf(10, 10)).toEqual({ min: 8, max: 12 });
    expect(viewOf(0, 1)).toEqual({ min: 0, max: 4 });
  });

  it("is the latter half at first, and goes where the buttons say", () => {
    const half = moved(null, "in", 1000);
    expect(half).toEqual({ min: 500, max: 1000 });
    const quarter = moved(half, "in", 1000);
    expect(quarter).toEqual({ min: 625, max: 875 });
    expect(moved(quarter, "earlier", 1000)).toEqual({ min: 500, max: 750 });
    expect(moved(quarter, "later", 1000)).toEqual({ min: 750, max: 1000 });
    expect(moved({ min: 0, max: 100 }, "earlier", 1000)).toEqual({ min: 0, max: 100 });
    expect(moved({ min: 900, max: 1000 }, "later", 1000)).toEqual({ min: 900, max: 1000 });
  });

  it("is the whole again when nothing more would be seen", () => {
    expect(moved({ min: 500, max: 1000 }, "out", 1000)).toBeNull();
    expect(moved({ min: 400, max: 500 }, "out", 1000)).toEqual({ min: 350, max: 550 });
    expect(moved({ min: 400, max: 500 }, "all", 1000)).toBeNull();
  });
});
