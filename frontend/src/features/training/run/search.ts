export interface RunSearch {
  /** Runs whose curves are drawn beside. */
  with?: string[];
}

/** What the address asks for, whoever wrote it. */
export function runSearch(search: Record<string, unknown>): RunSearch {
  const found = Array.isArray(search.with) ? search.with.filter((one): one is string => typeof one === "string") : [];
  return found.length > 0 ? { with: found.slice(0, 4) } : {};
}
