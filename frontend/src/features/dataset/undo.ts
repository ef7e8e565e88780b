import type { Change, Recording } from "@/features/dataset/queries";

/** What takes a change back: the same fields with what they were. */
export function inverse(change: Change, before: Recording): Change {
  return {
    id: change.id,
    ...(change.state && before.state !== "superseded" ? { state: before.state } : {}),
    ...(change.text === undefined || change.text === null ? {} : { text: before.text }),
  };
}

/** Changes that were made, the latest last; each with what takes it back. */
export type History = readonly Change[][];

const LONGEST = 100;

export function remember(history: History, changes: Change[], before: (id: number) => Recording | undefined): History {
  const back = changes
    .map((change) => {
      const was = before(change.id);
      return was ? inverse(change, was) : null;
    })
    .filter((change) => change !== null && (change.state !== undefined || change.text !== undefined)) as Change[];
  return back.length === 0 ? history : [...history, back].slice(-LONGEST);
}
