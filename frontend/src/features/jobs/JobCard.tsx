import { Anchor, Button, Collapse, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { hasEnded, type Job } from "@/client/jobs";
import { useJobLog } from "@/client/log";
import { roomOf } from "@/features/jobs/rooms";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";
import { JobControls } from "@/ui/JobControls";
import { JobFailure } from "@/ui/JobFailure";
import { JobMark } from "@/ui/JobMark";
import { JobProgress } from "@/ui/JobProgress";
import { LogView } from "@/ui/LogView";

/** One job: what it is and how it stands, what may be asked of it, and what it said. */
export function JobCard({ job }: { job: Job }) {
  const { t } = useTranslation("jobs");
  const [open, { toggle }] = useDisclosure(false);
  const log = `log-${job.id}`;
  return (
    <Paper withBorder p="md" component="article" aria-labelledby={`job-${job.id}`}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" gap="sm">
          <div>
            <Title order={2} size="h4" id={`job-${job.id}`}>
              {t(`kind.${job.kind}`)}
              {job.about ? `: ${job.about}` : ""}
            </Title>
            <Facts job={job} />
          </div>
          <JobMark job={job} />
        </Group>
        {job.state === "done" ? null : <JobProgress job={job} />}
        <JobFailure job={job} />
        <Group justify="space-between" gap="sm">
          <Made job={job} />
          <Group gap="xs">
            <Button
              size="xs"
              variant="subtle"
              color="gray"
              onClick={toggle}
              aria-expanded={open}
              aria-controls={log}
              aria-label={t("log.label", { job: job.id })}
              rightSection={open ? <IconChevronUp size={16} aria-hidden /> : <IconChevronDown size={16} aria-hidden />}
            >
              {t("log.show")}
            </Button>
            <JobControls job={job} />
          </Group>
        </Group>
        <Collapse expanded={open} id={log}>
          {open ? <Log job={job} /> : null}
        </Collapse>
      </Stack>
    </Paper>
  );
}

function Facts({ job }: { job: Job }) {
  const { t } = useTranslation("jobs");
  const format = useFormat();
  const facts = [
    t("about.number", { job: job.id }),
    job.finished
      ? t("about.finished", { when: format.ago(job.finished) })
      : t("about.created", { when: format.ago(job.created) }),
    job.attempts > 1 ? t("about.attempts", { count: job.attempts }) : "",
    job.worker && !hasEnded(job) ? t("about.worker", { worker: job.worker }) : "",
  ];
  return (
    <>
      <Text size="sm" c="dimmed">
        {facts.filter(Boolean).join(" · ")}
      </Text>
      {job.awaited_by.length > 0 && job.state !== "done" && job.state !== "cancelled" ? (
        <Text size="sm" c="dimmed">
          {t("about.awaited", { count: job.awaited_by.length, jobs: job.awaited_by.join(", ") })}
        </Text>
      ) : null}
    </>
  );
}

/** Where what it made is shown. */
function Made({ job }: { job: Job }) {
  const { t } = useTranslation("jobs");
  return (
    <Group gap="md">
      {job.made.map((made) => {
        const room = roomOf(made);
        return room ? (
          <Anchor key={made.href} renderRoot={(parts) => <Link {...room} {...parts} />} size="sm">
            {t(hasEnded(job) ? "about.made" : "about.making", { name: made.name })}
          </Anchor>
        ) : null;
      })}
    </Group>
  );
}

function Log({ job }: { job: Job }) {
  const { t } = useTranslation("jobs");
  const { lines, error } = useJobLog(job.id);
  return error ? <Failed error={error} /> : <LogView lines={lines} label={t("log.label", { job: job.id })} />;
}
