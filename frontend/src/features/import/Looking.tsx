import { Autocomplete, Button, Group, Stack, TextInput } from "@mantine/core";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { newKey } from "@/client/key";
import { ColumnChoice } from "@/features/import/ColumnChoice";
import { Foreseen } from "@/features/import/Foreseen";
import { beginImport, type Columns, languagesQuery, previewQuery } from "@/features/import/queries";
import { Failed } from "@/ui/Failed";
import { Waiting } from "@/ui/Waiting";

/** What would be taken, how the table is read, and under which name; then it is taken. */
export function Looking({ uploads, again }: { uploads: string[]; again: () => void }) {
  const { t } = useTranslation("import");
  const [name, setName] = useState("");
  const [language, setLanguage] = useState("");
  const [columns, setColumns] = useState<Columns | null>(null);
  const [key] = useState(newKey);
  const languages = useQuery(languagesQuery).data ?? [];
  const tag = /^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(language.trim()) ? language.trim() : "";
  const preview = useQuery({ ...previewQuery(uploads, columns, tag), placeholderData: keepPreviousData });
  const go = useNavigate();
  const beginning = useMutation({
    mutationFn: () => beginImport(uploads, name.trim(), language.trim(), columns, key),
    onSuccess: (job) => go({ to: "/import/$job", params: { job: String(job.id) } }),
  });

  if (!preview.data) {
    return preview.error ? <Failed error={preview.error} again={again} /> : <Waiting />;
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    beginning.mutate();
  };
  return (
    <Stack gap="lg">
      <Foreseen preview={preview.data} />
      {preview.data.table ? <ColumnChoice table={preview.data.table} chosen={columns} choose={setColumns} /> : null}
      {preview.error ? <Failed error={preview.error} /> : null}
      <form onSubmit={submit}>
        <Stack maw="40rem">
          <TextInput
            label={t("take.name")}
            description={t("take.nameHint")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required
            maxLength={60}
            autoComplete="off"
          />
          <Autocomplete
            label={t("take.language")}
            description={t("take.languageHint")}
            // What is written out in full has nothing left to choose, and its list would lie over the button.
            data={languages.includes(language.trim()) ? [] : languages}
            value={language}
            onChange={setLanguage}
            required
          />
          {beginning.error ? <Failed error={beginning.error} /> : null}
          <Group>
            <Button type="submit" loading={beginning.isPending} disabled={preview.data.usable === 0}>
              {t("take.begin", { count: preview.data.usable })}
            </Button>
            <Button variant="default" onClick={again}>
              {t("take.other")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}
