import { Card, Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** One part of what is known of the machine. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder padding="lg" component="section" aria-label={title}>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      <Stack gap="xs">{children}</Stack>
    </Card>
  );
}
