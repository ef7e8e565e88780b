import { describe, expect, it } from "vitest";
import { CannotRead, droppedFiles, isWanted } from "@/features/import/files";

describe("what is taken out of a folder", () => {
  it("is everything but what systems leave there", () => {
    const paths = ["a.wav", "wavs/b.flac", ".DS_Store", "wavs/._b.flac", "__MACOSX/a.wav", "Thumbs.db", "metadata.csv"];
    expect(paths.filter((path) => isWanted({ path }))).toEqual(["a.wav", "wavs/b.flac", "metadata.csv"]);
  });
});

describe("what is dropped", () => {
  const file = (fullPath: string) => ({
    fullPath,
    isFile: true,
    file: (done: (file: File) => void) => done(new File([], "a")),
  });
  const folder = (fullPath: string, ...inside: object[]) => {
    const parts = [inside, []];
    return {
      fullPath,
      createReader: () => ({ readEntries: (done: (part: object[]) => void) => done(parts.shift() ?? []) }),
    };
  };
  const locked = (fullPath: string) => ({
    fullPath,
    createReader: () => ({ readEntries: (_: unknown, fail: () => void) => fail() }),
  });
  const dropped = (...entries: object[]) =>
    droppedFiles(entries.map((entry) => ({ webkitGetAsEntry: () => entry })) as unknown as DataTransferItemList);

  it("is every file, with its folders", async () => {
    const found = await dropped(file("/b.wav"), folder("/voice", file("/voice/a.wav"), folder("/voice/empty")));
    expect(found.map(({ path }) => path)).toEqual(["b.wav", "voice/a.wav"]);
  });

  it("is refused by its name where a folder in it cannot be read", async () => {
    await expect(dropped(folder("/voice", locked("/voice/private")))).rejects.toEqual(new CannotRead("voice/private"));
  });
});
