import { describe, expect, it } from "vitest";
import type { Take } from "../keep/database";
import { actionOf } from "./hotkeys";
import { found, inOrderOf, moved, nextUnread } from "./order";
import { nextGoal, stretches } from "./progress";
import { moveOf, type Step } from "./steps";

function press(key: string, html = "<div></div>", modifiers: Partial<KeyboardEvent> = {}) {
  document.body.innerHTML = html;
  const target = document.body.querySelector("[data-here]") ?? document.body.firstElementChild;
  return actionOf({ key, target, ctrlKey: false, metaKey: false, altKey: false, ...modifiers });
}

describe("a key", () => {
  it.each([
    [" ", "record"],
    ["Enter", "keep"],
    ["Backspace", "again"],
    ["ArrowRight", "next"],
    ["ArrowDown", "next"],
    ["ArrowLeft", "back"],
    ["ArrowUp", "back"],
    ["/", "find"],
    ["p", "play"],
    ["Escape", "cancel"],
    ["x", null],
  ])("%j asks for %s", (key, action) => {
    expect(press(key)).toBe(action);
  });

  it("is a letter where somebody writes, and moves through what is open", () => {
    expect(press(" ", "<input>")).toBeNull();
    expect(press("Backspace", "<textarea></textarea>")).toBeNull();
    expect(press("ArrowDown", '<div role="listbox"><div data-here></div></div>')).toBeNull();
    expect(press("Escape", '<div role="dialog"><button data-here></button></div>')).toBeNull();
  });

  it("presses the button that has the focus, if it is one that presses buttons", () => {
    expect(press(" ", "<button></button>")).toBeNull();
    expect(press("Enter", '<a href="/">There</a>')).toBeNull();
    expect(press("Backspace", "<button></button>")).toBe("again");
    expect(press("ArrowRight", "<button></button>")).toBe("next");
  });

  it("belongs to the browser together with others", () => {
    expect(press("ArrowLeft", "<div></div>", { altKey: true })).toBeNull();
    expect(press("Enter", "<div></div>", { ctrlKey: true })).toBeNull();
  });
});

describe("in the booth", () => {
  const deciding: Step = { name: "deciding", take: {} as Take };

  it.each([
    [{ name: "ready" }, "record", "begin"],
    [{ name: "ready" }, "keep", null],
    [{ name: "ready" }, "next", "next"],
    [{ name: "counting", left: 2 }, "record", "cancel"],
    [{ name: "counting", left: 2 }, "next", null],
    [{ name: "speaking" }, "record", "stop"],
    [{ name: "speaking" }, "keep", "stop"],
    [{ name: "speaking" }, "cancel", "cancel"],
    [{ name: "speaking" }, "next", null],
    [{ name: "speaking" }, "find", null],
    [{ name: "keeping" }, "record", null],
    [deciding, "keep", "keep"],
    [deciding, "again", "again"],
    [deciding, "record", "again"],
    [deciding, "play", "play"],
    [deciding, "back", "back"],
    [{ name: "closed" }, "record", null],
    [{ name: "closed" }, "next", "next"],
    [{ name: "room", listening: false, found: null }, "record", "listen"],
    [{ name: "room", listening: true, found: null }, "record", null],
    [{ name: "room", listening: false, found: { noise: -60, quiet: "excellent" } }, "record", "enter"],
    [{ name: "room", listening: false, found: { noise: -30, quiet: "poor" } }, "again", "listen"],
  ] as const)("%j: %s does %s", (step, action, move) => {
    expect(moveOf(step as Step, action)).toBe(move);
  });
});

describe("the order", () => {
  // As the server orders them for coverage: not by position.
  const prompts = [3, 1, 2, 4].map((position) => ({ position, text: `Sentence ${position} of the Kettle` }));

  it("goes on and back, and ends where it ends", () => {
    expect(moved(prompts, 3, 1)?.position).toBe(1);
    expect(moved(prompts, 2, -1)?.position).toBe(1);
    expect(moved(prompts, 3, -1)?.position).toBe(3);
    expect(moved(prompts, 4, 1)?.position).toBe(4);
  });

  it("finds the next one that nobody read, also one that was skipped", () => {
    const read =
      (...positions: number[]) =>
      (prompt: { position: number }) =>
        positions.includes(prompt.position);
    expect(nextUnread(prompts, 3, read())?.position).toBe(1);
    expect(nextUnread(prompts, 1, read(2))?.position).toBe(4);
    expect(nextUnread(prompts, 4, read(4, 3))?.position).toBe(1);
    expect(nextUnread(prompts, 4, read(1, 2, 3))).toBeUndefined();
    expect(nextUnread(prompts, null, read(3))?.position).toBe(1);
  });

  it("is jumped through by number and by word", () => {
    expect(found(prompts, "2", 9).map((one) => one.position)).toEqual([1, 2]);
    expect(found(prompts, " kettle", 2).map((one) => one.number)).toEqual([1, 2]);
    expect(found(prompts, "", 9)).toEqual([]);
  });

  it("stays what it was when the server thinks of a better one while somebody reads", () => {
    const now = [1, 2, 5, 3, 4].map((position) => ({ position, text: "" }));
    expect(inOrderOf(prompts, now).map((prompt) => prompt.position)).toEqual([3, 1, 2, 4, 5]);
  });
});

describe("progress", () => {
  it("goes in three stretches", () => {
    expect(stretches(15).map((stretch) => stretch.filled)).toEqual([0.5, 0, 0]);
    expect(stretches(75).map((stretch) => stretch.filled)).toEqual([1, 0.5, 0]);
    expect(stretches(500).map((stretch) => stretch.filled)).toEqual([1, 1, 1]);
  });

  it("says what is missing to the next goal, until nothing is", () => {
    expect(nextGoal(12)).toEqual({ minutes: 30, left: 18 });
    expect(nextGoal(30)).toEqual({ minutes: 60, left: 30 });
    expect(nextGoal(100)).toEqual({ minutes: 120, left: 20 });
    expect(nextGoal(180)).toBeNull();
  });
});
