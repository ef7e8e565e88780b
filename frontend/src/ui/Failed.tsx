import { Alert, Button, Code, Spoiler, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/client/problem";

/** What happened, why, and what to do, in a sentence; the details to unfold. */
export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  const { t } = useTranslation("shell");
  const { sentence, remedy, details } = useWords(error);
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title={t("problem.title")} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text>
          {sentence} {remedy}
        </Text>
        {details ? (
          <Spoiler maxHeight={0} showLabel={t("problem.details")} hideLabel={t("problem.details")}>
            <Code block>{details}</Code>
          </Spoiler>
        ) : null}
        {again ? (
          <Button variant="default" size="xs" onClick={again}>
            {t("problem.again")}
          </Button>
        ) : null}
      </Stack>
    </Alert>
  );
}

function useWords(error: unknown): { sentence: string; remedy: string; details: string } {
  const { t } = useTranslation("shell");
  if (error instanceof ProblemError) {
    return { sentence: error.message, remedy: error.remedy, details: error.details };
  }
  // fetch() throws this, and nothing else, where no answer came.
  if (error instanceof TypeError) {
    return { sentence: t("problem.unreachable"), remedy: t("problem.unreachableRemedy"), details: "" };
  }
  return { sentence: error instanceof Error ? error.message : String(error), remedy: "", details: "" };
}
