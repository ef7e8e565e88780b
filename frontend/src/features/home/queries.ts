import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/client/api";
import { newKey } from "@/client/key";

/** What there is: enough to know where the person stands. */
export const standingQuery = queryOptions({
  queryKey: ["standing"],
  queryFn: async ({ signal }) => {
    const query = { params: { query: { limit: 1000 } }, signal };
    const [profiles, voices] = await Promise.all([
      answer(api.GET("/api/profiles", query)),
      answer(api.GET("/api/voices", query)),
    ]);
    return { profiles: profiles.items, voices: voices.items };
  },
});

export function beginDemo() {
  // Of this click, however often the request has to be sent.
  const headers = { "Idempotency-Key": newKey() };
  return answer(api.POST("/api/demo", { headers }));
}
