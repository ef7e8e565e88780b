import { describe, expect, it } from "vitest";

const files = import.meta.glob<Record<string, unknown>>("./{en,sv}/*.json", { eager: true, import: "default" });

function flat(words: unknown, at = ""): Map<string, string> {
  if (typeof words === "string") {
    return new Map([[at, words]]);
  }
  return new Map(
    Object.entries(words as Record<string, unknown>).flatMap(([key, value]) => [
      ...flat(value, at ? `${at}.${key}` : key),
    ]),
  );
}

function places(sentence: string): string[] {
  return (sentence.match(/\{\{\s*[\w.]+/g) ?? []).map((place) => place.replace(/\{\{\s*/, "")).sort();
}

describe("the words of the page", () => {
  for (const path of Object.keys(files).filter((one) => one.startsWith("./en/"))) {
    const english = flat(files[path]);
    const swedish = flat(files[path.replace("/en/", "/sv/")] ?? {});

    it(`are all there in Swedish (${path.slice(5)})`, () => {
      expect([...swedish.keys()].sort()).toEqual([...english.keys()].sort());
    });

    it(`name the same values in Swedish (${path.slice(5)})`, () => {
      for (const [key, sentence] of english) {
        expect([key, places(swedish.get(key) ?? "")]).toEqual([key, places(sentence)]);
      }
    });
  }
});
