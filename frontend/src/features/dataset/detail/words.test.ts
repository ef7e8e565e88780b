import { describe, expect, it } from "vitest";
import { wordsOf } from "@/features/dataset/detail/words";

describe("the words of a text", () => {
  it("keep their apostrophes and hyphens, and lose what stands around them", () => {
    const words = wordsOf("“L'été, c'est l'après-midi à 15 h”, säger Åsa.").map(({ word }) => word);
    expect(words).toEqual(["L'été", "c'est", "l'après-midi", "à", "15", "h", "säger", "Åsa"]);
  });
});
