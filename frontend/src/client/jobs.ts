import { type QueryClient, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { askAnew, OF_RECORDINGS } from "@/client/anew";
import { answer, api, type Schemas } from "@/client/api";

export type Job = Schemas["Job"];
export type JobState = Job["state"];
export type JobKind = Job["kind"];
/** What a person may ask of a job. */
export type Steering = "cancel" | "pause" | "resume" | "retry";

export interface JobFilter {
  state?: JobState[];
  kind?: JobKind[];
}

export const UNENDED: JobState[] = ["queued", "running", "paused", "cancelling"];

export function hasEnded(job: Job): boolean {
  return !UNENDED.includes(job.state);
}

/** Why a job is not done yet is for events to say; these are asked once, and kept as they come. */
export function useJob(id: number | null) {
  return useQuery({
    queryKey: ["jobs", "one", id],
    queryFn: () => answer(api.GET("/api/jobs/{id}", { params: { path: { id: id ?? 0 } } })),
    enabled: id !== null,
  });
}

/** Jobs, newest first, page after page. */
export function useJobs(filter: JobFilter, limit = 50) {
  return useInfiniteQuery({
    queryKey: ["jobs", "list", filter, limit],
    queryFn: ({ pageParam }) => answer(api.GET("/api/jobs", { params: { query: { ...filter, limit, ...pageParam } } })),
    initialPageParam: {} as { cursor?: string },
    getNextPageParam: (last) => {
      const cursor = new URLSearchParams(last.next?.split("?")[1] ?? "").get("cursor");
      return cursor ? { cursor } : undefined;
    },
  });
}

/** Cancel, pause, resume or retry a job; how it stands then is shown at once. */
export function useSteer(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (what: Steering) => answer(api.POST(`/api/jobs/{id}/${what}`, { params: { path: { id } } })),
    onSuccess: (job) => takeJob(queries, job),
  });
}

/** How a job stands now, put into everything that shows jobs; lists are asked again where that changes them. */
export function takeJob(queries: QueryClient, job: Job): void {
  const before = queries.getQueryCache().findAll({ queryKey: ["jobs"] });
  const known = before.map((query) => found(query.state.data, job.id)).filter((one) => one !== undefined);
  if (known.some((one) => one.revision > job.revision)) {
    return;
  }
  // Kept for every job that is heard of: what is asked about it at this moment may be answered with what was so before.
  const one = ["jobs", "one", job.id];
  void queries.cancelQueries({ queryKey: one });
  queries.setQueryData(one, job);
  queries.setQueriesData({ queryKey: ["jobs"] }, (data: unknown) => withJob(data, job));
  // Only another state moves a job into a list or out of it; that it did something more, no list waits for.
  if (known.length === 0 || known.some((one) => one.state !== job.state || one.wanted !== job.wanted)) {
    askAnew(queries, { queryKey: ["jobs", "list"] });
  }
}

/** What each kind of job changes, by the first part of the keys that it is asked for with. */
const CHANGED_BY: Record<JobKind, readonly string[]> = {
  import: OF_RECORDINGS,
  prepare: ["datasets", "training"],
  download: ["checkpoints", "system"],
  train: ["runs", "training"],
  export: ["voices", "runs", "standing"],
};

/** A job that ended changed what others show: it is asked for anew. */
export function takeEnd(queries: QueryClient, job: Job): void {
  if (hasEnded(job)) {
    for (const what of CHANGED_BY[job.kind]) {
      askAnew(queries, { queryKey: [what] });
    }
  }
}

/** Data with a job in the place of an older one of the same number: of a job, of a page of them, or of pages. */
export function withJob(data: unknown, job: Job): unknown {
  if (isJob(data)) {
    return data.id === job.id ? job : data;
  }
  if (Array.isArray(data)) {
    return found(data, job.id) === undefined ? data : data.map((one) => withJob(one, job));
  }
  if (typeof data === "object" && data !== null) {
    if ("pages" in data) {
      return { ...data, pages: withJob(data.pages, job) };
    }
    if ("items" in data) {
      return { ...data, items: withJob(data.items, job) };
    }
  }
  return data;
}

function found(data: unknown, id: number): Job | undefined {
  if (isJob(data)) {
    return data.id === id ? data : undefined;
  }
  if (Array.isArray(data)) {
    for (const one of data) {
      const here = found(one, id);
      if (here !== undefined) {
        return here;
      }
    }
    return undefined;
  }
  if (typeof data === "object" && data !== null) {
    return found("pages" in data ? data.pages : "items" in data ? data.items : undefined, id);
  }
  return undefined;
}

function isJob(data: unknown): data is Job {
  return typeof data === "object" && data !== null && "id" in data && "revision" in data && "kind" in data;
}
