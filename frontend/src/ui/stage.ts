import type { TFunction } from "i18next";
import type { Job } from "@/client/jobs";

/** What the server calls the parts of its work, in English, and what they are called in the page's words. */
const STAGES = [
  [/^Reading recordings$/, "readingRecordings"],
  [/^Measuring recordings$/, "measuringRecordings"],
  [/^Preparing clips$/, "preparingClips"],
  [/^Waiting for another download of (?<what>.+)$/, "waitingForDownload"],
  [/^Downloading (?<what>.+)$/, "downloading"],
  [/^Copying$/, "copying"],
  [/^Reading$/, "reading"],
  [/^Measuring steps$/, "measuringSteps"],
  [/^Training$/, "training"],
  [/^Writing$/, "writing"],
  [/^Writing (?<what>.+)$/, "writingFile"],
  [/^Proving that /, "proving"],
] as const;

const UNITS = ["files", "clips", "steps", "MB"] as const;

/** What a job does now; as the server says it where that is new to this page. */
export function stageOf(job: Pick<Job, "stage">, t: TFunction<"jobs">): string {
  for (const [pattern, name] of STAGES) {
    const found = pattern.exec(job.stage);
    if (found) {
      return t(`stage.${name}`, { what: found.groups?.what ?? "" });
    }
  }
  return job.stage;
}

/** What its figures count. */
export function unitOf(job: Pick<Job, "unit">, t: TFunction<"jobs">): string {
  const known = UNITS.find((unit) => unit === job.unit);
  return known ? t(`unit.${known}`) : job.unit;
}
