import type { JobFilter, JobKind, JobState } from "@/client/jobs";

export const SHOWS = ["all", "going", "failed", "ended"] as const;
export const KINDS: readonly JobKind[] = ["import", "prepare", "download", "train", "export"];

export interface JobSearch {
  show?: (typeof SHOWS)[number];
  kind?: JobKind;
}

const STATES: Record<(typeof SHOWS)[number], JobState[]> = {
  all: [],
  going: ["queued", "running", "paused", "cancelling"],
  failed: ["failed"],
  ended: ["done", "cancelled", "failed"],
};

/** What the address asks for, whoever wrote it. */
export function searched(search: Record<string, unknown>): JobSearch {
  const show = SHOWS.find((one) => one === search.show && one !== "all");
  const kind = KINDS.find((one) => one === search.kind);
  return { ...(show ? { show } : {}), ...(kind ? { kind } : {}) };
}

export function filterOf({ show, kind }: JobSearch): JobFilter {
  const states = STATES[show ?? "all"];
  return { ...(states.length > 0 ? { state: states } : {}), ...(kind ? { kind: [kind] } : {}) };
}
