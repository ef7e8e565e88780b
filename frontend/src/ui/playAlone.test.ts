import { expect, it, vi } from "vitest";
import { playAlone, silenceOthers } from "@/ui/playAlone";

const sound = () => ({ play: vi.fn(async () => {}), pause: vi.fn() }) as unknown as HTMLMediaElement;

it("a sound that is played silences the one before, and not itself", async () => {
  const [first, second] = [sound(), sound()];
  await playAlone(first);
  await playAlone(first);
  expect(first.pause).not.toHaveBeenCalled();
  await playAlone(second);
  expect(first.pause).toHaveBeenCalledTimes(1);
  expect(second.pause).not.toHaveBeenCalled();
});

it("a sound that the browser's own button starts silences the one before", async () => {
  const [first, second] = [sound(), sound()];
  await playAlone(first);
  silenceOthers(second);
  expect(first.pause).toHaveBeenCalledTimes(1);
  expect(second.play).not.toHaveBeenCalled();
});
