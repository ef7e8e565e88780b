import { afterEach, expect, it, vi } from "vitest";
import { Microphone } from "./microphone";

afterEach(() => vi.unstubAllGlobals());

it("a microphone that cannot be heard is let go of, with all that was opened for it", async () => {
  const stop = vi.fn();
  const close = vi.fn(async () => {});
  const track = { getSettings: () => ({ deviceId: "usb", sampleRate: 48_000 }), stop };
  const stream = { getAudioTracks: () => [track], getTracks: () => [track] };
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: async () => stream } });
  vi.stubGlobal(
    "AudioContext",
    class {
      audioWorklet = { addModule: async () => Promise.reject(new DOMException("Not there.", "AbortError")) };
      close = close;
    },
  );
  await expect(Microphone.open("", () => {})).rejects.toThrow("Not there.");
  expect(stop).toHaveBeenCalledTimes(1);
  expect(close).toHaveBeenCalledTimes(1);
});
