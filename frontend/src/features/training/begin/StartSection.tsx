import { Group, Radio, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { BasePicker } from "@/features/training/begin/BasePicker";
import { type Plan, startingFrom, tierOf } from "@/features/training/begin/plan";

/** "Fine-tune from Checkpoint" with its base voice, or from scratch. */
export function StartSection({ plan, onPlan }: { plan: Plan; onPlan: (change: Partial<Plan>) => void }) {
  const { t } = useTranslation("train");
  return (
    <Stack gap="md" style={{ display: "flex", alignItems: "flex-start" }}>
      <Radio.Group
        value={plan.from}
        onChange={(from) => onPlan(startingFrom(plan, from === "scratch" ? "scratch" : "base"))}
        aria-label={t("start.title")}
      >
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          {(["base", "scratch"] as const).map((from) => (
            <Radio.Card
              key={from}
              value={from}
              p="md"
              style={{ display: "flex", alignItems: "flex-start" }}
              aria-label={t(`start.${from}`)}
            >
              <Group wrap="nowrap" align="flex-start" gap="sm">
                <Radio.Indicator mt={3} />
                <div>
                  <Text fw={600}>{t(`start.${from}`)}</Text>
                  <Text size="sm" c="dimmed">
                    {t(`start.${from}Text`)}
                  </Text>
                </div>
              </Group>
            </Radio.Card>
          ))}
        </SimpleGrid>
      </Radio.Group>
      {plan.from === "base" ? (
        <BasePicker
          value={plan.base}
          onChange={(base) => onPlan({ base })}
          language={plan.speech?.language ?? ""}
          tier={tierOf(plan)}
        />
      ) : null}
    </Stack>
  );
}
