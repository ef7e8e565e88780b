import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/client/api";

const SECONDS = 1000;

/** What the machine is and does; asked again and again while somebody looks. */
export const systemQuery = queryOptions({
  queryKey: ["system"],
  refetchInterval: 5 * SECONDS,
  queryFn: ({ signal }) => answer(api.GET("/api/system", { signal })),
});

/** The doctor's checks, a computation on the GPU among them; asked again until the last is through. */
export const checksQuery = queryOptions({
  queryKey: ["system", "checks"],
  queryFn: ({ signal }): Promise<Schemas["SystemChecks"]> => answer(api.GET("/api/system/checks", { signal })),
  refetchInterval: (query) => (query.state.data?.ended ? false : SECONDS),
});

export function checkAgain() {
  return answer(api.POST("/api/system/checks"));
}

export function clearBases() {
  return answer(api.DELETE("/api/checkpoints/cache/clear"));
}
