import { afterEach, expect, it, vi } from "vitest";
import { speakAloud } from "@/features/voices/speaking/speak";

afterEach(() => vi.unstubAllGlobals());

it("a server that goes away in the middle of a sentence leaves no sound device open", async () => {
  const close = vi.fn(async () => {});
  vi.stubGlobal(
    "AudioContext",
    class {
      currentTime = 0;
      close = close;
    },
  );
  const body = new ReadableStream({ pull: (stream) => stream.error(new TypeError("network error")) });
  vi.stubGlobal("fetch", async () => new Response(body, { headers: { "X-Sample-Rate": "22050" } }));
  const stop = new AbortController();
  await expect(speakAloud("anna", { text: "Hello." }, stop.signal, () => {})).rejects.toThrow("network error");
  expect(close).toHaveBeenCalledTimes(1);
  stop.abort();
  expect(close).toHaveBeenCalledTimes(1);
});
