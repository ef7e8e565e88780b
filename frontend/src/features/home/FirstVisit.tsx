import { Card, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconMicrophone, IconRobot, IconUpload } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { DemoButton } from "@/features/home/DemoButton";
import { LinkButton } from "@/ui/links";

/** An empty studio explains itself in three sentences, and offers three ways to begin. */
export function FirstVisit() {
  const { t } = useTranslation("home");
  return (
    <Stack gap="xl" py="xl">
      <div>
        <Title order={1} mb="md">
          {t("title")}
        </Title>
        <Text size="lg" maw="42rem">
          {t("lead")}
        </Text>
      </div>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Way icon={<IconMicrophone size={32} stroke={1.5} aria-hidden />} hint={t("recordHint")}>
          <LinkButton to="/record" size="md">
            {t("record")}
          </LinkButton>
        </Way>
        <Way icon={<IconUpload size={32} stroke={1.5} aria-hidden />} hint={t("importHint")}>
          <LinkButton to="/import" size="md" variant="default">
            {t("import")}
          </LinkButton>
        </Way>
        <Way icon={<IconRobot size={32} stroke={1.5} aria-hidden />} hint={t("demoHint")}>
          <DemoButton />
        </Way>
      </SimpleGrid>
    </Stack>
  );
}

function Way({ icon, hint, children }: { icon: ReactNode; hint: string; children: ReactNode }) {
  return (
    <Card withBorder padding="lg">
      <Stack h="100%" justify="space-between">
        <div>
          {icon}
          <Text mt="sm">{hint}</Text>
        </div>
        {children}
      </Stack>
    </Card>
  );
}
