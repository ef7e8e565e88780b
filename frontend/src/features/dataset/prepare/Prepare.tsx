import { Alert, Button, Group, NativeSelect, SimpleGrid, Stack, Text } from "@mantine/core";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { useJob } from "@/client/jobs";
import { newKey } from "@/client/key";
import { Foreseen } from "@/features/dataset/prepare/Foreseen";
import { prepareDataset, previewQuery } from "@/features/dataset/queries";
import { Failed } from "@/ui/Failed";
import { JobControls } from "@/ui/JobControls";
import { JobFailure } from "@/ui/JobFailure";
import { JobMark } from "@/ui/JobMark";
import { JobProgress } from "@/ui/JobProgress";
import { LinkButton } from "@/ui/links";
import { Waiting } from "@/ui/Waiting";

const QUALITIES = ["x_low", "low", "medium", "high"] as const;

/** What would be in the dataset and what not, before it is made; then the making of it. */
export function Prepare({ profiles }: { profiles: Schemas["Profile"][] }) {
  const { t } = useTranslation("dataset");
  const [name, setName] = useState(profiles.find((profile) => profile.kept > 0)?.name ?? "");
  const [quality, setQuality] = useState<(typeof QUALITIES)[number]>("medium");
  const [key] = useState(newKey);
  const preview = useQuery({ ...previewQuery(name, quality), placeholderData: keepPreviousData });
  // Another choice is another request, and the same one twice is the same job.
  const preparing = useMutation({
    mutationFn: () => prepareDataset(name, quality, `${key}-${encodeURIComponent(name)}-${quality}`),
  });
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NativeSelect
          label={t("prepare.of")}
          data={profiles.filter((profile) => profile.kept > 0).map((profile) => profile.name)}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          label={t("prepare.quality")}
          data={QUALITIES.map((one) => ({ value: one, label: t(`quality.${one}`) }))}
          value={quality}
          onChange={(event) => setQuality(event.currentTarget.value as typeof quality)}
        />
      </SimpleGrid>
      {preview.error ? <Failed error={preview.error} /> : null}
      {preview.data ? <Foreseen preview={preview.data} /> : preview.error ? null : <Waiting />}
      {preparing.error ? <Failed error={preparing.error} /> : null}
      {preparing.data ? (
        <Making id={preparing.data.id} />
      ) : (
        <Group>
          <Button
            onClick={() => preparing.mutate()}
            loading={preparing.isPending}
            disabled={!preview.data || preview.data.usable === 0}
          >
            {t("prepare.begin")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Making({ id }: { id: number }) {
  const { t } = useTranslation("dataset");
  const { data: job } = useJob(id);
  if (!job) {
    return <Waiting />;
  }
  return (
    <Stack aria-live="polite">
      <Group>
        <JobMark job={job} />
      </Group>
      {job.state === "done" ? (
        <Alert color="green" variant="light">
          <Group justify="space-between">
            <Text>{t("prepare.done", { name: String(job.result.dataset ?? "") })}</Text>
            <LinkButton to="/train">{t("prepare.train")}</LinkButton>
          </Group>
        </Alert>
      ) : (
        <JobProgress job={job} />
      )}
      <JobFailure job={job} />
      <JobControls job={job} />
    </Stack>
  );
}
