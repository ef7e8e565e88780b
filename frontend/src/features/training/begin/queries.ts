import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "@/client/api";
import { type Job, takeJob } from "@/client/jobs";
import { type Plan, trainingOptions } from "@/features/training/begin/plan";
import type { SpeechOption } from "@/features/training/begin/speech";

const EVERYTHING = { params: { query: { limit: 1000 } } };

/** All that can be trained on: datasets, the newest first, and what one can be prepared from. */
export function useSpeech() {
  return useQuery({
    queryKey: ["training", "speech"],
    queryFn: async (): Promise<SpeechOption[]> => {
      const [datasets, profiles, lists] = await Promise.all([
        answer(api.GET("/api/datasets", EVERYTHING)),
        answer(api.GET("/api/profiles", EVERYTHING)),
        answer(api.GET("/api/prompt-lists", EVERYTHING)),
      ]);
      return [
        ...datasets.items.toReversed().map(({ name, language, quality, clips, minutes }) => ({
          ...{ kind: "dataset" as const, name, language, quality: quality as SpeechOption["quality"] },
          ...{ count: clips, seconds: minutes * 60 },
        })),
        ...profiles.items
          .filter(({ kept }) => kept > 0)
          .map(({ name, language, kept, good_minutes }) => ({
            ...{ kind: "profile" as const, name, language, quality: "medium" as const },
            ...{ count: kept, seconds: good_minutes * 60 },
          })),
        ...lists.items
          .filter(({ recordings }) => recordings > 0)
          .map(({ name, language, recordings }) => ({
            ...{ kind: "list" as const, name, language, quality: "medium" as const },
            ...{ count: recordings, seconds: 0 },
          })),
      ];
    },
  });
}

/** What a training would take here; of recordings that are not prepared yet, what their newest dataset would. */
export function useEstimate(plan: Plan) {
  const options = trainingOptions(plan);
  const dataset = plan.speech?.kind === "dataset" ? plan.speech.name : null;
  return useQuery({
    queryKey: ["training", "estimate", dataset, options],
    queryFn: () => answer(api.POST("/api/runs/estimate", { body: { dataset: dataset ?? "", options } })),
    enabled: dataset !== null && plan.budget !== null && plan.budget > 0,
    placeholderData: (before) => before,
    retry: false,
  });
}

/** Queue a training, after the preparing of what it trains on where that is not prepared. */
export function useBegin() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ plan, key }: { plan: Plan; key: string }): Promise<Job> => {
      const { speech } = plan;
      if (speech === null) {
        throw new Error("A training is of some speech.");
      }
      const options = trainingOptions(plan);
      if (speech.kind === "dataset") {
        return queue({ dataset: speech.name, options }, key);
      }
      const prepared = await answer(
        api.POST("/api/datasets", {
          params: { header: { "idempotency-key": `${key}-prepare` } },
          body: { name: speech.name, options: { quality: plan.quality, loudness: -23, margin: 0.25 } },
        }),
      );
      takeJob(queries, prepared);
      return queue({ after: prepared.id, options }, key);
    },
    onSuccess: (job) => takeJob(queries, job),
  });
}

function queue(body: { dataset?: string; after?: number; options: ReturnType<typeof trainingOptions> }, key: string) {
  // The same key again is the same training: a click that is repeated after a lost answer queues no second one.
  return answer(api.POST("/api/runs", { params: { header: { "idempotency-key": `${key}-train` } }, body }));
}
