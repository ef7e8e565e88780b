import { Button, Paper, Radio, Stack, Text, Title } from "@mantine/core";
import { IconPlaylistAdd } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/ui/format";
import type { PromptList } from "../queries";
import { nameOfLanguage } from "./languages";
import { NewList } from "./NewList";

interface ListChoiceParts {
  language: string;
  /** Those in the language. */
  lists: PromptList[];
  /** How many sentences come along for it, where they are not a list yet. */
  builtin: number | null;
  chosen: string | null;
  onChoose: (name: string) => void;
}

/** Stands for the sentences that come along, as long as they are no list. */
export const BUILTIN = "\n";

/** What will be read. */
export function ListChoice({ language, lists, builtin, chosen, onChoose }: ListChoiceParts) {
  const { t, i18n } = useTranslation("record");
  const format = useFormat();
  const [adding, setAdding] = useState(false);
  const none = lists.length === 0 && builtin === null;
  return (
    <Paper withBorder radius="lg" p="lg">
      <Stack gap="md">
        <Title order={2} size="h4">
          {t("list.title")}
        </Title>
        {none ? (
          <Text>{t("list.none", { language: nameOfLanguage(language, i18n.language) })}</Text>
        ) : (
          <Radio.Group value={chosen} onChange={onChoose} aria-label={t("list.title")}>
            <Stack gap="xs">
              {builtin === null ? null : (
                <Radio
                  value={BUILTIN}
                  label={t("list.builtin")}
                  description={t("list.builtinAbout", { sentences: format.count(builtin) })}
                />
              )}
              {lists.map((list) => (
                <Radio
                  key={list.name}
                  value={list.name}
                  label={list.name}
                  description={t("list.about", { count: list.prompts })}
                />
              ))}
            </Stack>
          </Radio.Group>
        )}
        {adding || none ? (
          <NewList
            language={language}
            onMade={(name) => {
              setAdding(false);
              onChoose(name);
            }}
            onCancel={none ? undefined : () => setAdding(false)}
          />
        ) : (
          <Button
            variant="default"
            leftSection={<IconPlaylistAdd size={18} aria-hidden />}
            onClick={() => setAdding(true)}
            className="start"
          >
            {t("list.new")}
          </Button>
        )}
      </Stack>
    </Paper>
  );
}
