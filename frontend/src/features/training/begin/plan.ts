import type { Schemas } from "@/client/api";

export type Quality = Schemas["Quality"];
export const QUALITIES: readonly Quality[] = ["x_low", "low", "medium", "high"];

/** What a training is made of: a dataset, or recordings that are prepared first. */
export interface Speech {
  kind: "dataset" | "profile" | "list";
  name: string;
  language: string;
  quality: Quality;
}

/** Fields that stand side by side are level, however long their one line is. */
export const INPUT_FIRST: ("label" | "input" | "description" | "error")[] = ["label", "input", "description", "error"];

export const UNITS = ["steps", "epochs", "minutes"] as const;
export type Unit = (typeof UNITS)[number];

/** What a person can choose of a training; null leaves it to the server, which fits it to the machine. */
export interface Choices {
  batch_size: number | null;
  learning_rate: number | null;
  final_learning_rate: number;
  checkpoint_every: number | null;
  keep: number;
  precision: "auto" | "fp32" | "bf16" | "fp16";
  device: string;
  seed: number;
}

/** As the server has them where nothing is said (plan.test.ts compares). */
export const DEFAULTS: Choices = {
  batch_size: null,
  learning_rate: null,
  final_learning_rate: 0.05,
  checkpoint_every: null,
  keep: 3,
  precision: "auto",
  device: "auto",
  seed: 1234,
};

export type Start = "base" | "scratch";

/** What is proposed. Only the 16,000 steps were measured (docs/training-log.md); the epochs are as many, of 300 clips. */
export const BUDGETS: Record<Start, Record<Unit, number>> = {
  base: { steps: 5000, epochs: 500, minutes: 60 },
  scratch: { steps: 16_000, epochs: 1600, minutes: 180 },
};

export interface Plan {
  speech: Speech | null;
  /** Of the dataset that is prepared; a dataset has its own. */
  quality: Quality;
  from: Start;
  base: string | null;
  unit: Unit;
  budget: number | null;
  choices: Choices;
}

export const NEW_PLAN: Plan = {
  speech: null,
  quality: "medium",
  from: "base",
  base: null,
  unit: "steps",
  budget: BUDGETS.base.steps,
  choices: DEFAULTS,
};

export function tierOf(plan: Plan): Quality {
  return plan.speech?.kind === "dataset" ? plan.speech.quality : plan.quality;
}

/** Another start, with the budget that is good for it where nobody has asked for one. */
export function startingFrom({ from: before, unit, budget }: Plan, from: Start): Partial<Plan> {
  return { from, budget: budget === BUDGETS[before][unit] ? BUDGETS[from][unit] : budget };
}

/** The plan as it stands while nothing was chosen in it: of the first speech there is, also where that came later. */
export function withSpeech(plan: Plan, speech: readonly Speech[]): Plan {
  return { ...plan, speech: plan.speech ?? speech[0] ?? null };
}

/** What is still to be chosen before a training can begin; null for nothing. */
export function missing(plan: Plan): "missingSpeech" | "missingBase" | "missingBudget" | null {
  if (plan.speech === null) {
    return "missingSpeech";
  }
  if (plan.from === "base" && plan.base === null) {
    return "missingBase";
  }
  return plan.budget !== null && plan.budget > 0 ? null : "missingBudget";
}

/** The options of the training as the server takes them; what is left to it is left out. */
export function trainingOptions({ from, base, unit, budget, choices }: Plan): Schemas["TrainingOptions"] {
  return {
    ...choices,
    budget: { [unit]: budget ?? BUDGETS[from][unit] },
    base_voice: from === "base" ? base : null,
  };
}
