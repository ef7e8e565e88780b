import { Badge, Button, Card, Group, SimpleGrid, Text, Title } from "@mantine/core";
import { IconScale, IconSchool } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Voice, voicesQuery } from "@/features/voices/queries";
import { Empty } from "@/ui/Empty";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";
import { LinkAnchor, LinkButton } from "@/ui/links";
import { Page } from "@/ui/Page";
import { Waiting } from "@/ui/Waiting";

export function VoicesPage() {
  const { t } = useTranslation("voices");
  const { data: voices, error, refetch } = useQuery(voicesQuery);
  const compare =
    voices && voices.length > 1 ? (
      <LinkButton to="/voices/compare" leftSection={<IconScale size={18} aria-hidden />}>
        {t("compare.open")}
      </LinkButton>
    ) : null;
  return (
    <Page title={t("title")} lead={t("lead")} next={compare}>
      {error ? <Failed error={error} again={() => void refetch()} /> : null}
      {!voices && !error ? <Waiting /> : null}
      {voices?.length === 0 ? (
        <Empty
          title={t("empty.title")}
          step={
            <Button component="a" href="/train" leftSection={<IconSchool size={18} aria-hidden />}>
              {t("empty.step")}
            </Button>
          }
        >
          {t("empty.lead")}
        </Empty>
      ) : null}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {voices?.map((voice) => (
          <VoiceCard key={voice.name} voice={voice} />
        ))}
      </SimpleGrid>
    </Page>
  );
}

function VoiceCard({ voice }: { voice: Voice }) {
  const { t } = useTranslation("voices");
  const format = useFormat();
  return (
    <Card withBorder padding="lg">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Title order={2} size="h4">
          <LinkAnchor to="/voices/$voice" params={{ voice: voice.name }} inherit style={{ overflowWrap: "anywhere" }}>
            {voice.name}
          </LinkAnchor>
        </Title>
        {voice.can_speak ? null : (
          <Badge color="red" variant="light">
            {t("damaged")}
          </Badge>
        )}
      </Group>
      <Text size="sm" c="dimmed" mt="xs">
        {[
          voice.language,
          voice.quality,
          voice.sample_rate ? `${format.count(voice.sample_rate)} Hz` : "",
          format.size(voice.size),
        ]
          .filter(Boolean)
          .join(" · ")}
      </Text>
      <Text size="sm" c="dimmed">
        {t("made", { when: format.ago(voice.created), run: voice.run || t("goneRun"), checkpoint: voice.checkpoint })}
      </Text>
    </Card>
  );
}
