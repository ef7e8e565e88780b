import { ActionIcon, Group, Input, MultiSelect, Slider, Switch, Tooltip } from "@mantine/core";
import { type Icon, IconArrowLeft, IconArrowRight, IconZoomIn, IconZoomOut, IconZoomReset } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { View } from "@/features/training/chart/decimate";
import { moved, type Zoom } from "@/features/training/chart/zoom";
import { useFormat } from "@/ui/format";

/** Steps that the slider averages over. */
export const SMOOTHINGS: readonly number[] = [0, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

const ZOOMS: [Zoom, Icon][] = [
  ["earlier", IconArrowLeft],
  ["later", IconArrowRight],
  ["in", IconZoomIn],
  ["out", IconZoomOut],
  ["all", IconZoomReset],
];

interface ToolParts {
  smoothing: number;
  onSmoothing: (steps: number) => void;
  log: boolean;
  onLog: (log: boolean) => void;
  view: View | null;
  onView: (view: View | null) => void;
  lastStep: number;
  others: readonly string[];
  compared: readonly string[];
  onCompared: (runs: string[]) => void;
}

/** What may be done with the picture, all of it by keyboard, too. */
export function ChartTools(parts: ToolParts) {
  const { t } = useTranslation("train");
  const { smoothing, onSmoothing, log, onLog, view, onView, lastStep, others, compared, onCompared } = parts;
  const format = useFormat();
  const place = SMOOTHINGS.indexOf(smoothing);
  const averaged = smoothing === 0 ? t("chart.smoothNone") : t("chart.smoothOver", { steps: format.count(smoothing) });
  return (
    <Group align="flex-end" gap="lg">
      <Input.Wrapper label={t("chart.smooth")} description={averaged} w={{ base: "100%", xs: 220 }}>
        <Slider
          mt={6}
          min={0}
          max={SMOOTHINGS.length - 1}
          value={Math.max(0, place)}
          onChange={(value) => onSmoothing(SMOOTHINGS[value] ?? 0)}
          label={null}
          thumbLabel={t("chart.smooth")}
          thumbProps={{ "aria-valuetext": averaged }}
        />
      </Input.Wrapper>
      {others.length > 0 ? (
        <MultiSelect
          label={t("chart.compare")}
          placeholder={compared.length === 0 ? t("chart.compareNone") : ""}
          data={[...others]}
          value={[...compared]}
          onChange={onCompared}
          maxValues={4}
          searchable
          clearable
          hidePickedOptions
          clearButtonProps={{ "aria-label": t("chart.compareNone") }}
          w={{ base: "100%", xs: 260 }}
        />
      ) : null}
      <Switch label={t("chart.log")} checked={log} onChange={(event) => onLog(event.currentTarget.checked)} mb={6} />
      <Group gap={4} role="group" aria-label={t("chart.zoom.label")} ml="auto">
        {ZOOMS.map(([zoom, Shown]) => (
          <Tooltip key={zoom} label={t(`chart.zoom.${zoom}`)}>
            <ActionIcon
              variant="default"
              size="lg"
              aria-label={t(`chart.zoom.${zoom}`)}
              disabled={view === null && zoom !== "in"}
              onClick={() => onView(moved(view, zoom, lastStep))}
            >
              <Shown size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
        ))}
      </Group>
    </Group>
  );
}
