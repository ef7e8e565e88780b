import { Alert, Text } from "@mantine/core";
import { IconCircleX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Job } from "@/client/jobs";
import { kindOf, kindOfJob } from "@/ui/kinds";

/** Why a job failed, and what to do about it. */
export function JobFailure({ job }: { job: Job }) {
  const { t } = useTranslation("jobs");
  const { t: shared } = useTranslation("shell");
  if (job.state !== "failed" || !job.failure) {
    return null;
  }
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconCircleX aria-hidden />}
      title={kindOf(kindOfJob(job.error), shared) ?? t("failed")}
    >
      <Text size="sm" lang="en">
        {job.failure} {job.remedy}
      </Text>
    </Alert>
  );
}
