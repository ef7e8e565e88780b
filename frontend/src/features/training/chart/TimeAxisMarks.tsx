import { ActionIcon, Box, Tooltip } from "@mantine/core";
import { IconFlag, IconStar } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Field } from "@/features/training/chart/picture";
import { useFormat } from "@/ui/format";

export interface Mark {
  step: number;
  best: boolean;
}

const WIDE = 26;

interface MarksParts {
  marks: readonly Mark[];
  field: Field;
  onMark: (step: number) => void;
}

/** A run's checkpoints where they are on the time axis; each leads to what it sounds like. */
export function TimeAxisMarks({ marks, field, onMark }: MarksParts) {
  const { t } = useTranslation("train");
  const format = useFormat();
  if (marks.length === 0 || field.width === 0) {
    return null;
  }
  return (
    <Box pos="relative" h={WIDE + 4} role="group" aria-label={t("chart.marks")}>
      {placed(marks, field).map(({ step, best, left }) => {
        const label = t(best ? "chart.markBest" : "chart.mark", { step: format.count(step) });
        return (
          <Tooltip key={step} label={label}>
            <ActionIcon
              pos="absolute"
              left={left - WIDE / 2}
              size={WIDE}
              variant={best ? "light" : "subtle"}
              color={best ? "cyan" : "gray"}
              aria-label={label}
              onClick={() => onMark(step)}
            >
              {best ? <IconStar size={16} aria-hidden /> : <IconFlag size={16} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        );
      })}
    </Box>
  );
}

/** The marks that are in sight; of those too near to each other the best, or else the later one. */
export function placed(marks: readonly Mark[], { left, width, view }: Field): (Mark & { left: number })[] {
  const kept: (Mark & { left: number })[] = [];
  for (const mark of [...marks].sort((one, other) => one.step - other.step)) {
    const part = (mark.step - view.min) / (view.max - view.min);
    if (part < 0 || part > 1) {
      continue;
    }
    const here = { ...mark, left: left + part * width };
    const before = kept.at(-1);
    if (before !== undefined && here.left - before.left < WIDE + 2) {
      if (before.best) {
        continue;
      }
      kept.pop();
    }
    kept.push(here);
  }
  return kept;
}
