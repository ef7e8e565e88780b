import { Anchor, type CSSVariablesResolver, createTheme } from "@mantine/core";

// Every pair of colours that carries text has a contrast of 4.5 or more (WCAG 2.2, 1.4.3); the tests look at each page.
// What is chosen from opens within the page's own landmarks, and its list is what scrolls: at the end of the document it
// would belong to nothing, and a scrolled frame around it could not be reached by keyboard (axe: region,
// scrollable-region-focusable).
const choosing = {
  defaultProps: { comboboxProps: { withinPortal: false }, withScrollArea: false },
  styles: { options: { maxHeight: "min(22rem, 50vh)", overflowY: "auto" as const } },
};

export const theme = createTheme({
  primaryColor: "cyan",
  primaryShade: { light: 9, dark: 9 },
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  // Of the system: nothing is fetched.
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  headings: { fontWeight: "650" },
  // A link in a sentence is told from it by more than its colour (WCAG 2.2, 1.4.1).
  components: {
    Anchor: Anchor.extend({ defaultProps: { underline: "always" } }),
    Select: choosing,
    MultiSelect: choosing,
    Autocomplete: choosing,
  },
});

// A button under the pointer grows darker: the lighter shade that Mantine takes leaves its words too little contrast.
const POINTED_AT = { "--mantine-color-cyan-filled-hover": "#095c6b" };

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...POINTED_AT,
    "--mantine-color-dimmed": "#495057",
    "--mantine-color-placeholder": "#5c636a",
    "--mantine-color-error": "#c92a2a",
  },
  dark: {
    ...POINTED_AT,
    "--mantine-color-dimmed": "#b8b8b8",
    "--mantine-color-placeholder": "#9a9a9a",
    "--mantine-color-error": "#ff8787",
  },
});

/** The policy of the page admits only styles that carry the number which its server gave to this very answer. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}
