import { Checkbox, Group, NativeSelect, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Columns, Previewed } from "@/features/import/queries";

interface ChoiceParts {
  table: NonNullable<Previewed["table"]>;
  /** null: as they were recognised. */
  chosen: Columns | null;
  choose: (columns: Columns) => void;
}

/** Which column is what: as recognised, until the person says otherwise. */
export function ColumnChoice({ table, chosen, choose }: ChoiceParts) {
  const { t } = useTranslation("import");
  const recognised: Columns = {
    name: table.columns.find((column) => column.role === "name")?.position ?? 0,
    text: table.columns.find((column) => column.role === "text")?.position ?? 1,
    speaker: table.columns.find((column) => column.role === "speaker")?.position ?? null,
    delimiter: "",
    header: table.header,
    table: "",
  };
  const now = chosen ?? recognised;
  const columns = table.columns.map((column) => ({
    value: String(column.position),
    label: `${column.position + 1}: ${column.title || column.samples[0] || ""}`.slice(0, 60),
  }));
  return (
    <Paper withBorder p="lg">
      <Stack>
        <div>
          <Title order={2} size="h4">
            {t("columns.title", { table: table.name })}
          </Title>
          <Text size="sm" c="dimmed">
            {t("columns.hint")}
          </Text>
        </div>
        <Group grow align="flex-start">
          <NativeSelect
            label={t("columns.file")}
            data={columns}
            value={String(now.name)}
            onChange={(event) => choose({ ...now, name: Number(event.currentTarget.value) })}
          />
          <NativeSelect
            label={t("columns.text")}
            data={columns}
            value={String(now.text)}
            onChange={(event) => choose({ ...now, text: Number(event.currentTarget.value) })}
          />
          <NativeSelect
            label={t("columns.speaker")}
            data={[{ value: "", label: t("columns.none") }, ...columns]}
            value={now.speaker === null || now.speaker === undefined ? "" : String(now.speaker)}
            onChange={(event) =>
              choose({ ...now, speaker: event.currentTarget.value === "" ? null : Number(event.currentTarget.value) })
            }
          />
        </Group>
        <Checkbox
          label={t("columns.header")}
          checked={now.header ?? false}
          onChange={(event) => choose({ ...now, header: event.currentTarget.checked })}
        />
      </Stack>
    </Paper>
  );
}
