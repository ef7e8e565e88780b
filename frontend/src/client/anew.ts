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
