import { useEffect, useState } from "react";
import { answer, api, type Schemas } from "@/client/api";
import { useLive } from "@/client/live";

export type LogLine = Schemas["LogLine"];

const PAGE = 1000;
/** The latest lines are kept; a log of more is in its file. */
const MOST = 20_000;

/** Lines that were there and lines that came, each once, in their order. */
export function joined(known: readonly LogLine[], more: readonly LogLine[]): readonly LogLine[] {
  const last = known.at(-1)?.id ?? 0;
  const fresh = more.filter((line) => line.id > last);
  return fresh.length === 0 ? known : [...known, ...fresh].slice(-MOST);
}

/** What a job said, and says. */
export function useJobLog(id: number | null): { lines: readonly LogLine[]; error: unknown } {
  const { hear, times } = useLive();
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [error, setError] = useState<unknown>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: after a lost connection (times) what was missed is asked for
  useEffect(() => {
    if (id === null) {
      return;
    }
    let known: readonly LogLine[] = [];
    let waiting: LogLine[] | null = [];
    let left = false;
    const show = (more: readonly LogLine[]) => {
      known = joined(known, more);
      setLines(known);
    };
    const end = hear("log", (line) => {
      if (line.job === id) {
        waiting === null ? show([line]) : waiting.push(line);
      }
    });
    const ask = async () => {
      for (let more = true; more && !left; ) {
        const query = { after: known.at(-1)?.id ?? 0, limit: PAGE };
        const { items } = await answer(api.GET("/api/jobs/{id}/log", { params: { path: { id }, query } }));
        known = joined(known, items);
        more = items.length === PAGE;
      }
    };
    ask()
      .then(
        () => setError(null),
        (failure: unknown) => left || setError(failure),
      )
      .finally(() => {
        if (!left) {
          show(waiting ?? []);
          waiting = null;
        }
      });
    return () => {
      left = true;
      end();
    };
  }, [id, hear, times]);

  return { lines, error };
}
