import { Kbd } from "@mantine/core";

/** The key beside a button; a screen reader hears of it from the button's own aria-keyshortcuts. */
export function Hotkey({ keys }: { keys: string }) {
  return (
    <Kbd size="xs" aria-hidden visibleFrom="sm">
      {keys}
    </Kbd>
  );
}
