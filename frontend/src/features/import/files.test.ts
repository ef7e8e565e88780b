import { describe, expect, it } from "vitest";
import { isWanted } from "@/features/import/files";

describe("what is taken out of a folder", () => {
  it("is everything but what systems leave there", () => {
    const paths = ["a.wav", "wavs/b.flac", ".DS_Store", "wavs/._b.flac", "__MACOSX/a.wav", "Thumbs.db", "metadata.csv"];
    expect(paths.filter((path) => isWanted({ path }))).toEqual(["a.wav", "wavs/b.flac", "metadata.csv"]);
  });
});
