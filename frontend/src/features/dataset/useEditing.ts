import { type InfiniteData, type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { askAnewOfRecordings } from "@/client/anew";
import type { Schemas } from "@/client/api";
import { type Change, changeRecordings, type Recording } from "@/features/dataset/queries";
import { type History, remember } from "@/features/dataset/undo";

type Pages = InfiniteData<Schemas["RecordingPage"]>;

/** Changes to recordings, shown where they stand, with a way back. */
export function useEditing(rows: readonly Recording[]) {
  const queries = useQueryClient();
  const [history, setHistory] = useState<History>([]);
  const changing = useMutation({
    mutationFn: changeRecordings,
    onSuccess: (changed) => takeChanges(queries, changed),
  });
  const change = (changes: Change[]) => {
    const next = remember(history, changes, (id) => rows.find((one) => one.id === id));
    changing.mutate(changes, { onSuccess: () => setHistory(next) });
  };
  const undo = () => {
    const back = history[history.length - 1];
    if (back) {
      changing.mutate(back, { onSuccess: () => setHistory(history.slice(0, -1)) });
    }
  };
  return { change, undo, canUndo: history.length > 0, error: changing.error };
}

/** Recordings as they are now, put into the table; what else shows them asks anew, the booth and its progress too. */
export function takeChanges(queries: QueryClient, changed: readonly Recording[]): void {
  const by = new Map(changed.map((one) => [one.id, one]));
  // Rows stay where they are while they are worked on, also where a filter would not show them any more.
  queries.setQueriesData<Pages>(
    { queryKey: ["recordings"] },
    (before) =>
      before && {
        ...before,
        pages: before.pages.map((page) => ({ ...page, items: page.items.map((one) => by.get(one.id) ?? one) })),
      },
  );
  askAnewOfRecordings(queries, ["recordings"]);
}

export type Editing = ReturnType<typeof useEditing>;
