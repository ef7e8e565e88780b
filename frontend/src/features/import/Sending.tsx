import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Found } from "@/features/import/files";
import type { Sent } from "@/features/import/sending";
import { useFormat } from "@/ui/format";

/** How much of the files has come to the server. */
export function Sending({ files, sent, cancel }: { files: Found[]; sent: Sent; cancel: () => void }) {
  const { t } = useTranslation("import");
  const format = useFormat();
  const total = files.reduce((sum, found) => sum + found.file.size, 0);
  const far = t("sending.far", {
    bytes: format.size(sent.bytes),
    total: format.size(total),
    files: format.count(sent.files),
    of: format.count(files.length),
  });
  return (
    <Stack maw="40rem">
      <Text>{t("sending.title")}</Text>
      <Progress value={total ? (100 * sent.bytes) / total : 0} size="lg" aria-label={t("sending.title")} />
      <Text size="sm" c="dimmed">
        {far}
      </Text>
      <Text size="sm" c="dimmed">
        {t("sending.resumes")}
      </Text>
      <Group>
        <Button variant="default" onClick={cancel}>
          {t("sending.cancel")}
        </Button>
      </Group>
    </Stack>
  );
}
