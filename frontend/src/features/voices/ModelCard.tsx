import { Anchor, Paper, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { VoiceDetail } from "@/features/voices/queries";
import { BrowserPlayer } from "@/ui/BrowserPlayer";
import { Facts as FactTable } from "@/ui/Facts";
import { useFormat } from "@/ui/format";

/** What the voice is made of, what may be done with it, and what it said when it was proven. */
export function ModelCard({ voice }: { voice: VoiceDetail }) {
  const { t } = useTranslation("voices");
  return (
    <Paper withBorder p="lg">
      <Title order={2} size="h4" mb="sm">
        {t("card.title")}
      </Title>
      <Stack>
        {voice.card ? <Facts voice={voice} card={voice.card} /> : <Text>{t("card.none")}</Text>}
        {voice.samples.length > 0 ? (
          <div>
            <Text size="sm" fw={600} mb="xs">
              {t("card.samples")}
            </Text>
            <Stack gap="sm">
              {voice.samples.map((sample) => (
                <figure key={sample.href} style={{ margin: 0 }}>
                  <figcaption>{sample.text}</figcaption>
                  <BrowserPlayer
                    source={sample.href}
                    label={sample.text}
                    style={{ width: "100%", maxWidth: "28rem" }}
                  />
                </figure>
              ))}
            </Stack>
          </div>
        ) : null}
      </Stack>
    </Paper>
  );
}

function Facts({ voice, card }: { voice: VoiceDetail; card: NonNullable<VoiceDetail["card"]> }) {
  const { t } = useTranslation("voices");
  const format = useFormat();
  const rows: [string, ReactNode][] = [
    [t("card.language"), `${card.language.name_native} (${voice.language})`],
    [t("card.quality"), `${card.quality}, ${format.count(card.sample_rate)} Hz`],
    [
      t("card.speech"),
      t("card.speechOf", { count: card.clips, clips: format.count(card.clips), span: format.span(card.seconds) }),
    ],
    [t("card.base"), card.base || t("card.scratch")],
    [t("card.baseLicence"), card.base_licence],
    [t("card.trained"), t("card.trainedTo", { step: format.count(card.step), epoch: format.count(card.epoch) })],
    [t("card.mel"), card.validation_mel === null ? "" : format.figure(card.validation_mel, 3)],
    [t("card.licence"), card.licence || t("card.notStated")],
    [t("card.consent"), card.consent || t("card.notStated")],
    [t("card.created"), format.date(card.created)],
    [
      t("card.proof"),
      t("card.proven", { count: card.proof.utterances, difference: format.magnitude(card.proof.largest_difference) }),
    ],
    [
      t("card.run"),
      voice.run ? (
        <Anchor key="run" href={`/train/${encodeURIComponent(voice.run)}`}>
          {voice.run}
        </Anchor>
      ) : (
        card.run
      ),
    ],
  ];
  return <FactTable rows={rows.filter(([, value]) => value !== "")} />;
}
