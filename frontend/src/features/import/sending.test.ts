import { beforeEach, expect, it, vi } from "vitest";
import type { Found } from "@/features/import/files";
import { sendFiles } from "@/features/import/sending";

interface Options {
  metadata: { filename: string };
  onSuccess: () => void;
  onError: (error: Error) => void;
}

/** The uploads of tus that were begun, by the names of their files; each waits to be told how it ends. */
const begun = new Map<string, { options: Options; aborted: boolean }>();

vi.mock("tus-js-client", () => ({
  Upload: class {
    url = "/api/uploads/1";
    constructor(
      _: File,
      private readonly options: Options,
    ) {}
    findPreviousUploads = async () => [];
    start() {
      begun.set(this.options.metadata.filename, { options: this.options, aborted: false });
    }
    async abort() {
      const mine = begun.get(this.options.metadata.filename);
      if (mine) {
        mine.aborted = true;
      }
    }
  },
}));

const files: Found[] = ["a", "b", "c", "d"].map((path) => ({ path, file: new File(["sound"], path) }));
const names = () => [...begun.keys()];

beforeEach(() => begun.clear());

it("a file that fails stops those that are on their way, and none is begun after it", async () => {
  const sending = sendFiles(files, new AbortController().signal, () => {});
  await vi.waitFor(() => expect(names()).toEqual(["a", "b", "c"]));
  begun.get("b")?.options.onError(new Error("The line is dead."));
  await expect(sending).rejects.toThrow("The line is dead.");
  expect(begun.get("a")?.aborted).toBe(true);
  expect(begun.get("c")?.aborted).toBe(true);
  begun.get("a")?.options.onSuccess();
  await new Promise((resolve) => setTimeout(resolve));
  expect(names()).toEqual(["a", "b", "c"]);
});

it("a person who stops it stops all of it, also what has not begun", async () => {
  const stopping = new AbortController();
  const sending = sendFiles(files, stopping.signal, () => {});
  stopping.abort();
  await expect(sending).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve));
  expect(names()).toEqual([]);
});
