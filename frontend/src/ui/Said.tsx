import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface SaidParts {
  /** As the server says it, with its names and figures. */
  sentence: string;
  /** What kind of thing that is, in the page's words, where the server has a code for it. */
  words?: string | undefined;
}

/** What the server says: in English, and called so, that a screen reader reads it as such; for others, the kind first. */
export function Said({ sentence, words }: SaidParts) {
  const { i18n } = useTranslation();
  if (!words || i18n.language === "en") {
    return <span lang="en">{sentence}</span>;
  }
  return (
    <>
      {words}{" "}
      <Text span inherit c="dimmed" lang="en">
        {sentence}
      </Text>
    </>
  );
}
