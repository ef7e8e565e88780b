import { Checkbox, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Curve, lossesIn, type RunFeed } from "@/features/training/chart/curves";
import { firstAtLeast } from "@/features/training/chart/decimate";
import { Stroke } from "@/features/training/chart/Stroke";
import type { Trace } from "@/features/training/chart/trace";
import { useFormat } from "@/ui/format";

interface TableParts {
  feeds: readonly RunFeed[];
  curves: readonly Curve[];
  chosen: readonly string[];
  onChosen: (losses: string[]) => void;
  /** The step that is pointed at, null for the latest. */
  step: number | null;
}

const EXPLAINED = [
  "mel",
  "kl",
  "duration",
  "feature",
  "adversarial",
  "discriminator",
  "generator",
  "generator_gradient",
  "discriminator_gradient",
] as const;

/** The losses in figures: what the picture shows, which of them it shows, and what each means. */
export function LossTable({ feeds, curves, chosen, onChosen, step }: TableParts) {
  const { t } = useTranslation("train");
  const format = useFormat();
  const first = feeds[0];
  const losses = [...new Set(feeds.flatMap(({ feed }) => lossesIn(feed)))];
  if (first === undefined || losses.length === 0) {
    return null;
  }
  const figure = (value: number | undefined) => (value === undefined ? "–" : format.figure(value));
  const toggle = (name: string) =>
    onChosen(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
  return (
    <Table.ScrollContainer minWidth={0} type="native">
      <Table verticalSpacing={4} horizontalSpacing={6} captionSide="top">
        <Table.Caption ta="left" mt={0}>
          {step === null
            ? t("chart.table.latest", { step: format.count(first.feed.training.lastStep) })
            : t("chart.table.at", { step: format.count(Math.round(step)) })}
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("chart.table.loss")}</Table.Th>
            {feeds.length > 1 ? <Table.Th>{t("chart.table.run")}</Table.Th> : null}
            <Table.Th ta="right">{t("chart.table.training")}</Table.Th>
            <Table.Th ta="right">{t("chart.table.validation")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {losses.flatMap((name) => {
            const shown = chosen.includes(name) ? feeds : [first];
            const explained = EXPLAINED.find((one) => one === name);
            return shown.map(({ run, feed }, place) => (
              <Table.Tr key={`${name} ${run}`}>
                <Table.Td>
                  {place === 0 ? (
                    <Checkbox
                      checked={chosen.includes(name)}
                      onChange={() => toggle(name)}
                      label={explained ? t(`chart.loss.${explained}`) : name}
                      description={
                        explained ? (
                          <Text span inherit visibleFrom="sm">
                            {t(`chart.means.${explained}`)}
                          </Text>
                        ) : undefined
                      }
                    />
                  ) : null}
                </Table.Td>
                {feeds.length > 1 ? (
                  <Table.Td>
                    <Text size="sm">{run}</Text>
                  </Table.Td>
                ) : null}
                {(["training", "validation"] as const).map((which) => (
                  <Table.Td key={which} ta="right" style={{ fontVariantNumeric: "tabular-nums" }}>
                    <Stroke curve={curves.find((curve) => curve.key === `${run}/${which}/${name}`)} />{" "}
                    {figure(valueAt(feed[which], name, step))}
                  </Table.Td>
                ))}
              </Table.Tr>
            ));
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The value at a step, or the last one before it; the latest where no step is given. */
function valueAt(trace: Trace, name: string, step: number | null): number | undefined {
  const mean = trace.columns.get(name)?.mean;
  if (mean === undefined || trace.length === 0) {
    return undefined;
  }
  const found = step === null ? trace.length - 1 : firstAtLeast(trace.steps, trace.length, step + 0.5) - 1;
  for (let place = found; place >= 0; place--) {
    if (!Number.isNaN(mean[place] as number)) {
      return mean[place];
    }
  }
  return undefined;
}
