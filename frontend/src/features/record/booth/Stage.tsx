import { Badge, Group, Paper, Text, Title } from "@mantine/core";
import { IconCheck, IconPlayerRecordFilled } from "@tabler/icons-react";
import { type ReactNode, type Ref, useCallback } from "react";
import { useTranslation } from "react-i18next";
import { LevelMeter } from "@/ui/LevelMeter";
import type { Microphone } from "../capture/microphone";
import { SILENCE } from "../measure/levels";
import { StepWords } from "./StepWords";
import type { Step } from "./steps";

interface StageParts {
  step: Step;
  text: string;
  /** Tag of the language that the sentence is in. */
  language: string;
  number: number;
  count: number;
  read: boolean;
  microphone: Microphone | null;
  find: ReactNode;
  controls: ReactNode;
  children?: ReactNode;
  ref: Ref<HTMLElement>;
}

/** The sentence, large, and what is to be done with it. */
export function Stage(parts: StageParts) {
  const { step, text, language, number, count, read, microphone, find, controls, children, ref } = parts;
  const { t } = useTranslation("record");
  const speaking = step.name === "speaking";
  const level = microphone?.level;
  const loudness = useCallback(
    () => ({ peak: level?.peak ?? SILENCE, rms: level?.rms ?? SILENCE, clipping: level?.clipping() ?? false }),
    [level],
  );
  return (
    <Paper withBorder radius="lg" className="stage" data-step={step.name}>
      <Group justify="space-between" align="center" gap="sm" className="stage-head">
        <Group gap="sm">
          <Title order={2} size="sm" fw={600} c="dimmed">
            {t("booth.number", { number, count })}
          </Title>
          {read ? (
            <Badge variant="light" color="gray" leftSection={<IconCheck size={12} aria-hidden />}>
              {t("booth.read")}
            </Badge>
          ) : null}
        </Group>
        {find}
      </Group>
      {/* Screen readers hand their keys over only within an application; the sentence is all there is in this one. */}
      <section
        ref={ref}
        className="stage-sentence"
        role="application"
        aria-roledescription={t("booth.stage")}
        aria-labelledby="sentence"
        aria-describedby="stage-state"
        tabIndex={0}
      >
        <p id="sentence" lang={language}>
          {text}
        </p>
      </section>
      <div id="stage-state" className="stage-state">
        {speaking ? <IconPlayerRecordFilled size={18} aria-hidden className="stage-lamp" /> : null}
        <Text component="span">
          <StepWords step={step} />
        </Text>
      </div>
      {microphone ? <LevelMeter read={loudness} label={t("meter.label")} clippingLabel={t("meter.clipping")} /> : null}
      {controls}
      {children}
    </Paper>
  );
}
