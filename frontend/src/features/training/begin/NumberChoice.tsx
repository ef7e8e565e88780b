import { NumberInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Choices, DEFAULTS, INPUT_FIRST, type Plan } from "@/features/training/begin/plan";

type Numbers = "batch_size" | "learning_rate" | "final_learning_rate" | "checkpoint_every" | "keep" | "seed";

interface ChoiceParts {
  name: Numbers;
  /** Empty means that the server chooses. */
  optional?: boolean;
  min: number;
  max: number;
  step?: number;
  decimals?: number;
  plan: Plan;
  choose: (change: Partial<Choices>) => void;
}

/** A number with its one line; what is no number goes back to what it is by itself. */
export function NumberChoice({ name, optional, min, max, step = 1, decimals = 0, plan, choose }: ChoiceParts) {
  const { t } = useTranslation("train");
  return (
    <NumberInput
      inputWrapperOrder={INPUT_FIRST}
      label={t(`options.${name}`)}
      description={t(`options.${name}Text`)}
      placeholder={optional ? t("options.auto") : String(DEFAULTS[name])}
      value={plan.choices[name] ?? ""}
      min={min}
      max={max}
      step={step}
      decimalScale={decimals}
      onChange={(value) => choose({ [name]: typeof value === "number" ? value : optional ? null : DEFAULTS[name] })}
    />
  );
}
