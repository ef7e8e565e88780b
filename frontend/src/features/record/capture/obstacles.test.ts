import { describe, expect, it } from "vitest";
import { cautionsOf, obstacleIn, obstacleOf } from "./obstacles";

const devices = { getUserMedia: async () => new MediaStream() } as unknown as MediaDevices;

describe("what stands in the way of a recording", () => {
  it("is a page that is neither on this computer nor encrypted, before anything else", () => {
    const page = { isSecureContext: false, navigator: {} as Navigator };
    expect(obstacleOf(page)).toBe("insecure");
  });

  it("is a browser without microphones", () => {
    expect(obstacleOf({ isSecureContext: true, navigator: {} as Navigator })).toBe("unsupported");
    expect(obstacleOf({ isSecureContext: true, navigator: { mediaDevices: devices } })).toBeNull();
  });

  it.each([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "missing"],
    ["NotReadableError", "busy"],
    ["QuotaExceededError", "full"],
    ["EncodingError", "unknown"],
  ])("is told from the browser's %s", (name, obstacle) => {
    expect(obstacleIn(new DOMException("", name))).toBe(obstacle);
  });
});

describe("what is not as it should be", () => {
  it("is nothing where the browser does as it was asked", () => {
    const settings = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    expect(cautionsOf(settings, 48_000, 48_000)).toEqual([]);
  });

  it("is whatever the browser insists on", () => {
    expect(cautionsOf({ echoCancellation: true, autoGainControl: true }, 48_000, null)).toEqual([
      { kind: "processing", which: ["echoCancellation", "autoGainControl"] },
    ]);
  });

  it("is a telephone's rate, and one that is no longer what it was", () => {
    expect(cautionsOf({}, 16_000, 48_000)).toEqual([
      { kind: "lowRate", rate: 16_000 },
      { kind: "otherRate", rate: 16_000, before: 48_000 },
    ]);
  });
});
