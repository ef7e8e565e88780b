/** The words of a text, each with where it begins. */
export function wordsOf(text: string): { word: string; at: number }[] {
  return [...text.matchAll(/[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}'’-]*/gu)].map((found) => ({
    word: found[0],
    at: found.index,
  }));
}
