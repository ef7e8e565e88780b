import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/client/api";

export type Recording = Schemas["Recording"];
export type Change = Schemas["NumberedChange"];
export type Preview = Schemas["DatasetPreview"];

/** What the table shows, and in which order. */
export interface Shown {
  profile: string;
  state: "" | "kept" | "superseded" | "excluded";
  flag: string;
  search: string;
  sort: string;
}

export const EVERYTHING: Shown = { profile: "", state: "", flag: "", search: "", sort: "prompt" };

const ROWS_AT_ONCE = 1000;

export const profilesQuery = queryOptions({
  queryKey: ["profiles"],
  queryFn: async ({ signal }) => {
    const page = await answer(api.GET("/api/profiles", { params: { query: { limit: 1000 } }, signal }));
    return page.items;
  },
});

/** Recordings, a thousand at a time. */
export function recordingsQuery(shown: Shown) {
  return infiniteQueryOptions({
    queryKey: ["recordings", shown],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const query = {
        limit: ROWS_AT_ONCE,
        sort: shown.sort,
        ...(shown.profile ? { profile: shown.profile } : {}),
        ...(shown.state ? { state: [shown.state] } : {}),
        ...(shown.flag ? { flag: shown.flag } : {}),
        ...(shown.search ? { search: shown.search } : {}),
        ...(pageParam ? { cursor: pageParam } : {}),
      };
      return answer(api.GET("/api/recordings", { params: { query }, signal }));
    },
    getNextPageParam: (last) => new URLSearchParams(last.next?.split("?")[1] ?? "").get("cursor"),
  });
}

/** All of the changes, or none. */
export async function changeRecordings(changes: Change[]): Promise<Recording[]> {
  const done = await answer(api.PATCH("/api/recordings/batch", { body: { changes } }));
  return done.items;
}

/** Of a waveform: as many as the page is wide. */
const POINTS = 800;

export function waveformQuery(id: number) {
  return queryOptions({
    queryKey: ["waveform", id, POINTS],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/recordings/{id}/waveform", { params: { path: { id }, query: { points: POINTS } }, signal })),
  });
}

export function pronunciationQuery(text: string, language: string) {
  return queryOptions({
    queryKey: ["phonemes", language, text],
    staleTime: Number.POSITIVE_INFINITY,
    enabled: text.trim() !== "" && language !== "",
    queryFn: ({ signal }) => answer(api.POST("/api/phonemes", { body: { text, language }, signal })),
  });
}

export const datasetsQuery = queryOptions({
  queryKey: ["datasets"],
  queryFn: async ({ signal }) => {
    const page = await answer(api.GET("/api/datasets", { params: { query: { limit: 1000 } }, signal }));
    return [...page.items].reverse();
  },
});

/** The rest of the options is left to the server, whose description says what it takes then. */
function optionsOf(quality: Schemas["Quality"]) {
  return { quality } as Schemas["Options"];
}

/** What preparing would leave out, and how the rest is spread; nothing is made. */
export function previewQuery(name: string, quality: Schemas["Quality"]) {
  return queryOptions({
    queryKey: ["dataset", "preview", name, quality],
    staleTime: 0,
    queryFn: ({ signal }) =>
      answer(api.POST("/api/datasets/preview", { body: { name, options: optionsOf(quality) }, signal })),
  });
}

export function prepareDataset(name: string, quality: Schemas["Quality"], key: string) {
  return answer(
    api.POST("/api/datasets", { body: { name, options: optionsOf(quality) }, headers: { "Idempotency-Key": key } }),
  );
}

export function datasetQuery(name: string) {
  return queryOptions({
    queryKey: ["datasets", name],
    queryFn: ({ signal }) => answer(api.GET("/api/datasets/{name}", { params: { path: { name } }, signal })),
  });
}

export function removeDataset(name: string) {
  return answer(api.DELETE("/api/datasets/{name}", { params: { path: { name } } }));
}

/** The clips of a dataset, a hundred at a time. */
export function clipsQuery(name: string, search: string) {
  return infiniteQueryOptions({
    queryKey: ["datasets", name, "clips", search],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 100, ...(search ? { search } : {}), ...(pageParam ? { cursor: pageParam } : {}) };
      return answer(api.GET("/api/datasets/{name}/clips", { params: { path: { name }, query }, signal }));
    },
    getNextPageParam: (last) => new URLSearchParams(last.next?.split("?")[1] ?? "").get("cursor"),
  });
}
