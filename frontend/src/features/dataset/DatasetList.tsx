import { Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { askAnew } from "@/client/anew";
import type { Schemas } from "@/client/api";
import { datasetsQuery, removeDataset } from "@/features/dataset/queries";
import { DeleteButton } from "@/ui/DeleteButton";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";
import { LinkAnchor } from "@/ui/links";

/** What was prepared, the newest first. */
export function DatasetList() {
  const { t } = useTranslation("dataset");
  const { data: datasets, error, refetch } = useQuery(datasetsQuery);
  if (!datasets) {
    return error ? <Failed error={error} again={() => void refetch()} /> : null;
  }
  return (
    <Stack>
      <Title order={2} size="h4">
        {t("made.title")}
      </Title>
      {datasets.length === 0 ? <Text c="dimmed">{t("made.none")}</Text> : null}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {datasets.map((dataset) => (
          <Made key={dataset.name} dataset={dataset} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function Made({ dataset }: { dataset: Schemas["Dataset"] }) {
  const { t } = useTranslation("dataset");
  const format = useFormat();
  const queries = useQueryClient();
  return (
    <Card withBorder padding="lg">
      <Title order={3} size="h5">
        <LinkAnchor
          to="/dataset/$dataset"
          params={{ dataset: dataset.name }}
          inherit
          style={{ overflowWrap: "anywhere" }}
        >
          {dataset.name}
        </LinkAnchor>
      </Title>
      <Text size="sm" c="dimmed" mt="xs">
        {t("made.facts", {
          count: dataset.clips,
          clips: format.count(dataset.clips),
          span: format.span(60 * dataset.minutes),
          quality: dataset.quality,
          when: format.ago(dataset.created),
        })}
      </Text>
      <Group mt="md">
        <DeleteButton
          question={t("made.delete", { name: dataset.name })}
          goes={t("made.goes")}
          remove={() => removeDataset(dataset.name)}
          removed={() => {
            askAnew(queries, { queryKey: ["datasets"] });
            askAnew(queries, { queryKey: ["training"] });
          }}
        />
      </Group>
    </Card>
  );
}
