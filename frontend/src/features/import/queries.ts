import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/client/api";

export type Columns = Schemas["Columns"];
export type Previewed = Schemas["Previewed"];
export type Outcome = "taken" | "rejected" | "warned";

/** The languages that Coaxial knows best; any other that espeak-ng speaks can be typed. */
export const languagesQuery = queryOptions({
  queryKey: ["import", "languages"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal }) => {
    const lists = await answer(api.GET("/api/prompt-lists/builtin", { signal }));
    return lists.items.map((list) => list.language);
  },
});

/** What an import would take; nothing is taken. */
export function previewQuery(uploads: string[], columns: Columns | null, language: string) {
  const body = { uploads, columns, language: language || null };
  return queryOptions({
    queryKey: ["import", "preview", body],
    retry: false,
    queryFn: ({ signal }) => answer(api.POST("/api/imports/preview", { body, signal })),
  });
}

export function beginImport(uploads: string[], name: string, language: string, columns: Columns | null, key: string) {
  return answer(
    api.POST("/api/imports", { body: { uploads, name, language, columns }, headers: { "Idempotency-Key": key } }),
  );
}

/** What became of every row, a page at a time. */
export function reportQuery(job: number, outcome: Outcome | null) {
  return infiniteQueryOptions({
    queryKey: ["import", "report", job, outcome],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 200, ...(outcome ? { outcome } : {}), ...(pageParam ? { cursor: pageParam } : {}) };
      return answer(api.GET("/api/imports/{id}/report", { params: { path: { id: job }, query }, signal }));
    },
    getNextPageParam: (last) => new URLSearchParams(last.next?.split("?")[1] ?? "").get("cursor"),
  });
}
