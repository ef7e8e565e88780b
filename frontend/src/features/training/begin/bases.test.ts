import { describe, expect, it } from "vitest";
import { type Base, byLanguage, misfit, suggested } from "@/features/training/begin/bases";

function base(id: string, more: Partial<Base> = {}): Base {
  const [language_code, voice_id] = id.split(".");
  return {
    id,
    language_code,
    voice_id,
    tier: "medium",
    sample_rate: 22_050,
    speakers: 1,
    downloaded: false,
    ...more,
  } as Base;
}

const ALL = [base("de-DE.thorsten"), base("en-US.amy"), base("en-GB.cori", { tier: "high" }), base("sv-SE.nst")];
const name = (language: string) => ({ "de-DE": "German", "sv-SE": "Swedish" })[language] ?? "English";

describe("base voices", () => {
  it("come with the language that is spoken first, then its relatives, then by name", () => {
    expect(byLanguage(ALL, "en-GB", name).map((group) => group.language)).toEqual(["en-GB", "en-US", "de-DE", "sv-SE"]);
  });

  it("are suggested by language and size, and then by being here", () => {
    expect(suggested(ALL, "sv-SE", "medium")?.id).toBe("sv-SE.nst");
    expect(suggested(ALL, "en-GB", "medium")?.id).toBe("en-US.amy");
    expect(suggested(ALL, "en-GB", "high")?.id).toBe("en-GB.cori");
    expect(suggested([...ALL, base("en-US.lessac", { downloaded: true })], "en-US", "medium")?.id).toBe("en-US.lessac");
    expect(suggested(ALL, "en-US", "x_low")).toBeUndefined();
  });

  it("say why they do not fit", () => {
    expect(misfit(base("en-GB.cori", { tier: "high" }), "medium")).toBe("tier");
    expect(misfit(base("es-MX.ald", { tier: "x_low" }), "x_low")).toBe("rate");
    expect(misfit(base("en-US.libritts", { speakers: 904 }), "medium")).toBe("speakers");
    expect(misfit(base("en-US.amy", { speakers: null }), "medium")).toBeNull();
  });
});
