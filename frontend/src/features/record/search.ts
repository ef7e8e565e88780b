/** Which sentence of the list, and in which order they come: kept in the address, so that a reload changes nothing. */
export interface BoothSearch {
  at?: number;
  order?: "list" | "coverage";
}

export function boothSearch(found: Record<string, unknown>): BoothSearch {
  const at = Number(found.at);
  return {
    ...(Number.isInteger(at) && at > 0 ? { at } : {}),
    ...(found.order === "list" ? { order: found.order } : {}),
  };
}
