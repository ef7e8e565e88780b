import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import { useLive } from "@/client/live";
import type { RunFeed } from "@/features/training/chart/curves";
import type { View } from "@/features/training/chart/decimate";
import { Feed, type MetricLine } from "@/features/training/chart/feed";
import { askHistory } from "@/features/training/chart/history";

/** The curves of some runs, filled from what they wrote and kept up to date while they are looked at. */
export function useFeeds(runs: readonly string[]): { feeds: readonly RunFeed[]; error: unknown } {
  const { hear, times } = useLive();
  const kept = useRef(new Map<string, Feed>());
  const [error, setError] = useState<unknown>(null);
  const names = runs.join("\n");

  const feeds = useMemo(() => {
    const before = kept.current;
    kept.current = new Map(
      names
        .split("\n")
        .filter(Boolean)
        .map((run) => [
          run,
          before.get(run) ?? new Feed((after, generation, until) => askHistory(run, after, generation, until)),
        ]),
    );
    return [...kept.current].map(([run, feed]) => ({ run, feed }));
  }, [names]);

  useEffect(
    () =>
      hear("metrics", ({ run, lines, withdrawn }) => {
        kept.current.get(run)?.hear(lines as (MetricLine | null)[], withdrawn);
      }),
    [hear],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: after a lost connection (times) what was missed is asked for
  useEffect(() => {
    let left = false;
    setError(null);
    for (const { feed } of feeds) {
      feed.catchUp().catch((failure: unknown) => left || setError(failure));
    }
    return () => {
      left = true;
    };
  }, [feeds, times]);

  return { feeds, error };
}

/** Milliseconds after which a part is taken to be what somebody wants to look at. */
const SETTLED = 200;

/** Fetch the part that is looked at more finely; answers why that failed. */
export function useFiner(feeds: readonly RunFeed[], view: View | null): unknown {
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    setError(null);
    if (view === null) {
      return;
    }
    let left = false;
    const timer = setTimeout(() => {
      for (const { feed } of feeds) {
        feed.refine(view).catch((failure: unknown) => left || setError(failure));
      }
    }, SETTLED);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [feeds, view]);
  return error;
}

/** Show again what follows from the curves, but not more often than people can read. */
export function useTick(feeds: readonly RunFeed[], milliseconds: number): number {
  const [tick, next] = useReducer((before: number) => before + 1, 0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const changed = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        next();
      }, milliseconds);
    };
    const ends = feeds.map(({ feed }) => feed.watch(changed));
    changed();
    return () => {
      clearTimeout(timer);
      for (const end of ends) {
        end();
      }
    };
  }, [feeds, milliseconds]);
  return tick;
}
