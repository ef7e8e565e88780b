/** What a language is called, in the language that the page is shown in; its tag where nobody calls it anything. */
export function nameOfLanguage(tag: string, shownIn: string): string {
  try {
    const name = new Intl.DisplayNames(shownIn, { type: "language" }).of(tag) ?? tag;
    return name.slice(0, 1).toLocaleUpperCase(shownIn) + name.slice(1);
  } catch {
    return tag;
  }
}

/** Of all tags, the one to begin with: of the language that the page is shown in. */
export function likeliest(tags: readonly string[], shownIn: string): string {
  const wanted = [...navigator.languages, shownIn];
  const exact = tags.find((tag) => wanted.includes(tag));
  return exact ?? tags.find((tag) => tag.split("-")[0] === shownIn) ?? tags[0] ?? "en-US";
}

/** Whether sentences in one language can be read by who speaks the other. */
export function sameFamily(one: string, other: string): boolean {
  return one.split("-")[0] === other.split("-")[0];
}
