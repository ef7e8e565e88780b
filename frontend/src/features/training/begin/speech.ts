import type { Speech } from "@/features/training/begin/plan";

/** Something to train on, with how much of it there is. */
export interface SpeechOption extends Speech {
  /** Clips of a dataset, recordings of the others. */
  count: number;
  /** 0 where it is not known. */
  seconds: number;
}

/** A value of the list of choices: datasets, profiles and prompt lists may have the same name. */
export function speechKey({ kind, name }: Pick<Speech, "kind" | "name">): string {
  return `${kind}:${name}`;
}
