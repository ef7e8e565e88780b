import { Paper, SimpleGrid, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import type { Job } from "@/client/jobs";
import { useFormat } from "@/ui/format";

interface FigureParts {
  run: Schemas["Run"];
  /** How the job that trains it stands now. */
  job: Job | undefined;
}

/** Step and epoch, speed, time left, GPU memory: in figures as large as they are looked for. */
export function Figures({ run, job }: FigureParts) {
  const { t } = useTranslation("train");
  const format = useFormat();
  const goes = job?.state === "running";
  const inSteps = goes && job.unit === "steps";
  const step = Math.max(run.step, inSteps ? job.done : 0);
  const total = inSteps ? job.total : (run.options.budget as { steps?: number } | undefined)?.steps;
  const speed = (inSteps ? job.rate : 0) || run.steps_per_second || 0;
  const left = goes ? (job.seconds_left ?? run.seconds_left ?? null) : null;
  const figures: [string, string][] = [
    [
      t("run.progress"),
      total ? t("run.ofMemory", { used: format.count(step), total: format.count(total) }) : format.count(step),
    ],
    [t("run.epoch"), format.count(run.epoch)],
    [t("run.speed"), goes && speed > 0 ? t("run.speedValue", { rate: format.figure(speed) }) : t("run.none")],
    [t("run.left"), left === null ? t("run.none") : format.span(left)],
    [t("run.memory"), run.gpu_memory ? format.size(run.gpu_memory) : t("run.none")],
  ];
  return (
    <SimpleGrid component="dl" m={0} cols={{ base: 2, xs: 3, md: 5 }} spacing="sm">
      {figures.map(([name, value]) => (
        <Paper key={name} px="md" py="sm" bg="light-dark(var(--mantine-color-gray-0), var(--mantine-color-dark-6))">
          <Text component="dt" size="xs" c="dimmed">
            {name}
          </Text>
          <Text component="dd" m={0} fw={600} style={{ fontVariantNumeric: "tabular-nums" }}>
            {value}
          </Text>
        </Paper>
      ))}
    </SimpleGrid>
  );
}
