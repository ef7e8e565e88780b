import { Alert, Group, Select, Stack, Switch, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Blind } from "@/features/voices/compare/Blind";
import { SideBySide } from "@/features/voices/compare/SideBySide";
import { pairOf } from "@/features/voices/compare/trial";
import { voicesQuery } from "@/features/voices/queries";
import { Failed } from "@/ui/Failed";
import { LinkAnchor } from "@/ui/links";
import { Page } from "@/ui/Page";
import { Waiting } from "@/ui/Waiting";

/** Two voices, such as two checkpoints of one run, say the same sentence; blind, if one does not want to know which. */
export function ComparePage() {
  const { t } = useTranslation("voices");
  const { data: voices, error, refetch } = useQuery(voicesQuery);
  const [one, setOne] = useState<string | null>(null);
  const [other, setOther] = useState<string | null>(null);
  const [text, setText] = useState(t("compare.sentence"));
  const [blind, setBlind] = useState(true);
  const names = (voices ?? []).filter((voice) => voice.can_speak).map((voice) => voice.name);
  const [first, second] = pairOf(names, one, other);
  const parts = { one: first, other: second, text };

  return (
    <Page title={t("compare.title")} lead={<LinkAnchor to="/voices">{t("all")}</LinkAnchor>}>
      {error ? <Failed error={error} again={() => void refetch()} /> : null}
      {!voices && !error ? <Waiting /> : null}
      {voices && names.length < 2 ? <Alert color="cyan">{t("compare.tooFew")}</Alert> : null}
      {names.length > 1 ? (
        <Stack>
          <Group grow align="flex-start">
            <Select
              label={t("compare.one")}
              data={names}
              value={first}
              onChange={setOne}
              allowDeselect={false}
              searchable
            />
            <Select
              label={t("compare.other")}
              data={names.filter((name) => name !== first)}
              value={second}
              onChange={setOther}
              allowDeselect={false}
              searchable
            />
          </Group>
          <Textarea
            label={t("try.text")}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            maxLength={1000}
            autosize
          />
          <Switch
            label={t("compare.blind")}
            description={t("compare.blindHint")}
            checked={blind}
            onChange={(event) => setBlind(event.currentTarget.checked)}
          />
          {blind ? <Blind key={`${first} ${second}`} {...parts} /> : <SideBySide {...parts} />}
        </Stack>
      ) : null}
    </Page>
  );
}
