import { useMemo } from "react";
import { useTranslation } from "react-i18next";

const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
const SPANS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;
const AGES = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

export type Format = ReturnType<typeof formats>;

const made = new Map<string, Format>();

/** Figures as people write them in the language that the page is shown in. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => formatsOf(i18n.language), [i18n.language]);
}

export function formatsOf(language: string): Format {
  const found = made.get(language) ?? formats(language);
  made.set(language, found);
  return found;
}

function formats(language: string) {
  const numbers = new Map<string, Intl.NumberFormat>();
  const format = (value: number, options: Intl.NumberFormatOptions): string => {
    const key = JSON.stringify(options);
    const found = numbers.get(key) ?? new Intl.NumberFormat(language, options);
    numbers.set(key, found);
    return found.format(value);
  };
  const unit = (value: number, name: string, digits = 0) =>
    format(value, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits });
  const dates = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const times = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
  const ages = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

  return {
    /** What stands between groups of three digits. */
    groups: new Intl.NumberFormat(language).formatToParts(10_000).find((part) => part.type === "group")?.value ?? " ",
    /** A whole number, in groups of three digits. */
    count: (value: number) => format(value, { maximumFractionDigits: 0 }),
    /** A number with so many digits that matter: 0.0123, 18.3, 1,234. */
    figure: (value: number, digits = 3) =>
      Math.abs(value) >= 10 ** digits
        ? format(value, { maximumFractionDigits: 0 })
        : format(value, { maximumSignificantDigits: digits }),
    /** A number to one place after the point, so that a column of them is level: 3.0, 12.4. */
    tenths: (value: number) => format(value, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    /** A number of which only the size matters: 1.2E-6. */
    magnitude: (value: number) => format(value, { notation: "scientific", maximumFractionDigits: 1 }),
    /** A number on an axis, where room is scarce: 20k, 1.5M. */
    short: (value: number) =>
      Math.abs(value) < 10_000
        ? format(value, { maximumSignificantDigits: 4 })
        : format(value, { notation: "compact", maximumSignificantDigits: 4 }),
    /** fraction: 0 to 1. */
    percent: (fraction: number) => format(fraction, { style: "percent", maximumFractionDigits: 0 }),
    /** Bytes as kB, MB, GB of a thousand each. */
    size: (bytes: number) => {
      const step = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
      const value = bytes / 1000 ** step;
      return unit(value, SIZES[step] ?? "byte", step > 0 && value < 10 ? 1 : 0);
    },
    /** A span of seconds in its one or two greatest units: 42 s, 3 min, 1 h 5 min. */
    span: (seconds: number) => {
      const [rough, first] = SPANS.find(([, size]) => seconds >= size * 1.5) ?? (["second", 1] as const);
      const rest = { day: "hour", hour: "minute" }[rough as string];
      if (rest === undefined) {
        return unit(Math.max(0, Math.round(seconds / first)), rough);
      }
      const second = rest === "hour" ? 3_600 : 60;
      const rounded = Math.round(seconds / second) * second;
      const whole = Math.floor(rounded / first);
      const left = Math.round((rounded - whole * first) / second);
      return left === 0 ? unit(whole, rough) : `${unit(whole, rough)} ${unit(left, rest)}`;
    },
    /** A place in a sound: 0:07, 1:02:03. */
    clock: (seconds: number) => {
      const whole = Math.max(0, Math.floor(seconds));
      const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
      const shown = parts[0] === 0 ? parts.slice(1) : parts;
      return shown.map((part, place) => (place === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
    },
    /** when: ISO 8601. */
    date: (when: string) => dates.format(new Date(when)),
    time: (when: string) => times.format(new Date(when)),
    /** How long ago: 3 minutes ago, yesterday. */
    ago: (when: string, now = Date.now()) => {
      const seconds = (now - new Date(when).getTime()) / 1000;
      const found = AGES.find(([, size]) => Math.abs(seconds) >= size);
      return found ? ages.format(-Math.round(seconds / found[1]), found[0]) : ages.format(0, "second");
    },
  };
}
