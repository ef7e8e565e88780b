import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import classes from "@/features/dataset/prepare/histogram.module.css";
import { useFormat } from "@/ui/format";

const WIDTH = 320;
const HEIGHT = 80;

/** How one figure is spread over the recordings. */
export function Histogram({ spread }: { spread: Schemas["Spread"] }) {
  const { t } = useTranslation("dataset");
  const format = useFormat();
  const most = Math.max(1, ...spread.counts);
  const bar = WIDTH / Math.max(1, spread.counts.length);
  const value = (one: number | null | undefined) => (one === null || one === undefined ? "–" : format.figure(one, 3));
  const unit = spread.figure === "pace" ? t("spread.paceUnit") : spread.unit;
  const summary = t("spread.summary", {
    name: t(`spread.${spread.figure as "pace"}`),
    median: value(spread.median),
    lowest: value(spread.lowest),
    highest: value(spread.highest),
    unit,
  });
  return (
    <figure className={classes.figure}>
      <Text component="figcaption" size="sm">
        {summary}
      </Text>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={classes.bars} role="img" aria-label={summary}>
        {spread.counts.map((count, at) => (
          <rect
            key={spread.edges[at]}
            x={at * bar + 0.5}
            width={Math.max(1, bar - 1)}
            y={HEIGHT - (HEIGHT * count) / most}
            height={(HEIGHT * count) / most}
          />
        ))}
      </svg>
      <div className={classes.axis}>
        <span>{format.figure(spread.edges[0] ?? 0, 3)}</span>
        <span>
          {format.figure(spread.edges[spread.edges.length - 1] ?? 0, 3)} {unit}
        </span>
      </div>
    </figure>
  );
}
