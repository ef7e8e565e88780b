import { ActionIcon, Code, CopyButton, Group, Text, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

/** A line to run elsewhere, with a button that copies it. */
export function CopyLine({ line, label }: { line: string; label: string }) {
  const { t } = useTranslation("shell");
  return (
    <div>
      <Text size="sm" mb={4}>
        {label}
      </Text>
      <Group wrap="nowrap" gap="xs" align="flex-start">
        <Code block flex={1} style={{ overflowX: "auto" }} tabIndex={0} aria-label={label}>
          {line}
        </Code>
        <CopyButton value={line}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? t("actions.copied") : t("actions.copy")}>
              <ActionIcon variant="default" size="lg" onClick={copy} aria-label={`${t("actions.copy")}: ${label}`}>
                {copied ? <IconCheck size={18} aria-hidden /> : <IconCopy size={18} aria-hidden />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      </Group>
    </div>
  );
}
