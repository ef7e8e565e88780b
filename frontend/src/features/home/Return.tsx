import { Card, List, SimpleGrid, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { nextStep } from "@/features/home/standing";
import { useFormat } from "@/ui/format";
import { LinkButton } from "@/ui/links";
import { Page } from "@/ui/Page";

interface Standing {
  profiles: Schemas["Profile"][];
  voices: Schemas["Voice"][];
}

const PLACES = { record: "/record", train: "/train", listen: "/voices" } as const;

/** Where the person stands, and the next step from there. */
export function Return({ profiles, voices }: Standing) {
  const { t } = useTranslation("home");
  const format = useFormat();
  const most = Math.max(0, ...profiles.map((profile) => profile.good_minutes));
  const step = nextStep(most, voices.length);
  const newest = [...voices].sort((one, other) => other.created.localeCompare(one.created))[0];
  return (
    <Page title={t("welcome")} lead={t(`next.${step}`)} next={<LinkButton to={PLACES[step]}>{t("go")}</LinkButton>}>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Card withBorder padding="lg">
          <Title order={2} size="h4" mb="sm">
            {t("speech")}
          </Title>
          <List listStyleType="none">
            {profiles.map((profile) => (
              <List.Item key={profile.name}>
                {t("speechOf", {
                  name: profile.name,
                  span: format.span(60 * profile.good_minutes),
                  takes: t("takes", { count: profile.kept }),
                })}
              </List.Item>
            ))}
          </List>
        </Card>
        {newest ? (
          <Card withBorder padding="lg">
            <Title order={2} size="h4" mb="sm">
              {t("voices")}
            </Title>
            <Text style={{ overflowWrap: "anywhere" }}>{t("newest", { name: newest.name })}</Text>
          </Card>
        ) : null}
      </SimpleGrid>
    </Page>
  );
}
