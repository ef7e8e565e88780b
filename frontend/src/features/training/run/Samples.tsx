import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconMicrophone, IconStar } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useSamples } from "@/features/training/queries";
import { Clip } from "@/features/training/run/Clip";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";

interface SampleParts {
  run: string;
  trains: boolean;
  /** Step of the best checkpoint. */
  best: number | null;
  /** Step whose samples were asked for on the time axis, and how often. */
  asked: { step: number; times: number } | null;
}

/** The same sentences at every checkpoint, beside the real recording. */
export function Samples({ run, trains, best, asked }: SampleParts) {
  const { t } = useTranslation("train");
  const samples = useSamples(run, trains);
  const place = useRef<HTMLElement>(null);

  useEffect(() => {
    if (asked !== null) {
      const first = place.current?.querySelector<HTMLElement>(`[data-step="${asked.step}"] button`);
      first?.scrollIntoView({ block: "center" });
      first?.focus();
    }
  }, [asked]);

  return (
    <section aria-labelledby="samples" ref={place}>
      <Title order={2} size="h3" id="samples">
        {t("samples.title")}
      </Title>
      <Text c="dimmed" mb="sm">
        {t("samples.lead")}
      </Text>
      {samples.error ? <Failed error={samples.error} again={() => void samples.refetch()} /> : null}
      {samples.data?.every((sentence) => sentence.spoken.length === 0) ? <Text>{t("samples.empty")}</Text> : null}
      <Stack gap="sm">
        {samples.data?.map((sentence) => (
          <Sentence key={sentence.id} sentence={sentence} best={best} />
        ))}
      </Stack>
    </section>
  );
}

type Spoken = NonNullable<ReturnType<typeof useSamples>["data"]>[number];

function Sentence({ sentence, best }: { sentence: Spoken; best: number | null }) {
  const { t } = useTranslation("train");
  const format = useFormat();
  return (
    <Paper withBorder p="md">
      <Text mb="xs">{sentence.text}</Text>
      <Group gap="xs" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
        <li>
          <Clip
            source={sentence.recording}
            what={t("samples.recording")}
            sentence={sentence.text}
            caption={
              <Group gap={6} wrap="nowrap" component="span">
                <IconMicrophone size={14} aria-hidden />
                {t("samples.recording")}
              </Group>
            }
          />
        </li>
        {sentence.spoken.map(({ step, href }) => {
          const isBest = step === best;
          const words = t("samples.step", { step: format.count(step) });
          return (
            <li key={step} data-step={step}>
              <Clip
                source={href}
                what={isBest ? `${words} (${t("samples.best")})` : words}
                sentence={sentence.text}
                caption={
                  <Group gap={6} wrap="nowrap" component="span">
                    {isBest ? <IconStar size={14} aria-hidden /> : null}
                    {isBest ? `${format.count(step)} (${t("samples.best")})` : format.count(step)}
                  </Group>
                }
              />
            </li>
          );
        })}
      </Group>
    </Paper>
  );
}
