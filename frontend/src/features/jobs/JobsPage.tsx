import { Button, Group, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useJobs } from "@/client/jobs";
import { filterOf, type JobSearch, KINDS, SHOWS } from "@/features/jobs/filters";
import { JobCard } from "@/features/jobs/JobCard";
import { Empty } from "@/ui/Empty";
import { Failed } from "@/ui/Failed";
import { LinkButton } from "@/ui/links";
import { Page } from "@/ui/Page";
import { Waiting } from "@/ui/Waiting";

const route = getRouteApi("/jobs");

/** Everything that the studio does, did and will do. */
export function JobsPage() {
  const { t } = useTranslation("jobs");
  const search = route.useSearch();
  return (
    <Page title={t("title")} lead={t("lead")}>
      <Stack>
        <Filters search={search} />
        <Jobs search={search} />
      </Stack>
    </Page>
  );
}

function Filters({ search }: { search: JobSearch }) {
  const { t } = useTranslation("jobs");
  const navigate = useNavigate({ from: "/jobs" });
  return (
    <Group align="flex-end" gap="md">
      <SegmentedControl
        aria-label={t("show.label")}
        value={search.show ?? "all"}
        onChange={(value) => {
          const show = SHOWS.find((one) => one === value && one !== "all");
          void navigate({ search: ({ kind }) => ({ ...(kind ? { kind } : {}), ...(show ? { show } : {}) }) });
        }}
        data={SHOWS.map((one) => ({ value: one, label: t(`show.${one}`) }))}
      />
      <Select
        aria-label={t("kinds")}
        placeholder={t("anyKind")}
        value={search.kind ?? null}
        clearable
        clearButtonProps={{ "aria-label": t("anyKind") }}
        onChange={(value) => {
          const kind = KINDS.find((one) => one === value);
          void navigate({ search: ({ show }) => ({ ...(show ? { show } : {}), ...(kind ? { kind } : {}) }) });
        }}
        data={KINDS.map((one) => ({ value: one, label: t(`kind.${one}`) }))}
      />
    </Group>
  );
}

function Jobs({ search }: { search: JobSearch }) {
  const { t } = useTranslation("jobs");
  const jobs = useJobs(filterOf(search));
  if (jobs.data === undefined) {
    return jobs.error ? <Failed error={jobs.error} again={() => void jobs.refetch()} /> : <Waiting />;
  }
  const shown = jobs.data.pages.flatMap((page) => page.items);
  if (shown.length === 0) {
    return search.show || search.kind ? <NoneLikeThat /> : <NoneAtAll />;
  }
  return (
    <Stack component="ul" p={0} m={0} style={{ listStyle: "none" }}>
      {shown.map((job) => (
        <li key={job.id}>
          <JobCard job={job} />
        </li>
      ))}
      {jobs.hasNextPage ? (
        <li>
          <Button variant="default" onClick={() => void jobs.fetchNextPage()} loading={jobs.isFetchingNextPage}>
            {t("more")}
          </Button>
        </li>
      ) : null}
    </Stack>
  );
}

function NoneAtAll() {
  const { t } = useTranslation("jobs");
  return (
    <Empty title={t("empty.title")} step={<LinkButton to="/train">{t("empty.step")}</LinkButton>}>
      {t("empty.text")}
    </Empty>
  );
}

function NoneLikeThat() {
  const { t } = useTranslation("jobs");
  return (
    <Group>
      <Text c="dimmed">{t("empty.filtered")}</Text>
      <LinkButton to="/jobs" variant="default" size="xs">
        {t("empty.all")}
      </LinkButton>
    </Group>
  );
}
