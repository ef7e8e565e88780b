import { Group, Stack } from "@mantine/core";
import { IconDatabase } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { hasEnded, useJob } from "@/client/jobs";
import { Report } from "@/features/import/Report";
import { Failed } from "@/ui/Failed";
import { JobControls } from "@/ui/JobControls";
import { JobFailure } from "@/ui/JobFailure";
import { JobMark } from "@/ui/JobMark";
import { JobProgress } from "@/ui/JobProgress";
import { LinkButton } from "@/ui/links";
import { Page } from "@/ui/Page";
import { Waiting } from "@/ui/Waiting";

/** An import on its way, and then what became of every row. */
export function ReportPage() {
  const { t } = useTranslation("import");
  const id = Number(useParams({ from: "/import/$job" }).job);
  const { data: job, error, refetch } = useJob(id);
  const done = job?.state === "done";
  return (
    <Page
      title={job?.about ? t("report.title", { name: job.about }) : t("title")}
      next={
        done ? (
          <LinkButton to="/dataset" leftSection={<IconDatabase size={18} aria-hidden />}>
            {t("report.next")}
          </LinkButton>
        ) : null
      }
    >
      {!job ? error ? <Failed error={error} again={() => void refetch()} /> : <Waiting /> : null}
      {job ? (
        <Stack>
          <Group>
            <JobMark job={job} />
          </Group>
          {hasEnded(job) ? null : <JobProgress job={job} />}
          <JobFailure job={job} />
          <JobControls job={job} />
          {done ? <Report job={id} /> : null}
        </Stack>
      ) : null}
    </Page>
  );
}
