import { Group, Stack, Text, Title } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { useJob } from "@/client/jobs";
import { LossChart } from "@/features/training/chart/LossChart";
import { deleteRun, useCheckpoints, useRun, useRuns } from "@/features/training/queries";
import { RunMark } from "@/features/training/RunMark";
import { ExportButton } from "@/features/training/run/ExportButton";
import { Figures } from "@/features/training/run/Figures";
import { NoticeButton } from "@/features/training/run/NoticeButton";
import { RunLog } from "@/features/training/run/RunLog";
import { Samples } from "@/features/training/run/Samples";
import { useNotice, useTitle } from "@/features/training/run/useNotice";
import { DeleteButton } from "@/ui/DeleteButton";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";
import { JobControls } from "@/ui/JobControls";
import { JobFailure } from "@/ui/JobFailure";
import { JobProgress } from "@/ui/JobProgress";
import { Page } from "@/ui/Page";
import { Waiting } from "@/ui/Waiting";

const route = getRouteApi("/train/$run");

/** One training: its curves, its checkpoints as they sound, and what may be done with it. */
export function RunPage() {
  const name = route.useParams().run;
  const run = useRun(name);
  // Once it is there it stays, also while the server is away and does not answer for it.
  if (run.data === undefined) {
    return run.error ? <Failed error={run.error} again={() => void run.refetch()} /> : <Waiting />;
  }
  return <Shown key={name} run={run.data} />;
}

function Shown({ run }: { run: Schemas["RunDetails"] }) {
  const { t } = useTranslation("train");
  const format = useFormat();
  const navigate = useNavigate({ from: "/train/$run" });
  const job = useJob(run.job?.id ?? null).data;
  const notice = useNotice(run.name, job);
  useTitle(run.name, job);
  const trains = run.state === "running";
  return (
    <Page
      title={run.name}
      lead={run.base ? t("runs.from", { base: run.base }) : t("runs.scratch")}
      next={trains || run.checkpoints === 0 ? null : <ExportButton run={run.name} />}
    >
      <Stack gap="xl">
        <Stack gap="md">
          <Group justify="space-between" gap="sm">
            <RunMark run={run} />
            <Group gap="xs">
              {job && trains ? <NoticeButton notice={notice} /> : null}
              {job ? <JobControls job={job} cancelLabel={t("run.cancel")} /> : <Text>{t("run.noJob")}</Text>}
            </Group>
          </Group>
          {job && job.state !== "done" ? <JobProgress job={job} /> : null}
          {job ? <JobFailure job={job} /> : null}
          <Figures run={run} job={job} />
        </Stack>
        <Heard run={run} trains={trains} />
        {job ? <RunLog job={job} run={run.name} /> : null}
        <Group justify="flex-end">
          <DeleteButton
            label={t("run.delete")}
            question={t("run.deleteQuestion", { run: run.name })}
            goes={t("run.deleteGoes", { count: run.checkpoints, steps: format.count(run.step) })}
            remove={() => deleteRun(run.name)}
            removed={() => void navigate({ to: "/train" })}
          />
        </Group>
      </Stack>
    </Page>
  );
}

/** The curves and the sounds, which lead to each other. */
function Heard({ run, trains }: { run: Schemas["Run"]; trains: boolean }) {
  const { t } = useTranslation("train");
  const navigate = useNavigate({ from: "/train/$run" });
  const compared = route.useSearch().with ?? [];
  const runs = useRuns();
  const checkpoints = useCheckpoints(run.name, trains);
  const best = run.best_validation?.step ?? null;
  const [asked, setAsked] = useState<{ step: number; times: number } | null>(null);
  const marks = useMemo(() => {
    const steps = new Set(checkpoints.data?.map((checkpoint) => checkpoint.step));
    return [...steps].map((step) => ({ step, best: step === best }));
  }, [checkpoints.data, best]);
  const others = runs.data?.map((one) => one.name).filter((name) => name !== run.name) ?? [];
  return (
    <>
      <section aria-labelledby="curves">
        <Title order={2} size="h3" id="curves" mb="sm">
          {t("chart.title")}
        </Title>
        <LossChart
          run={run.name}
          others={others}
          compared={compared}
          onCompared={(chosen) => void navigate({ search: chosen.length > 0 ? { with: chosen } : {}, replace: true })}
          marks={marks}
          onMark={(step) => setAsked((before) => ({ step, times: (before?.times ?? 0) + 1 }))}
        />
      </section>
      <Samples run={run.name} trains={trains} best={best} asked={asked} />
    </>
  );
}
