import { Button, Paper, Stack, Text, Title } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Base } from "@/features/training/begin/bases";
import type { missing, Plan } from "@/features/training/begin/plan";
import { type useBegin, useEstimate } from "@/features/training/begin/queries";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";

interface CardParts {
  plan: Plan;
  bases: readonly Base[] | undefined;
  /** What is still to be chosen, once somebody tried to begin. */
  lacks: ReturnType<typeof missing>;
  begin: ReturnType<typeof useBegin>;
}

/** What the training will take on this machine, and the button that begins it. */
export function BeginCard({ plan, bases, lacks, begin }: CardParts) {
  const { t } = useTranslation("train");
  const base = plan.from === "base" ? bases?.find((one) => one.id === plan.base) : undefined;
  return (
    <Paper withBorder p="md" pos="sticky" top={72} component="section" aria-labelledby="section-begin">
      <Stack gap="sm">
        <Title order={2} size="h4" id="section-begin">
          {t("estimate.title")}
        </Title>
        <Stack gap={4} aria-live="polite">
          <Estimate plan={plan} />
          {plan.speech !== null && plan.speech.kind !== "dataset" ? (
            <Text size="sm">{t("begin.preparesFirst")}</Text>
          ) : null}
          {base && !base.downloaded ? <Text size="sm">{t("begin.downloadsFirst", { name: base.name })}</Text> : null}
        </Stack>
        <Button
          type="submit"
          size="md"
          fullWidth
          leftSection={<IconPlayerPlay size={18} aria-hidden />}
          loading={begin.isPending}
        >
          {t("begin.start")}
        </Button>
        {lacks ? (
          <Text size="sm" c="error" role="alert">
            {t(`begin.${lacks}`)}
          </Text>
        ) : null}
        {begin.error ? <Failed error={begin.error} /> : null}
      </Stack>
    </Paper>
  );
}

function Estimate({ plan }: { plan: Plan }) {
  const { t } = useTranslation("train");
  const format = useFormat();
  const estimate = useEstimate(plan);
  if (plan.speech === null) {
    return <Text size="sm">{t("estimate.choose")}</Text>;
  }
  if (estimate.error) {
    return <Failed error={estimate.error} />;
  }
  if (plan.speech.kind !== "dataset" || (estimate.data && estimate.data.seconds_per_step == null)) {
    return (
      <>
        {plan.unit === "minutes" && plan.budget ? (
          <Text size="xl" fw={650}>
            {t("estimate.span", { span: format.span(plan.budget * 60) })}
          </Text>
        ) : null}
        <Text size="sm">{t(plan.unit === "minutes" ? "estimate.unknownSteps" : "estimate.unknown")}</Text>
      </>
    );
  }
  if (!estimate.data) {
    return <Text size="sm">{t("estimate.measuring")}</Text>;
  }
  const { seconds, steps, seconds_per_step, runs } = estimate.data;
  return (
    <>
      <Text size="xl" fw={650}>
        {seconds ? t("estimate.span", { span: format.span(seconds) }) : null}
      </Text>
      <Text size="sm">
        {t("estimate.from", {
          steps: format.count(steps ?? 0),
          each: format.figure(seconds_per_step ?? 0),
          runs: runs.slice(-2).join(", "),
        })}
      </Text>
    </>
  );
}
