import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { courierState, watchCourier } from "./courier";
import type { Take } from "./database";
import { hear } from "./news";
import { takes } from "./takes";
import { recover } from "./unfinished";

const KEY = ["takes in this browser"];
const NONE: Take[] = [];

export interface Takes {
  all: Take[];
  /** Why this browser keeps nothing, if it does not. */
  error: unknown;
}

/** The takes that only this browser has, in whichever tab they change; what a crash cut short is among them. */
export function useTakes(): Takes {
  const queries = useQueryClient();
  const found = useQuery({
    queryKey: KEY,
    queryFn: async () => {
      await recoverOnce();
      return takes();
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  useEffect(
    () =>
      hear(({ changed }) => {
        // Shown before whoever changed it goes on: a take that was just decided on is not asked about again.
        if (changed) {
          queries.setQueryData<Take[]>(KEY, (all) => all?.map((take) => (take.id === changed.id ? changed : take)));
        }
        void queries.invalidateQueries({ queryKey: KEY });
      }),
    [queries],
  );
  return { all: found.data ?? NONE, error: found.error };
}

export function useCourier() {
  return useSyncExternalStore(watchCourier, courierState);
}

let recovered: Promise<unknown> | null = null;

function recoverOnce(): Promise<unknown> {
  recovered ??= recover().catch((error: unknown) => {
    recovered = null;
    throw error;
  });
  return recovered;
}
