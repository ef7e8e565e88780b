import { Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { isFlag } from "@/client/flags";

interface VerdictsParts {
  codes: readonly string[];
  /** Sentences of the server, for what this page has no words for. */
  sentences?: Record<string, string>;
}

/** What is doubtful about a take, each as a sentence with a sign; or that it is good. */
export function Verdicts({ codes, sentences = {} }: VerdictsParts) {
  const { t } = useTranslation("record");
  if (codes.length === 0) {
    return (
      <Group gap={6} wrap="nowrap" className="verdict-good">
        <IconCircleCheck size={18} aria-hidden />
        <Text size="sm">{t("take.good")}</Text>
      </Group>
    );
  }
  return (
    <div>
      {codes.map((code) => (
        <Group key={code} gap={6} wrap="nowrap" className="verdict-doubt">
          <IconAlertTriangle size={18} aria-hidden />
          <Text size="sm">{isFlag(code) ? t(`verdict.${code}`) : (sentences[code] ?? code)}</Text>
        </Group>
      ))}
    </div>
  );
}
