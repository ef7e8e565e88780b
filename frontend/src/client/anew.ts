import type { QueryClient, QueryFilters } from "@tanstack/react-query";

/**
 * Ask anew for what has just changed.
 *
 * An answer that is on its way may be older than the change, and would pass for fresh when it comes: it is called off,
 * also where it is the first one, which invalidating alone would wait for.
 */
export function askAnew(queries: QueryClient, what: Pick<QueryFilters, "queryKey" | "predicate">): void {
  void queries.cancelQueries(what);
  void queries.invalidateQueries(what);
}

/** What shows recordings or counts them, by the first part of the keys that it is asked for with. */
export const OF_RECORDINGS = [
  "recordings",
  "takes",
  "profiles",
  "prompt-lists",
  "dataset",
  "standing",
  "training",
] as const;

/** Recordings changed, came or went: whatever room shows them asks anew. */
export function askAnewOfRecordings(queries: QueryClient, except: readonly string[] = []): void {
  for (const what of OF_RECORDINGS.filter((one) => !except.includes(one))) {
    askAnew(queries, { queryKey: [what] });
  }
}
