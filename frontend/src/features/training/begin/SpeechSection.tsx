import { Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { INPUT_FIRST, type Plan, QUALITIES, type Quality, tierOf } from "@/features/training/begin/plan";
import { type SpeechOption, speechKey } from "@/features/training/begin/speech";
import { useFormat } from "@/ui/format";

interface SectionParts {
  plan: Plan;
  onPlan: (change: Partial<Plan>) => void;
  options: readonly SpeechOption[];
}

const GROUPS = { dataset: "datasets", profile: "profiles", list: "lists" } as const;

/** What to train on: a dataset, or recordings that are prepared first. */
export function SpeechSection({ plan, onPlan, options }: SectionParts) {
  const { t } = useTranslation("train");
  const words = useWords();
  const known = new Map(options.map((option) => [speechKey(option), option]));
  const groups = (["dataset", "profile", "list"] as const).map((kind) => ({
    group: t(`speech.${GROUPS[kind]}`),
    items: options
      .filter((option) => option.kind === kind)
      .map((option) => ({ value: speechKey(option), label: option.name })),
  }));
  const fixed = plan.speech?.kind === "dataset";
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
      <Select
        inputWrapperOrder={INPUT_FIRST}
        label={t("speech.label")}
        description={t("speech.description")}
        placeholder={t("speech.placeholder")}
        searchable
        allowDeselect={false}
        value={plan.speech ? speechKey(plan.speech) : null}
        onChange={(key) => {
          const chosen = key === null ? undefined : known.get(key);
          if (chosen) {
            onPlan({ speech: chosen });
          }
        }}
        data={groups.filter((group) => group.items.length > 0)}
        renderOption={({ option }) => {
          const found = known.get(option.value);
          return (
            <Stack gap={0}>
              <Text span>{option.label}</Text>
              {found ? (
                <Text span size="xs" c="dimmed">
                  {words(found)}
                </Text>
              ) : null}
            </Stack>
          );
        }}
      />
      <Select
        inputWrapperOrder={INPUT_FIRST}
        label={t("speech.quality")}
        description={t(fixed ? "speech.qualityFixed" : "speech.qualityDescription")}
        disabled={fixed}
        allowDeselect={false}
        value={tierOf(plan)}
        onChange={(value) => {
          const quality = QUALITIES.find((one) => one === value);
          if (quality) {
            onPlan({ quality });
          }
        }}
        data={QUALITIES.map((value) => ({ value, label: t(`quality.${value}`) }))}
        renderOption={({ option }) => (
          <Stack gap={0}>
            <Text span>{option.label}</Text>
            <Text span size="xs" c="dimmed">
              {t(`qualityText.${option.value as Quality}`)}
            </Text>
          </Stack>
        )}
      />
    </SimpleGrid>
  );
}

function useWords(): (option: SpeechOption) => string {
  const { t } = useTranslation("train");
  const format = useFormat();
  return (option) => {
    const recordings = format.count(option.count);
    if (option.kind === "dataset") {
      return t("speech.dataset", { clips: recordings, span: format.span(option.seconds), quality: option.quality });
    }
    return option.seconds > 0
      ? t("speech.recordings", { recordings, span: format.span(option.seconds) })
      : t("speech.sentences", { recordings });
  };
}
