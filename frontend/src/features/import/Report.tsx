import { Anchor, Button, Group, List, SegmentedControl, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Outcome, reportQuery } from "@/features/import/queries";
import { RowTable } from "@/features/import/RowTable";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";
import { Waiting } from "@/ui/Waiting";

const OUTCOMES = ["all", "taken", "rejected", "warned"] as const;

/** What was taken, what was not, and why. */
export function Report({ job }: { job: number }) {
  const { t } = useTranslation("import");
  const format = useFormat();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = useInfiniteQuery(
    reportQuery(job, outcome),
  );
  const first = data?.pages[0];
  if (!first) {
    return error ? <Failed error={error} again={() => void refetch()} /> : <Waiting />;
  }
  return (
    <Stack>
      <Text>
        {t("report.counts", {
          taken: format.count(first.taken),
          rejected: format.count(first.rejected),
          warned: format.count(first.warned),
          span: format.span(60 * first.minutes_taken),
        })}
      </Text>
      {first.notes.length > 0 ? (
        <List size="sm">
          {first.notes.map((note) => (
            <List.Item key={note} lang="en">
              {note}
            </List.Item>
          ))}
        </List>
      ) : null}
      <Group justify="space-between">
        <SegmentedControl
          aria-label={t("report.show")}
          data={OUTCOMES.map((one) => ({ value: one, label: t(`report.${one}`) }))}
          value={outcome ?? "all"}
          onChange={(value) => setOutcome(value === "all" ? null : (value as Outcome))}
        />
        <Anchor href={`/api/imports/${job}/report.csv`} download>
          {t("report.csv")}
        </Anchor>
      </Group>
      <RowTable rows={data.pages.flatMap((page) => page.items)} caption={t("report.rows", { count: first.total })} />
      {hasNextPage ? (
        <Group>
          <Button variant="default" onClick={() => void fetchNextPage()} loading={isFetchingNextPage}>
            {t("report.more")}
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}
