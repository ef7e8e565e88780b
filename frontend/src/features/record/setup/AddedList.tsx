import { Button, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { Said } from "@/ui/Said";

/** How many rejected sentences are shown; who brings a book looks into it again anyway. */
const SHOWN = 20;

/** What became of sentences that were brought: how many are taken, and which are not and why. */
export function AddedList({ added, onGood }: { added: Schemas["Added"]; onGood: () => void }) {
  const { t } = useTranslation("record");
  return (
    <Stack gap="sm" role="status">
      <Text fw={600}>{t("list.added", { count: added.added })}</Text>
      {added.notes.map((note) => (
        <Text key={note} size="sm" lang="en">
          {note}
        </Text>
      ))}
      {added.rejected_total > 0 ? (
        <>
          <Text size="sm">{t("list.rejected", { count: added.rejected_total })}</Text>
          <ul className="rejected">
            {added.rejected.slice(0, SHOWN).map((one) => (
              <li key={one.line}>
                <Text size="sm">
                  {t("list.line", { line: one.line })}{" "}
                  <Said sentence={one.reason} words={t(`list.reason.${one.code as "empty"}`, { defaultValue: "" })} />
                </Text>
                <Text size="sm" c="dimmed" lineClamp={2}>
                  {one.text}
                </Text>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <Button onClick={onGood} className="start">
        {t("list.good")}
      </Button>
    </Stack>
  );
}
