import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/dataset/detail/detail.module.css";
import { SayWord } from "@/features/dataset/detail/SayWord";
import { pronunciationQuery, type Recording } from "@/features/dataset/queries";
import type { Editing } from "@/features/dataset/useEditing";

interface TranscriptParts {
  recording: Recording;
  language: string;
  editing: Editing;
}

/** What is said, to be corrected; beside it what a voice would learn to say for it. */
export function Transcript({ recording, language, editing }: TranscriptParts) {
  const { t } = useTranslation("dataset");
  const [text, setText] = useState(recording.text);
  const [before, setBefore] = useState(recording.text);
  if (before !== recording.text) {
    // It was changed elsewhere, as by an undo: that is what is said now, unless something else is being written.
    setBefore(recording.text);
    if (text.trim() === before) {
      setText(recording.text);
    }
  }
  const [settled] = useDebouncedValue(text, 300);
  const { data: said } = useQuery({ ...pronunciationQuery(settled, language), placeholderData: keepPreviousData });
  const changed = text.trim() !== recording.text && text.trim() !== "";
  const save = () => {
    if (changed) {
      editing.change([{ id: recording.id, text: text.trim() }]);
    }
  };
  return (
    <Stack gap="xs">
      <Textarea
        label={t("detail.text")}
        description={t("detail.textHint")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            save();
          }
          if (event.key === "Escape") {
            setText(recording.text);
          }
        }}
        autosize
        maxLength={2000}
      />
      {changed ? (
        <Group gap="xs">
          <Button size="xs" onClick={save}>
            {t("detail.save")}
          </Button>
          <Button size="xs" variant="default" onClick={() => setText(recording.text)}>
            {t("detail.discard")}
          </Button>
        </Group>
      ) : null}
      {said ? (
        <div>
          <Text size="sm" fw={600}>
            {t("detail.phonemes")}
          </Text>
          <Text className={classes.phonemes} lang={language}>
            {said.sentences.join(" ")}
          </Text>
          {[...said.unsayable, ...said.unknown].length > 0 ? (
            <Text size="sm">{t("detail.unsayable", { signs: [...said.unsayable, ...said.unknown].join(" ") })}</Text>
          ) : null}
        </div>
      ) : null}
      <SayWord text={settled} language={language} />
    </Stack>
  );
}
