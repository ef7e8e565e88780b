import { Group, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";

interface PageParts {
  title: string;
  lead?: ReactNode;
  next?: ReactNode;
  children?: ReactNode;
}

/** The head of a room: what it is, one sentence on it, and the next step as the one prominent button. */
export function Page({ title, lead, next, children }: PageParts) {
  const { t } = useTranslation("shell");
  // Also in the title of the tab, which is what a screen reader says first, and what a history is read by.
  useEffect(() => {
    document.title = `${title} – ${t("name")}`;
    return () => {
      document.title = t("name");
    };
  }, [title, t]);
  return (
    <>
      <Group justify="space-between" align="flex-start" mb="lg" gap="md">
        {/* The words give way, and not the button, while there is room for both beside each other. */}
        <div style={{ flex: "1 1 18rem" }}>
          <Title order={1} size="h2">
            {title}
          </Title>
          {lead ? <Text c="dimmed">{lead}</Text> : null}
        </div>
        {next}
      </Group>
      {children}
    </>
  );
}
