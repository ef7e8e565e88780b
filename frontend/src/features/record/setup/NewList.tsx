import { FileInput, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { newKey } from "@/client/key";
import { addList, addListFile, listsQuery } from "../queries";
import { AddedList } from "./AddedList";
import { FormEnd } from "./FormEnd";

interface NewListParts {
  language: string;
  onMade: (name: string) => void;
  onCancel: (() => void) | undefined;
}

/** Sentences of one's own: pasted, or from a text or CSV file. */
export function NewList({ language, onMade, onCancel }: NewListParts) {
  const { t } = useTranslation("record");
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | null>(null);

  const making = useMutation({
    mutationFn: () =>
      file
        ? addListFile(name.trim(), language, file, newKey())
        : addList({ name: name.trim(), language, text, builtin: false }, newKey()),
    onSuccess: async (added) => {
      await queries.invalidateQueries({ queryKey: listsQuery.queryKey });
      // What was not taken is told before anything goes on.
      if (added.rejected_total === 0 && added.notes.length === 0) {
        onMade(added.name);
      }
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };
  if (making.data) {
    const { data } = making;
    return (
      <AddedList added={data} onGood={data.added + data.known > 0 ? () => onMade(data.name) : () => making.reset()} />
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={t("list.name")}
          required
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="off"
        />
        <Textarea
          label={t("list.sentences")}
          description={t("list.sentencesHelp")}
          required={file === null}
          disabled={file !== null}
          autosize
          minRows={4}
          maxRows={12}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <FileInput
          label={t("list.file")}
          description={t("list.fileHelp")}
          accept=".txt,.csv,.tsv,text/plain,text/csv"
          clearable
          clearButtonProps={{ "aria-label": t("list.fileClear") }}
          value={file}
          onChange={setFile}
        />
        <FormEnd make={t("list.make")} making={making} onCancel={onCancel} />
      </Stack>
    </form>
  );
}
