import { Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { BaseMark } from "@/features/training/begin/BaseMark";
import { genderOf } from "@/features/training/begin/BasePicker";
import type { Base } from "@/features/training/begin/bases";
import { useFormat } from "@/ui/format";

/** What is known of a base: its quality, speaker, licence, where it comes from, and its size. */
export function BaseFacts({ base }: { base: Base }) {
  const { t } = useTranslation("train");
  const format = useFormat();
  const size = base.size ?? base.size_estimate;
  const facts: [string, ReactNode][] = [
    [t("base.facts.state"), <BaseMark key="mark" base={base} />],
    [t("base.facts.quality"), `${base.quality} (${format.count(base.sample_rate)} Hz)`],
    [t("base.facts.speaker"), t(`base.gender.${genderOf(base)}`)],
    [t("base.facts.size"), size ? format.size(size) : t("base.unknown")],
    [t("base.facts.dataset"), base.dataset],
    [t("base.facts.lineage"), base.lineage],
  ];
  return (
    <Paper p="md" radius="md" bg="light-dark(var(--mantine-color-gray-0), var(--mantine-color-dark-6))">
      <Stack gap="sm">
        {base.description ? (
          <Text size="sm" lang="en">
            {base.description}
          </Text>
        ) : null}
        <SimpleGrid component="dl" cols={{ base: 2, sm: 3 }} spacing="sm" m={0}>
          {facts.map(([name, value]) => (
            <Fact key={name} name={name}>
              {value}
            </Fact>
          ))}
        </SimpleGrid>
        <dl style={{ margin: 0 }}>
          <Fact name={t("base.facts.licence")}>
            <span lang="en">{base.licence}</span>
          </Fact>
        </dl>
      </Stack>
    </Paper>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="dd" size="sm" m={0} style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </div>
  );
}
