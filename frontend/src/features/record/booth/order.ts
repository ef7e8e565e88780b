/** A sentence of the list, as far as moving through it goes. */
export interface Readable {
  position: number;
  text: string;
}

/** The sentence so many steps further, in the order that is read in; the ends are ends. */
export function moved<P extends Readable>(prompts: readonly P[], position: number, steps: number): P | undefined {
  const place = prompts.findIndex((prompt) => prompt.position === position);
  return prompts[Math.min(prompts.length - 1, Math.max(0, place + steps))];
}

/** The next sentence that nobody has read, after this one and then from the beginning. */
export function nextUnread<P extends Readable>(
  prompts: readonly P[],
  position: number | null,
  isRead: (prompt: P) => boolean,
): P | undefined {
  const place = prompts.findIndex((prompt) => prompt.position === position);
  return [...prompts.slice(place + 1), ...prompts.slice(0, place + 1)].find(
    (prompt) => prompt.position !== position && !isRead(prompt),
  );
}

export interface Found {
  /** Its place in the order, from 1: the number that the booth shows. */
  number: number;
  position: number;
  text: string;
}

/** Sentences that a person may mean: by number, else by what is in them. */
export function found(prompts: readonly Readable[], wanted: string, most: number): Found[] {
  const asked = wanted.trim().toLocaleLowerCase();
  if (asked === "") {
    return [];
  }
  const meant = /^\d+$/.test(asked) ? Number(asked) : null;
  const all = prompts.map(({ position, text }, index) => ({ number: index + 1, position, text }));
  const worded = all.filter((one) => one.number !== meant && one.text.toLocaleLowerCase().includes(asked));
  return [...all.filter((one) => one.number === meant), ...worded].slice(0, most);
}

/** Sentences as they were ordered when somebody began to read, with what is known of them now. */
export function inOrderOf<P extends Readable>(before: readonly Readable[], now: readonly P[]): P[] {
  const places = new Map(before.map((prompt, index) => [prompt.position, index]));
  const place = (prompt: P) => places.get(prompt.position) ?? Number.POSITIVE_INFINITY;
  // Infinity less itself is no number, and none is the same place: as they came.
  return now.toSorted((one, other) => place(one) - place(other) || 0);
}
