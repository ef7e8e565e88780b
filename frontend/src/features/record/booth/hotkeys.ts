export type Action = "record" | "keep" | "again" | "next" | "back" | "find" | "play" | "cancel";

/** Every key of the booth; shown beside the buttons, and given to aria-keyshortcuts. */
export const KEYS: Record<Action, { shown: string; aria: string; keys: readonly string[] }> = {
  record: { shown: "Space", aria: "Space", keys: [" "] },
  keep: { shown: "Enter", aria: "Enter", keys: ["Enter"] },
  again: { shown: "⌫", aria: "Backspace", keys: ["Backspace"] },
  next: { shown: "→", aria: "ArrowRight", keys: ["ArrowRight", "ArrowDown"] },
  back: { shown: "←", aria: "ArrowLeft", keys: ["ArrowLeft", "ArrowUp"] },
  find: { shown: "/", aria: "/", keys: ["/"] },
  play: { shown: "P", aria: "p", keys: ["p", "P"] },
  cancel: { shown: "Esc", aria: "Escape", keys: ["Escape"] },
};

const WRITING = "input, textarea, select, [contenteditable=true]";

/** Where keys have a meaning of their own: a menu is moved through, a dialog answered, a button pressed. */
const OWN = "[role=dialog], [role=menu], [role=listbox], [role=radiogroup], [role=slider], [role=tablist]";
const PRESSED = "button, a[href], summary, [role=button], [role=switch], [role=checkbox]";

/** What a key asks for, seen from where it was pressed; null where it means something else there. */
export function actionOf(
  event: Pick<KeyboardEvent, "key" | "target" | "ctrlKey" | "metaKey" | "altKey">,
): Action | null {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return null;
  }
  const found = (Object.keys(KEYS) as Action[]).find((action) => KEYS[action].keys.includes(event.key));
  const place = event.target instanceof Element ? event.target : null;
  if (found === undefined || place?.closest(`${WRITING}, ${OWN}`)) {
    return null;
  }
  return (found === "record" || found === "keep") && place?.closest(PRESSED) ? null : found;
}
