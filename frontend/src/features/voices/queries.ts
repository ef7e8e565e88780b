import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/client/api";

export type Voice = Schemas["Voice"];
export type VoiceDetail = Schemas["VoiceDetail"];

/** All voices, by name. */
export const voicesQuery = queryOptions({
  queryKey: ["voices"],
  queryFn: async ({ signal }) => {
    const page = await answer(api.GET("/api/voices", { params: { query: { limit: 1000 } }, signal }));
    return page.items;
  },
});

export function voiceQuery(name: string) {
  return queryOptions({
    queryKey: ["voices", name],
    queryFn: ({ signal }) => answer(api.GET("/api/voices/{voice}", { params: { path: { voice: name } }, signal })),
  });
}

export function removeVoice(name: string) {
  return answer(api.DELETE("/api/voices/{voice}", { params: { path: { voice: name } } }));
}
