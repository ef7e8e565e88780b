import { Paper, Stack, Text, useComputedColorScheme } from "@mantine/core";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ChartTools } from "@/features/training/chart/ChartTools";
import { curvesOf } from "@/features/training/chart/curves";
import type { View } from "@/features/training/chart/decimate";
import { LossTable } from "@/features/training/chart/LossTable";
import { Plot } from "@/features/training/chart/Plot";
import type { Field, Heard } from "@/features/training/chart/picture";
import { Summary } from "@/features/training/chart/Summary";
import { type Mark, TimeAxisMarks } from "@/features/training/chart/TimeAxisMarks";
import { useFeeds, useFiner, useTick } from "@/features/training/chart/useFeeds";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";

interface ChartParts {
  run: string;
  others: readonly string[];
  compared: readonly string[];
  onCompared: (runs: string[]) => void;
  /** Its checkpoints on the time axis. */
  marks: readonly Mark[];
  onMark: (step: number) => void;
}

const NOTHING_FIELD: Field = { left: 0, width: 0, view: { min: 0, max: 1 } };

/** The losses of a run, as it writes them: a picture, and the same in a table and in words. */
export function LossChart({ run, others, compared, onCompared, marks, onMark }: ChartParts) {
  const { t } = useTranslation("train");
  const format = useFormat();
  const dark = useComputedColorScheme("light") === "dark";
  const { feeds, error } = useFeeds([run, ...compared]);
  const tick = useTick(feeds, 400);
  const [chosen, setChosen] = useState<string[]>(["mel"]);
  const [smoothing, setSmoothing] = useState<number>(20);
  const [log, setLog] = useState(false);
  const [view, setView] = useState<View | null>(null);
  const [step, setStep] = useState<number | null>(null);
  const [field, setField] = useState<Field>(NOTHING_FIELD);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a loss may turn up with any tick
  const curves = useMemo(() => curvesOf(feeds, chosen, dark), [feeds, chosen, dark, tick]);
  const look = useMemo(() => ({ log, smoothing, format, dark }), [log, smoothing, format, dark]);
  const steps = useMemo(() => marks.map((mark) => mark.step), [marks]);
  const heard = useRef<Heard>({ view: setView, cursor: setStep, field: setField }).current;
  const finer = useFiner(feeds, view);
  const failure = error ?? finer;
  const lastStep = Math.max(0, ...feeds.map(({ feed }) => feed.training.lastStep));

  return (
    <Paper withBorder p="md">
      <Stack gap="md">
        <ChartTools
          {...{ smoothing, log, view, lastStep, others, compared, onCompared }}
          onSmoothing={setSmoothing}
          onLog={setLog}
          onView={setView}
        />
        {failure ? <Failed error={failure} /> : null}
        <div>
          <Plot label={t("chart.label", { run })} {...{ feeds, curves, look, view, heard }} marks={steps} />
          <TimeAxisMarks marks={marks} field={field} onMark={onMark} />
        </div>
        <Text size="xs" c="dimmed" visibleFrom="sm">
          {lastStep > 0 ? t("chart.hint") : t("chart.empty")}
        </Text>
        <LossTable {...{ feeds, curves, chosen, step }} onChosen={setChosen} />
        <Summary feeds={feeds} chosen={chosen} />
      </Stack>
    </Paper>
  );
}
