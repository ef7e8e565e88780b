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

/** Sentences that a person may mean: by number, else by what is in them. */
export function found<P extends Readable>(prompts: readonly P[], wanted: string, most: number): P[] {
  const asked = wanted.trim().toLocaleLowerCase();
  if (asked === "") {
    return [];
  }
  const number = /^\d+$/.test(asked) ? Number(asked) : null;
  const numbered = prompts.filter((prompt) => prompt.position === number);
  const worded = prompts.filter((prompt) => prompt.text.toLocaleLowerCase().includes(asked));
  return [...new Set([...numbered, ...worded])].slice(0, most);
}
