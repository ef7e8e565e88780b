import { Button, Collapse, NumberInput, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { NumberChoice } from "@/features/training/begin/NumberChoice";
import { BUDGETS, type Choices, INPUT_FIRST, type Plan, UNITS } from "@/features/training/begin/plan";
import { useFormat } from "@/ui/format";

interface SectionParts {
  plan: Plan;
  onPlan: (change: Partial<Plan>) => void;
}

const PRECISIONS = ["auto", "fp32", "bf16", "fp16"] as const;

/** When to stop, and what only few people change. */
export function OptionsSection({ plan, onPlan }: SectionParts) {
  const { t } = useTranslation("train");
  const format = useFormat();
  const [more, { toggle }] = useDisclosure(false);
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        <NumberInput
          inputWrapperOrder={INPUT_FIRST}
          label={t("options.budget")}
          description={t("options.budgetDescription")}
          value={plan.budget ?? ""}
          min={1}
          max={9_999_999}
          thousandSeparator={format.groups}
          allowDecimal={plan.unit === "minutes"}
          onChange={(value) => onPlan({ budget: typeof value === "number" ? value : null })}
        />
        <Select
          inputWrapperOrder={INPUT_FIRST}
          label={t("options.budgetUnit")}
          description={t(`options.unitText.${plan.unit}`)}
          allowDeselect={false}
          value={plan.unit}
          onChange={(value) => {
            const unit = UNITS.find((one) => one === value);
            if (unit) {
              onPlan({ unit, budget: BUDGETS[plan.from][unit] });
            }
          }}
          data={UNITS.map((value) => ({ value, label: t(`options.unit.${value}`) }))}
        />
      </SimpleGrid>
      <div>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          onClick={toggle}
          aria-expanded={more}
          aria-controls="more-options"
          rightSection={more ? <IconChevronUp size={16} aria-hidden /> : <IconChevronDown size={16} aria-hidden />}
        >
          {t("options.more")}
        </Button>
      </div>
      <Collapse expanded={more} id="more-options">
        <More plan={plan} onPlan={onPlan} />
      </Collapse>
    </Stack>
  );
}

function More({ plan, onPlan }: SectionParts) {
  const { t } = useTranslation("train");
  const choose = (change: Partial<Choices>) => onPlan({ choices: { ...plan.choices, ...change } });
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
      <NumberChoice name="batch_size" optional min={1} max={4096} {...{ plan, choose }} />
      <NumberChoice name="learning_rate" optional min={1e-7} max={0.1} step={1e-5} decimals={7} {...{ plan, choose }} />
      <NumberChoice name="final_learning_rate" min={0.0001} max={1} step={0.05} decimals={4} {...{ plan, choose }} />
      <NumberChoice name="checkpoint_every" optional min={1} max={10_000_000} {...{ plan, choose }} />
      <NumberChoice name="keep" min={1} max={1000} {...{ plan, choose }} />
      <Select
        inputWrapperOrder={INPUT_FIRST}
        label={t("options.precision")}
        description={t("options.precisionText")}
        allowDeselect={false}
        value={plan.choices.precision}
        onChange={(value) => choose({ precision: PRECISIONS.find((one) => one === value) ?? "auto" })}
        data={[...PRECISIONS]}
      />
      <TextInput
        inputWrapperOrder={INPUT_FIRST}
        label={t("options.device")}
        description={t("options.deviceText")}
        value={plan.choices.device}
        onChange={(event) => choose({ device: event.currentTarget.value })}
      />
      <NumberChoice name="seed" min={0} max={2 ** 31 - 1} {...{ plan, choose }} />
    </SimpleGrid>
  );
}
