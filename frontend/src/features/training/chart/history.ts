import { answer, api, type Schemas } from "@/client/api";
import type { History } from "@/features/training/chart/feed";
import type { Measured, Point } from "@/features/training/chart/trace";

/** Of a curve; more than most screens have columns of pixels. */
const POINTS = 1500;

/** What a run wrote after a step, to its end or up to another step, in as many points as can be seen. */
export async function askHistory(
  run: string,
  after: number,
  generation: number | null,
  until?: number,
): Promise<History> {
  const part = { ...(generation === null ? {} : { generation }), ...(until === undefined ? {} : { until }) };
  const query = { since: after, points: POINTS, ...part };
  return historyOf(await answer(api.GET("/api/runs/{run}/metrics", { params: { path: { run }, query } })));
}

export function historyOf(found: Schemas["Metrics"]): History {
  const rates = found.training.series.learning_rate?.mean;
  return {
    since: found.since,
    generation: found.generation,
    training: pointsOf(found.training, found.since),
    validation: pointsOf(found.validation, found.since),
    learningRate: rates?.at(-1) ?? null,
  };
}

/** Columns as points; a value that is none is left out. */
export function pointsOf({ every, steps, series }: Schemas["ThinnedCurves"], since: number): Point[] {
  const losses = Object.entries(series).filter(([name]) => name !== "learning_rate");
  return steps.map((step, place) => {
    const values: Record<string, Measured> = {};
    for (const [name, { mean, low, high }] of losses) {
      const value = mean[place];
      if (value !== null && value !== undefined) {
        values[name] = { mean: value, low: low?.[place] ?? value, high: high?.[place] ?? value };
      }
    }
    return { step, count: every === 1 ? 1 : step - (steps[place - 1] ?? since), values };
  });
}
