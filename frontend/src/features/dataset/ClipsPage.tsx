import { Button, Group, List, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSchool } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/dataset/prepare/clips.module.css";
import { clipsQuery, datasetQuery } from "@/features/dataset/queries";
import { BrowserPlayer } from "@/ui/BrowserPlayer";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";
import { LinkAnchor, LinkButton } from "@/ui/links";
import { Page } from "@/ui/Page";
import { Said } from "@/ui/Said";
import { Waiting } from "@/ui/Waiting";

/** One dataset: its clips as the network hears and reads them, and what was left out. */
export function ClipsPage() {
  const { t } = useTranslation("dataset");
  const name = useParams({ from: "/dataset/$dataset" }).dataset;
  const format = useFormat();
  const { data: dataset, error, refetch } = useQuery(datasetQuery(name));
  if (!dataset) {
    return <Page title={name}>{error ? <Failed error={error} again={() => void refetch()} /> : <Waiting />}</Page>;
  }
  return (
    <Page
      title={dataset.name}
      lead={<LinkAnchor to="/dataset">{t("clips.all")}</LinkAnchor>}
      next={
        <LinkButton to="/train" leftSection={<IconSchool size={18} aria-hidden />}>
          {t("prepare.train")}
        </LinkButton>
      }
    >
      <Stack gap="lg">
        <Text>
          {t("clips.facts", {
            clips: format.count(dataset.clips),
            span: format.span(60 * dataset.minutes),
            held: format.count(dataset.held_out),
            quality: dataset.quality,
          })}
        </Text>
        {dataset.left_out.length > 0 ? (
          <div>
            <Title order={2} size="h5">
              {t("prepare.leftOut", { count: dataset.left_out.length })}
            </Title>
            <List size="sm">
              {dataset.left_out.slice(0, 50).map((one) => (
                <List.Item key={one.clip}>
                  {one.clip}: <Said sentence={one.reason} />
                </List.Item>
              ))}
            </List>
          </div>
        ) : null}
        <Clips name={dataset.name} />
      </Stack>
    </Page>
  );
}

function Clips({ name }: { name: string }) {
  const { t } = useTranslation("dataset");
  const format = useFormat();
  const [words, setWords] = useState("");
  const [search] = useDebouncedValue(words.trim(), 250);
  // What was found before stays until the next is there: with the table, the field would go that is being written in.
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    ...clipsQuery(name, search),
    placeholderData: keepPreviousData,
  });
  if (!data) {
    return error ? <Failed error={error} again={() => void refetch()} /> : <Waiting />;
  }
  const clips = data.pages.flatMap((page) => page.items);
  return (
    <Stack>
      <TextInput
        label={t("filter.search")}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        maw="24rem"
      />
      <section className={classes.wide} tabIndex={0} aria-label={t("clips.title")}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              {(["sound", "text", "seconds"] as const).map((column) => (
                <Table.Th key={column}>{t(`clips.${column}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {clips.map((clip) => (
              <Table.Tr key={clip.id}>
                <Table.Td>
                  <BrowserPlayer source={clip.audio} label={clip.text} className={classes.sound} />
                </Table.Td>
                <Table.Td>
                  {clip.text}
                  <Text size="sm" c="dimmed">
                    {clip.phonemes}
                    {clip.held_out ? ` · ${t("clips.heldOut")}` : ""}
                  </Text>
                </Table.Td>
                <Table.Td>{format.tenths(clip.seconds)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      <Text role="status" c="dimmed">
        {clips.length === 0 ? t("clips.none") : null}
      </Text>
      {hasNextPage ? (
        <Group>
          <Button variant="default" onClick={() => void fetchNextPage()} loading={isFetchingNextPage}>
            {t("clips.more")}
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}
