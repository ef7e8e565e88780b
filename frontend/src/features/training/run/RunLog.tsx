import { Paper, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Job } from "@/client/jobs";
import { useJobLog } from "@/client/log";
import { Failed } from "@/ui/Failed";
import { LogView } from "@/ui/LogView";

/** What the job that trains a run said, and says. */
export function RunLog({ job, run }: { job: Job; run: string }) {
  const { t } = useTranslation("train");
  const { lines, error } = useJobLog(job.id);
  return (
    <section aria-labelledby="log">
      <Title order={2} size="h3" id="log" mb="sm">
        {t("run.log")}
      </Title>
      <Paper withBorder p="md">
        {error ? <Failed error={error} /> : <LogView lines={lines} label={t("run.logLabel", { run })} />}
      </Paper>
    </section>
  );
}
