import i18next, { type TFunction } from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { words } from "@/text/sv";
import { stageOf, unitOf } from "@/ui/stage";

let t: TFunction<"jobs">;

beforeAll(async () => {
  await i18next.init({ lng: "sv", resources: { sv: words }, interpolation: { escapeValue: false } });
  t = i18next.getFixedT("sv", "jobs");
});

describe("what a job does", () => {
  it.each([
    ["Training", "Tränar"],
    ["Downloading en-US.amy", "Hämtar en-US.amy"],
    ["Writing", "Skriver"],
    ["Writing sv_SE-anna-medium.onnx", "Skriver sv_SE-anna-medium.onnx"],
    ["Waiting for another download of en-US.amy", "Väntar på en annan hämtning av en-US.amy"],
  ])("is said in the language of the page: %s", (stage, said) => {
    expect(stageOf({ stage }, t)).toBe(said);
  });

  it("is said as the server says it where that is new", () => {
    expect(stageOf({ stage: "Polishing" }, t)).toBe("Polishing");
    expect(unitOf({ unit: "parsecs" }, t)).toBe("parsecs");
  });

  it("is counted in the page's words", () => {
    expect(unitOf({ unit: "clips" }, t)).toBe("klipp");
  });
});
