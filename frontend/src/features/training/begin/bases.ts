import type { Schemas } from "@/client/api";

export type Base = Schemas["Checkpoint"];

export interface BaseGroup {
  language: string;
  bases: Base[];
}

/** Bases by their language: that of the speech first, then those of its relatives, then the others by name. */
export function byLanguage(bases: readonly Base[], spoken: string, nameOf: (language: string) => string): BaseGroup[] {
  const groups = new Map<string, Base[]>();
  for (const base of bases) {
    groups.set(base.language_code, [...(groups.get(base.language_code) ?? []), base]);
  }
  const rank = (language: string) =>
    language === spoken ? 0 : spoken && language.slice(0, 2) === spoken.slice(0, 2) ? 1 : 2;
  return [...groups]
    .map(([language, found]) => ({ language, bases: found }))
    .sort(
      (one, other) =>
        rank(one.language) - rank(other.language) || nameOf(one.language).localeCompare(nameOf(other.language)),
    );
}

/** The base that suits the speech best and can be started from: one that is here before one that is not. */
export function suggested(bases: readonly Base[], spoken: string, tier: string): Base | undefined {
  const fitting = bases.filter((base) => misfit(base, tier) === null);
  const near = (base: Base) =>
    (base.language_code === spoken ? 4 : base.language_code.slice(0, 2) === spoken.slice(0, 2) ? 2 : 0) +
    (base.downloaded ? 1 : 0);
  return [...fitting].sort((one, other) => near(other) - near(one))[0];
}

/** Those that speech of a tier can start from come first; else their order stays. */
export function fittingFirst(bases: readonly Base[], tier: string): Base[] {
  const rank = (base: Base) => (misfit(base, tier) === null ? 0 : 1);
  return [...bases].sort((one, other) => rank(one) - rank(other));
}

/** Why speech of a tier cannot start from a base; null where it can. */
export function misfit(base: Base, tier: string): "tier" | "rate" | "speakers" | null {
  if (base.tier !== tier) {
    return "tier";
  }
  if (base.sample_rate !== (tier === "x_low" || tier === "low" ? 16_000 : 22_050)) {
    return "rate";
  }
  return (base.speakers ?? 1) > 1 ? "speakers" : null;
}
