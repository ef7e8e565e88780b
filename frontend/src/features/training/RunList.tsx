import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { useRuns } from "@/features/training/queries";
import { RunMark } from "@/features/training/RunMark";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";
import { LinkAnchor } from "@/ui/links";

/** The trainings so far, newest first. */
export function RunList() {
  const { t } = useTranslation("train");
  const runs = useRuns();
  return (
    <section aria-labelledby="runs">
      <Title order={2} size="h3" id="runs" mb="sm">
        {t("runs.title")}
      </Title>
      {runs.error ? <Failed error={runs.error} again={() => void runs.refetch()} /> : null}
      {runs.data?.length === 0 ? <Text c="dimmed">{t("runs.empty")}</Text> : null}
      <Stack component="ul" p={0} m={0} gap="xs" style={{ listStyle: "none" }}>
        {runs.data?.map((run) => (
          <li key={run.name}>
            <OneRun run={run} />
          </li>
        ))}
      </Stack>
    </section>
  );
}

function OneRun({ run }: { run: Schemas["Run"] }) {
  const { t } = useTranslation("train");
  const format = useFormat();
  const facts = [
    run.base ? t("runs.from", { base: run.base }) : t("runs.scratch"),
    t("runs.step", { step: format.count(run.step) }),
    format.ago(run.created),
  ];
  return (
    <Paper withBorder px="md" py="sm">
      <Group justify="space-between" gap="xs">
        <div>
          <LinkAnchor to="/train/$run" params={{ run: run.name }} fw={600} style={{ overflowWrap: "anywhere" }}>
            {run.name}
          </LinkAnchor>
          <Text size="sm" c="dimmed">
            {facts.join(" · ")}
          </Text>
        </div>
        <RunMark run={run} />
      </Group>
    </Paper>
  );
}
