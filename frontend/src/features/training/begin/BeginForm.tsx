import { Grid, Paper, Stack, Title } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { newKey } from "@/client/key";
import { BeginCard } from "@/features/training/begin/BeginCard";
import { suggested } from "@/features/training/begin/bases";
import { OptionsSection } from "@/features/training/begin/OptionsSection";
import { missing, NEW_PLAN, type Plan, tierOf, withSpeech } from "@/features/training/begin/plan";
import { useBegin } from "@/features/training/begin/queries";
import { SpeechSection } from "@/features/training/begin/SpeechSection";
import { StartSection } from "@/features/training/begin/StartSection";
import type { SpeechOption } from "@/features/training/begin/speech";
import { useBases } from "@/features/training/queries";

interface FormParts {
  speech: readonly SpeechOption[];
  onBegun: (job: number) => void;
}

/** A new training: what to train on, where to start, how, and what it will take. */
export function BeginForm({ speech, onBegun }: FormParts) {
  const { t } = useTranslation("train");
  const bases = useBases().data;
  const begin = useBegin();
  const [chosen, setPlan] = useState<Plan>(NEW_PLAN);
  const plan = withSpeech(chosen, speech);
  const [touched, setTouched] = useState(false);
  const [tried, setTried] = useState(false);
  // One for each training that is asked for, however often the button is pressed for it.
  const [key, setKey] = useState(newKey);

  // Until one is chosen, the base that suits; where none does, there is but one way.
  const suits = bases ? suggested(bases, plan.speech?.language ?? "", tierOf(plan)) : undefined;
  const from = bases && !suits ? "scratch" : plan.from;
  const shown: Plan = touched ? plan : { ...plan, base: suits?.id ?? null, from };
  const change = (part: Partial<Plan>) => {
    setKey(newKey());
    begin.reset();
    if (part.base !== undefined || part.from !== undefined) {
      setTouched(true);
    } else if (part.speech !== undefined || part.quality !== undefined) {
      // What was chosen for other speech may not fit this one.
      setTouched(false);
    }
    setPlan({ ...shown, from: plan.from, ...part });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (missing(shown) === null) {
      begin.mutate({ plan: shown, key }, { onSuccess: (job) => onBegun(job.id) });
    }
  };

  return (
    <form onSubmit={submit} aria-label={t("begin.title")} noValidate>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="lg">
            <Section id="speech" title={t("speech.title")}>
              <SpeechSection plan={shown} onPlan={change} options={speech} />
            </Section>
            <Section id="start" title={t("start.title")}>
              <StartSection plan={shown} onPlan={change} />
            </Section>
            <Section id="options" title={t("options.title")}>
              <OptionsSection plan={shown} onPlan={change} />
            </Section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <BeginCard plan={shown} bases={bases} lacks={tried ? missing(shown) : null} begin={begin} />
        </Grid.Col>
      </Grid>
    </form>
  );
}

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-labelledby={`section-${id}`}>
      <Title order={2} size="h4" id={`section-${id}`} mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  );
}
