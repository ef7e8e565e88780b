import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { askAnew } from "@/client/anew";
import { answer, api } from "@/client/api";
import { takeJob } from "@/client/jobs";
import { useLive } from "@/client/live";
import type { Base } from "@/features/training/begin/bases";

const BASES = ["checkpoints"];
const WHILE_TRAINING_MS = 5_000;

/** Every base voice, and how its download stands: asked for again when a download has begun or ended. */
export function useBases() {
  const queries = useQueryClient();
  const { hear } = useLive();
  useEffect(() => {
    const states = new Map<number, string>();
    return hear("job", (job) => {
      if (job.kind === "download" && states.get(job.id) !== job.state) {
        states.set(job.id, job.state);
        askAnew(queries, { queryKey: BASES });
      }
    });
  }, [hear, queries]);
  return useQuery({
    queryKey: BASES,
    queryFn: async () => (await answer(api.GET("/api/checkpoints"))).checkpoints,
  });
}

/** Fetch a base voice, in a job. */
export function useDownloadBase() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ language_code: language, voice_id: voice }: Base) =>
      answer(api.POST("/api/checkpoints/{language}/{voice}/download", { params: { path: { language, voice } } })),
    onSuccess: async ({ job: id }) => {
      const job = await answer(api.GET("/api/jobs/{id}", { params: { path: { id } } }));
      takeJob(queries, job);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: BASES }),
  });
}

const RUNS = ["runs"];

/** Runs, newest first; asked for again when a training begins, stops or ends. */
export function useRuns() {
  useTrainingNews();
  return useQuery({
    queryKey: [...RUNS, "list"],
    queryFn: async () => (await answer(api.GET("/api/runs", { params: { query: { limit: 200 } } }))).items,
  });
}

/** One run; how its job stands comes live, the rest is asked for now and then while it trains. */
export function useRun(run: string) {
  useTrainingNews();
  return useQuery({
    queryKey: [...RUNS, "one", run],
    queryFn: () => answer(api.GET("/api/runs/{run}", { params: { path: { run } } })),
    refetchInterval: ({ state }) => (state.data?.state === "running" ? WHILE_TRAINING_MS : false),
  });
}

export function useCheckpoints(run: string, trains: boolean) {
  return useQuery({
    queryKey: [...RUNS, "checkpoints", run],
    queryFn: async () => (await answer(api.GET("/api/runs/{run}/checkpoints", { params: { path: { run } } }))).items,
    refetchInterval: trains ? WHILE_TRAINING_MS : false,
  });
}

/** The sentences of a run, as recorded and as every checkpoint said them. */
export function useSamples(run: string, trains: boolean) {
  return useQuery({
    queryKey: [...RUNS, "samples", run],
    queryFn: async () => (await answer(api.GET("/api/runs/{run}/samples", { params: { path: { run } } }))).items,
    refetchInterval: trains ? WHILE_TRAINING_MS : false,
  });
}

export async function deleteRun(run: string): Promise<void> {
  await api.DELETE("/api/runs/{run}", { params: { path: { run } } });
}

/** A voice of a run's best checkpoint, in a job. */
export function useExport(run: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST("/api/voices", { body: { run, checkpoint: "best" } })),
    onSuccess: (job) => takeJob(queries, job),
  });
}

function useTrainingNews(): void {
  const queries = useQueryClient();
  const { hear } = useLive();
  useEffect(() => {
    const states = new Map<number, string>();
    return hear("job", (job) => {
      const stands = `${job.state} ${job.result.run ?? ""}`;
      if (job.kind === "train" && states.get(job.id) !== stands) {
        states.set(job.id, stands);
        askAnew(queries, { queryKey: RUNS });
      }
    });
  }, [hear, queries]);
}
