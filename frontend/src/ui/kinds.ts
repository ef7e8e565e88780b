import type { TFunction } from "i18next";
import type words from "@/text/en/shell.json";

type Kind = keyof typeof words.problem.kind;

/** What went wrong, in the page's words; undefined where the server has a kind of problem that is new to this page. */
export function kindOf(kind: string, t: TFunction<"shell">): string | undefined {
  return t(`problem.kind.${kind as Kind}`, { defaultValue: "" }) || undefined;
}

/** The kind of a failed job, whose class of error is told: DownloadFailed is download-failed. */
export function kindOfJob(error: string): string {
  return error.replace(/(?<!^)(?=[A-Z])/g, "-").toLowerCase();
}
