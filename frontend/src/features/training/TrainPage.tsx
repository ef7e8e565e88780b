import { Group, Stack } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { BeginForm } from "@/features/training/begin/BeginForm";
import { useSpeech } from "@/features/training/begin/queries";
import { RunList } from "@/features/training/RunList";
import { Empty } from "@/ui/Empty";
import { Failed } from "@/ui/Failed";
import { LinkButton } from "@/ui/links";
import { Page } from "@/ui/Page";
import { Waiting } from "@/ui/Waiting";

/** Begin a training, and see those that were begun. */
export function TrainPage() {
  const { t } = useTranslation("train");
  return (
    <Page title={t("title")} lead={t("lead")}>
      <Stack gap="xl">
        <Begin />
        <RunList />
      </Stack>
    </Page>
  );
}

function Begin() {
  const { t } = useTranslation("train");
  const navigate = useNavigate();
  const speech = useSpeech();
  // With the form would go what was chosen in it: it stays, also while the server is away.
  if (speech.data === undefined) {
    return speech.error ? <Failed error={speech.error} again={() => void speech.refetch()} /> : <Waiting />;
  }
  if (speech.data.length === 0) {
    return (
      <Empty
        title={t("speech.none.title")}
        step={
          <Group>
            <LinkButton to="/record">{t("speech.none.record")}</LinkButton>
            <LinkButton to="/import" variant="default">
              {t("speech.none.import")}
            </LinkButton>
          </Group>
        }
      >
        {t("speech.none.text")}
      </Empty>
    );
  }
  return (
    <BeginForm
      speech={speech.data}
      onBegun={(job) => void navigate({ to: "/train/job/$job", params: { job: String(job) } })}
    />
  );
}
