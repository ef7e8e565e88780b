import { Group, Loader, Text } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

interface MarkParts {
  icon: Icon;
  children: ReactNode;
  /** Of the icon alone: the word says the same. */
  colour?: string;
  /** Something goes on at this moment. */
  busy?: boolean;
}

/** How something stands: an icon and a word. */
export function Mark({ icon: Shown, children, colour, busy }: MarkParts) {
  return (
    <Group gap={6} wrap="nowrap" component="span" display="inline-flex">
      {busy ? (
        <Loader size={14} aria-hidden />
      ) : (
        <Shown size={17} color={colour ? `var(--mantine-color-${colour}-text)` : undefined} aria-hidden />
      )}
      <Text span size="sm">
        {children}
      </Text>
    </Group>
  );
}
