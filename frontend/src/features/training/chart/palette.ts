const NAMES = ["cyan", "orange", "grape", "green", "red", "indigo", "yellow"] as const;

/** Strokes that are told apart without their colours. */
export const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [12, 4, 2, 4], [4, 4], [16, 4], [1, 4]];

/** A colour for the curve of that number, three times as light or as dark as its ground (WCAG 2.2, 1.4.11). */
export function colourOf(number: number, dark: boolean): string {
  const name = NAMES[number % NAMES.length];
  return variable(`--mantine-color-${name}-${dark ? 4 : 9}`);
}

export function variable(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
