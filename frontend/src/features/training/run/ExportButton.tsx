import { Button, Group, Stack } from "@mantine/core";
import { IconSpeakerphone } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useJob } from "@/client/jobs";
import { useExport } from "@/features/training/queries";
import { Failed } from "@/ui/Failed";
import { JobFailure } from "@/ui/JobFailure";
import { JobMark } from "@/ui/JobMark";
import { LinkButton } from "@/ui/links";

/** The next step of a training that stands: a voice of its best checkpoint. */
export function ExportButton({ run }: { run: string }) {
  const { t } = useTranslation("train");
  const exporting = useExport(run);
  const job = useJob(exporting.data?.id ?? null).data ?? exporting.data;
  const voice = job?.made.find((made) => made.what === "voice");
  if (voice && job?.state === "done") {
    return (
      <LinkButton to="/voices/$voice" params={{ voice: voice.name }}>
        {t("run.listen")}
      </LinkButton>
    );
  }
  const goes = job !== undefined && !["failed", "cancelled"].includes(job.state);
  return (
    <Stack gap="xs" align="flex-end">
      <Group gap="sm" aria-live="polite">
        {goes ? <JobMark job={job} /> : null}
        <Button
          leftSection={<IconSpeakerphone size={18} aria-hidden />}
          loading={exporting.isPending}
          disabled={goes}
          onClick={() => exporting.mutate()}
        >
          {t("run.export")}
        </Button>
      </Group>
      {exporting.error ? <Failed error={exporting.error} /> : null}
      {job ? <JobFailure job={job} /> : null}
    </Stack>
  );
}
