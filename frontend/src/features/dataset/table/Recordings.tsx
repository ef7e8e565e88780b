import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { Detail } from "@/features/dataset/detail/Detail";
import { EVERYTHING, recordingsQuery, type Shown } from "@/features/dataset/queries";
import { Filters } from "@/features/dataset/table/Filters";
import { Grid } from "@/features/dataset/table/Grid";
import { useEditing } from "@/features/dataset/useEditing";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";
import type { Plays } from "@/ui/SoundPlayer";
import { Waiting } from "@/ui/Waiting";

/** The table, and what is known of the row that is chosen in it. */
export function Recordings({ profiles }: { profiles: Schemas["Profile"][] }) {
  const { t } = useTranslation("dataset");
  const format = useFormat();
  const [shown, setShown] = useState<Shown>(EVERYTHING);
  const [chosen, setChosen] = useState<number | null>(null);
  const player = useRef<Plays>(null);
  const found = useInfiniteQuery({ ...recordingsQuery(shown), placeholderData: keepPreviousData });
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError } = found;
  const rows = data?.pages.flatMap((page) => page.items) ?? [];
  const editing = useEditing(rows);

  // The rest comes while the first rows are looked at, so that scrolling never waits; what failed is asked for by hand.
  const isThereMore = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;
  useEffect(() => {
    if (isThereMore) {
      void fetchNextPage();
    }
  }, [isThereMore, fetchNextPage]);

  if (!data) {
    return error ? <Failed error={error} again={() => void refetch()} /> : <Waiting />;
  }
  const row = rows.find((one) => one.id === chosen) ?? rows[0];
  return (
    <Stack>
      <Filters shown={shown} show={setShown} profiles={profiles} />
      <Group justify="space-between">
        <Text size="sm" c="dimmed" aria-live="polite">
          {t("table.count", { count: data.pages[0]?.total ?? 0, rows: format.count(data.pages[0]?.total ?? 0) })}{" "}
          {t("table.keys")}
        </Text>
        <Button
          variant="subtle"
          size="xs"
          leftSection={<IconArrowBackUp size={16} aria-hidden />}
          onClick={editing.undo}
          disabled={!editing.canUndo}
        >
          {t("table.undo")}
        </Button>
      </Group>
      {editing.error ? <Failed error={editing.error} /> : null}
      {isFetchNextPageError ? <Failed error={error} again={() => void fetchNextPage()} /> : null}
      {rows.length === 0 ? <Alert color="cyan">{t("table.none")}</Alert> : null}
      {row ? (
        <>
          <Grid
            rows={rows}
            chosen={row}
            choose={setChosen}
            play={() => player.current?.toggle()}
            change={editing.change}
            undo={editing.undo}
          />
          <Detail key={row.id} recording={row} profiles={profiles} editing={editing} player={player} />
        </>
      ) : null}
    </Stack>
  );
}
