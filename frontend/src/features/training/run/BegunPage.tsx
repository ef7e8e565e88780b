import { Paper, Stack, Text, Title } from "@mantine/core";
import { getRouteApi, Navigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useJob } from "@/client/jobs";
import { RunLog } from "@/features/training/run/RunLog";
import { Failed } from "@/ui/Failed";
import { JobControls } from "@/ui/JobControls";
import { JobFailure } from "@/ui/JobFailure";
import { JobMark } from "@/ui/JobMark";
import { JobProgress } from "@/ui/JobProgress";
import { Page } from "@/ui/Page";
import { Waiting } from "@/ui/Waiting";

const route = getRouteApi("/train/job/$job");

/** A training that was queued, and what it waits for; its own page as soon as it has begun. */
export function BegunPage() {
  const { t } = useTranslation("train");
  const job = useJob(Number(route.useParams().job));
  const before = useJob(job.data?.state === "queued" ? (job.data.waits_for ?? null) : null);
  if (job.data === undefined) {
    return job.error ? <Failed error={job.error} again={() => void job.refetch()} /> : <Waiting />;
  }
  const run = job.data.result.run;
  if (typeof run === "string") {
    return <Navigate to="/train/$run" params={{ run }} search={{}} replace />;
  }
  return (
    <Page title={t("begun.title")} lead={job.data.about || t("begun.lead")}>
      <Stack gap="lg">
        {before.data ? (
          <Paper withBorder p="md">
            <Stack gap="sm">
              <Title order={2} size="h4">
                {t("begun.before")}
              </Title>
              <JobMark job={before.data} />
              <JobProgress job={before.data} />
              <JobFailure job={before.data} />
              <JobControls job={before.data} />
            </Stack>
          </Paper>
        ) : null}
        <Paper withBorder p="md">
          <Stack gap="sm">
            <JobMark job={job.data} />
            <JobProgress job={job.data} />
            <JobFailure job={job.data} />
            {job.data.state === "queued" && !job.data.waits_for ? <Text>{t("run.waits")}</Text> : null}
            <JobControls job={job.data} />
          </Stack>
        </Paper>
        <RunLog job={job.data} run={job.data.about} />
      </Stack>
    </Page>
  );
}
