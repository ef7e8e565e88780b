import { describe, expect, it } from "vitest";
import type { Recording } from "@/features/dataset/queries";
import { inverse, remember } from "@/features/dataset/undo";

const kettle = { id: 42, state: "kept", text: "The kettle sings." } as Recording;
const older = { ...kettle, id: 41, state: "superseded" } as Recording;

describe("undo", () => {
  it("sets what was changed back to what it was, and nothing else", () => {
    expect(inverse({ id: 42, state: "excluded" }, kettle)).toEqual({ id: 42, state: "kept" });
    expect(inverse({ id: 42, text: "A kettle sings." }, kettle)).toEqual({ id: 42, text: "The kettle sings." });
  });

  it("remembers each step, and none that cannot be taken back", () => {
    const known = (id: number) => [kettle, older].find((one) => one.id === id);
    let history = remember([], [{ id: 42, state: "excluded" }], known);
    history = remember(history, [{ id: 41, state: "kept" }], known);
    history = remember(history, [{ id: 7, state: "excluded" }], known);
    expect(history).toEqual([[{ id: 42, state: "kept" }]]);
  });
});
