import { Kbd } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** The key beside a button; a screen reader hears of it from the button's own aria-keyshortcuts. */
export function Hotkey({ keys }: { keys: string }) {
  const { t } = useTranslation("shell");
  return (
    <Kbd size="xs" aria-hidden visibleFrom="sm">
      {/* The one key that has no name printed on it, and a name in every language. */}
      {keys === "Space" ? t("spaceBar") : keys}
    </Kbd>
  );
}
