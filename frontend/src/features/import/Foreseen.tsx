import { Alert, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Previewed } from "@/features/import/queries";
import { RowTable } from "@/features/import/RowTable";
import { useFormat } from "@/ui/format";

/** What an import would take and what not, as far as can be known without listening. */
export function Foreseen({ preview }: { preview: Previewed }) {
  const { t } = useTranslation("import");
  const format = useFormat();
  const speakers = Object.entries(preview.speakers);
  return (
    <Paper withBorder p="lg">
      <Stack>
        <Title order={2} size="h4">
          {preview.title}
        </Title>
        <Text>
          {t("seen.counts", {
            usable: format.count(preview.usable),
            rows: format.count(preview.rows),
            recordings: format.count(preview.recordings),
          })}
        </Text>
        {speakers.length > 0 ? (
          <Text size="sm">
            {t("seen.speakers", {
              list: speakers.map(([speaker, rows]) => `${speaker} (${format.count(rows)})`).join(", "),
            })}
          </Text>
        ) : null}
        {preview.notes.length > 0 ? (
          <Alert color="cyan" variant="light">
            <List size="sm">
              {preview.notes.map((note) => (
                <List.Item key={note} lang="en">
                  {note}
                </List.Item>
              ))}
            </List>
          </Alert>
        ) : null}
        <RowTable rows={preview.first} caption={t("seen.first")} />
        {preview.rejected.length > 0 ? <RowTable rows={preview.rejected} caption={t("seen.rejected")} /> : null}
      </Stack>
    </Paper>
  );
}
