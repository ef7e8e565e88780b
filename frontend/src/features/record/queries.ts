import { type QueryClient, queryOptions, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { askAnew, askAnewOfRecordings } from "@/client/anew";
import { answer, api, type Schemas } from "@/client/api";
import type { Take } from "./keep/database";
import { hear } from "./keep/news";

export type Profile = Schemas["Profile"];
export type PromptList = Schemas["PromptList"];
export type Prompt = Schemas["Prompt"];
export type Recording = Schemas["Recording"];

export type Order = "list" | "coverage";

const PAGE = 1000;

export const profilesQuery = queryOptions({
  queryKey: ["profiles"],
  queryFn: async ({ signal }) => {
    const query = { limit: PAGE };
    return (await answer(api.GET("/api/profiles", { params: { query }, signal }))).items;
  },
});

export const listsQuery = queryOptions({
  queryKey: ["prompt-lists"],
  queryFn: async ({ signal }) => {
    const query = { limit: PAGE };
    return (await answer(api.GET("/api/prompt-lists", { params: { query }, signal }))).items;
  },
});

export const builtinQuery = queryOptions({
  queryKey: ["prompt-lists", "builtin"],
  queryFn: async ({ signal }) => (await answer(api.GET("/api/prompt-lists/builtin", { signal }))).items,
  staleTime: Number.POSITIVE_INFINITY,
});

export const listQuery = (name: string) =>
  queryOptions({
    queryKey: ["prompt-lists", name],
    queryFn: ({ signal }) => answer(api.GET("/api/prompt-lists/{name}", { params: { path: { name } }, signal })),
  });

/** Every sentence, in the order that it is to be read in: that order stays while somebody reads. */
export const promptsQuery = (name: string, profile: string, order: Order) =>
  queryOptions({
    queryKey: ["prompt-lists", name, "prompts", profile, order],
    queryFn: async ({ signal }) => {
      const all: Prompt[] = [];
      let cursor: string | null = null;
      do {
        const query = { profile, order, limit: PAGE, ...(cursor ? { cursor } : {}) };
        const page: Schemas["PromptPage"] = await answer(
          api.GET("/api/prompt-lists/{name}/prompts", { params: { path: { name }, query }, signal }),
        );
        all.push(...page.items);
        cursor = page.next ? new URL(page.next, location.href).searchParams.get("cursor") : null;
      } while (cursor !== null);
      return all;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

export const coverageQuery = (name: string, profile: string) =>
  queryOptions({
    queryKey: ["prompt-lists", name, "coverage", profile],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/prompt-lists/{name}/coverage", { params: { path: { name }, query: { profile } }, signal })),
  });

/** What the server has of one sentence, the newest first. */
export const recordingsQuery = (profile: string, promptList: string, position: number) =>
  queryOptions({
    queryKey: ["takes", { profile, promptList, position }],
    queryFn: async ({ signal }) => {
      const query = { profile, prompt_list: promptList, position, sort: "-created", limit: 50 };
      return (await answer(api.GET("/api/recordings", { params: { query }, signal }))).items;
    },
  });

/** Of a waveform: as many as a take is wide. */
const POINTS = 400;

export const waveformQuery = (id: number) =>
  queryOptions({
    queryKey: ["waveform", id, POINTS],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/recordings/{id}/waveform", { params: { path: { id }, query: { points: POINTS } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What a recogniser hears in a take; the studio listens to two at once, and asks to come again. */
export const recognisedQuery = (id: number) =>
  queryOptions({
    queryKey: ["heard", id],
    queryFn: ({ signal }) => answer(api.GET("/api/recordings/{id}/heard", { params: { path: { id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export function addProfile(body: Schemas["NewProfile"], key: string): Promise<Profile> {
  return answer(api.POST("/api/profiles", { body, headers: { "Idempotency-Key": key } }));
}

export function addList(body: Schemas["NewPromptList"], key: string): Promise<Schemas["Added"]> {
  return answer(api.POST("/api/prompt-lists", { body, headers: { "Idempotency-Key": key } }));
}

export function addListFile(name: string, language: string, file: File, key: string): Promise<Schemas["Added"]> {
  return answer(
    api.POST("/api/prompt-lists/file", {
      params: { query: { name, language } },
      headers: { "Idempotency-Key": key, "Content-Type": "application/octet-stream" },
      body: file as unknown as string,
      bodySerializer: (body) => body,
    }),
  );
}

/** Choose an earlier take again; the one in its place gives way. */
export function choose(id: number): Promise<Recording> {
  return answer(api.PATCH("/api/recordings/{id}", { params: { path: { id } }, body: { state: "kept" } }));
}

export async function removeRecording(id: number): Promise<void> {
  await api.DELETE("/api/recordings/{id}", { params: { path: { id } } });
}

/** Milliseconds after which a connection that says nothing is taken for broken. */
const SILENCE = 300_000;

/** Bring a take to the server; sent again, it stays one. */
export function bring(take: Take, audio: ArrayBuffer): Promise<Recording> {
  const { profile, promptList, position } = take;
  return answer(
    api.POST("/api/recordings", {
      params: {
        query: { profile, prompt_list: promptList, position, recorded: new Date(take.created).toISOString() },
      },
      headers: { "Idempotency-Key": take.id, "Content-Type": "audio/wav" },
      signal: AbortSignal.timeout(SILENCE),
      body: audio as unknown as string,
      bodySerializer: (body) => body,
    }),
  );
}

/** Show at once what arrived, in whichever tab it was sent from. */
export function useArrivals(): void {
  const queries = useQueryClient();
  useEffect(
    () =>
      hear(({ delivered }) => {
        if (delivered !== undefined) {
          arrived(queries, delivered as Recording);
        }
      }),
    [queries],
  );
}

/** A list of thousands is not asked for again because of one sentence in it. */
export function arrived(queries: QueryClient, recording: Recording): void {
  const { profile, prompt_list: promptList, position } = recording;
  const list = { queryKey: ["prompt-lists", promptList, "prompts", profile] };
  const coverage = { queryKey: ["prompt-lists", promptList, "coverage", profile] };
  // An answer that is on its way may be older than the take, and would hide it: only then all is asked for anew.
  const isAsked = queries.isFetching(list) > 0;
  void queries.cancelQueries(list);
  queries.setQueriesData<Prompt[]>(list, (prompts) =>
    prompts?.map((prompt) =>
      prompt.position === position ? { ...prompt, recording: recording.id, takes: prompt.takes + 1 } : prompt,
    ),
  );
  for (const one of isAsked ? [list, coverage] : [coverage]) {
    askAnew(queries, one);
  }
  askAnewOfRecordings(queries, ["prompt-lists"]);
}
