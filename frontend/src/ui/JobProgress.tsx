import { Group, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Job } from "@/client/jobs";
import { useFormat } from "@/ui/format";
import { stageOf, unitOf } from "@/ui/stage";

/** What a job does now, how far it is, how fast it goes, and how long it will still take. */
export function JobProgress({ job }: { job: Job }) {
  const { t } = useTranslation("jobs");
  const format = useFormat();
  const goes = job.state === "running" || job.state === "cancelling";
  const part = job.total ? Math.min(1, job.done / job.total) : null;
  if (!job.stage || (job.state === "queued" && job.done === 0)) {
    return null;
  }
  const timed = job.unit === "s";
  const unit = timed ? "" : unitOf(job, t);
  const amount = (value: number) => (timed ? format.span(value) : `${format.figure(value)}`);
  const far = job.total
    ? t("far.of", { done: amount(job.done), total: amount(job.total), unit }).trim()
    : job.done > 0
      ? t("far.so", { done: amount(job.done), unit }).trim()
      : "";
  const rate = goes && !timed && job.rate > 0 ? t("far.rate", { rate: format.figure(job.rate), unit }) : "";
  const left =
    goes && job.seconds_left !== null && job.seconds_left !== undefined
      ? t("far.left", { span: format.span(job.seconds_left) })
      : "";
  const label = [stageOf(job, t), far].filter(Boolean).join(": ");
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="xs">
        <Text size="sm">{label}</Text>
        <Text size="sm" c="dimmed">
          {[rate, left].filter(Boolean).join(" · ")}
        </Text>
      </Group>
      <Progress.Root size="md">
        <Progress.Section
          value={part === null ? (goes ? 100 : 0) : part * 100}
          striped={part === null}
          animated={goes}
          {...(part === null ? { withAria: false } : { "aria-label": label })}
        />
      </Progress.Root>
      {job.message ? (
        <Text size="sm" c="dimmed" lang="en">
          {job.message}
        </Text>
      ) : null}
    </Stack>
  );
}
