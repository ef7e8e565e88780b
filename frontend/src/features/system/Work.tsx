import { Alert, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { Part } from "@/features/system/Part";
import { useFormat } from "@/ui/format";
import { LinkAnchor } from "@/ui/links";

/** The queue, and who works on it. */
export function Work({ system }: { system: Schemas["System"] }) {
  const { t } = useTranslation(["system", "jobs"]);
  const format = useFormat();
  const states = Object.entries(system.queue).filter(([, count]) => count > 0);
  return (
    <Part title={t("work.title")}>
      {system.workers.length === 0 ? (
        <Alert color="yellow" variant="light">
          {t("work.nobody")}
        </Alert>
      ) : null}
      {system.workers.map((worker) => (
        <div key={worker.name}>
          <Text fw={600}>{worker.host}</Text>
          <Text size="sm" c="dimmed">
            {t("work.worker", { takes: worker.takes, jobs: worker.jobs.length, seen: format.ago(worker.seen) })}
          </Text>
        </div>
      ))}
      <Text size="sm">
        {states.length === 0
          ? t("work.empty")
          : states.map(([state, count]) => `${t(`jobs:state.${state as "done"}`)}: ${format.count(count)}`).join(" · ")}
      </Text>
      <LinkAnchor to="/jobs" size="sm">
        {t("work.jobs")}
      </LinkAnchor>
    </Part>
  );
}
