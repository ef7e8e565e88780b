import { describe, expect, it } from "vitest";
import { formatsOf } from "@/ui/format";

const english = formatsOf("en");
const swedish = formatsOf("sv");
/** Without the spaces that do not break, which differ from one edition of the browser's data to the next. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

describe("figures", () => {
  it("count in the groups of the language", () => {
    expect(english.count(1355540)).toBe("1,355,540");
    expect(plain(swedish.count(1355540))).toBe("1 355 540");
  });

  it("keep the digits that matter", () => {
    expect(english.figure(0.012345)).toBe("0.0123");
    expect(english.figure(18.349)).toBe("18.3");
    expect(english.figure(1234.5)).toBe("1,235");
    expect(swedish.figure(18.349)).toBe("18,3");
    expect(english.figure(0)).toBe("0");
  });

  it("stand level in a column, in the language's own point", () => {
    expect([3, 12.44].map(english.tenths)).toEqual(["3.0", "12.4"]);
    expect([3, 12.44].map(swedish.tenths)).toEqual(["3,0", "12,4"]);
  });

  it("say their size where nothing else matters", () => {
    expect(english.magnitude(0.00000123)).toBe("1.2E-6");
    expect(swedish.magnitude(0.00000123)).toMatch(/^1,2/);
  });

  it("are short on an axis", () => {
    expect(english.short(9500)).toBe("9,500");
    expect(english.short(20_000)).toBe("20K");
    expect(english.short(1_500_000)).toBe("1.5M");
  });
});

describe("sizes", () => {
  it("are in units of a thousand", () => {
    expect(english.size(845_898_328)).toBe("846 MB");
    expect(english.size(1_234_567_890)).toBe("1.2 GB");
    expect(plain(swedish.size(1_234_567_890))).toBe("1,2 GB");
    expect(english.size(0)).toBe("0 byte");
  });
});

describe("spans of time", () => {
  it("are said in their one or two greatest units", () => {
    expect(english.span(0.4)).toBe("0 sec");
    expect(english.span(42)).toBe("42 sec");
    expect(english.span(89)).toBe("89 sec");
    expect(english.span(90)).toBe("2 min");
    expect(english.span(3_000)).toBe("50 min");
    expect(english.span(5_400)).toBe("1 hr 30 min");
    expect(english.span(7_199)).toBe("2 hr");
    expect(english.span(36 * 3_600)).toBe("1 day 12 hr");
    expect(plain(swedish.span(5_400))).toBe("1 tim 30 min");
  });

  it("are read on a clock within a sound", () => {
    expect(english.clock(7.9)).toBe("0:07");
    expect(english.clock(3_723)).toBe("1:02:03");
  });

  it("are told from now", () => {
    const now = Date.parse("2026-05-04T12:00:00Z");
    expect(english.ago("2026-05-04T11:59:50Z", now)).toBe("now");
    expect(english.ago("2026-05-04T11:57:00Z", now)).toBe("3 minutes ago");
    expect(swedish.ago("2026-05-03T12:00:00Z", now)).toBe("i går");
  });
});
