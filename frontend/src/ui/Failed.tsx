import { Alert, Button, Code, Spoiler, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/client/problem";
import { kindOf } from "@/ui/kinds";

/** What happened, why, and what to do, in a sentence; the details to unfold. */
export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  const { t } = useTranslation("shell");
  const { title, sentence, remedy, details, lang } = useWords(error);
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title={title} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text lang={lang}>
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

/** lang: of the sentence and its remedy; what comes from the server, or from the browser's insides, is English. */
function useWords(error: unknown) {
  const { t, i18n } = useTranslation("shell");
  const title = t("problem.title");
  if (error instanceof ProblemError) {
    const { message: sentence, remedy, details, kind } = error;
    return { title: kindOf(kind, t) ?? title, sentence, remedy, details, lang: "en" };
  }
  // fetch() throws this, and nothing else, where no answer came.
  if (error instanceof TypeError) {
    const [sentence, remedy] = [t("problem.unreachable"), t("problem.unreachableRemedy")];
    return { title, sentence, remedy, details: "", lang: i18n.language };
  }
  return {
    title,
    sentence: error instanceof Error ? error.message : String(error),
    remedy: "",
    details: "",
    lang: "en",
  };
}
