import { Paper, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** Where there is nothing yet: what belongs here, and the step that brings it. */
export function Empty({ title, children, step }: { title: string; children?: ReactNode; step?: ReactNode }) {
  return (
    <Paper withBorder p="xl" radius="md">
      <Stack align="flex-start" gap="md" maw="38rem">
        <Title order={2} size="h3">
          {title}
        </Title>
        {children ? <Text>{children}</Text> : null}
        {step}
      </Stack>
    </Paper>
  );
}
