import i18next, { type TFunction } from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { problemIn } from "@/client/problem";
import { words } from "@/text/sv";
import { kindOf, kindOfJob } from "@/ui/kinds";

let t: TFunction<"shell">;

beforeAll(async () => {
  await i18next.init({ lng: "sv", resources: { sv: words }, interpolation: { escapeValue: false } });
  t = i18next.getFixedT("sv", "shell");
});

describe("what goes wrong", () => {
  it("is told by its code, and never by what the sentence says", () => {
    const text = JSON.stringify({ type: "urn:coaxial:problem:name-taken", detail: "There is one.", remedy: "" });
    expect(kindOf(problemIn(409, text).kind, t)).toBe("Namnet är upptaget");
    expect(kindOfJob("DownloadFailed")).toBe("download-failed");
  });

  it("is called nothing where the kind is new, or there is none", () => {
    expect(kindOf("out-of-luck", t)).toBeUndefined();
    expect(kindOf("", t)).toBeUndefined();
    expect(problemIn(502, "<html>Bad gateway</html>").kind).toBe("");
  });
});
