import { type Icon, IconCircleCheck, IconCircleX, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { JobMark } from "@/ui/JobMark";
import { Mark } from "@/ui/Mark";

type Run = Schemas["Run"];

const ICONS: Record<Run["state"], [Icon, string]> = {
  running: [IconPlayerPlay, "cyan"],
  stopped: [IconPlayerPause, "yellow"],
  finished: [IconCircleCheck, "green"],
  failed: [IconCircleX, "red"],
};

/** How a run stands, in an icon and a word; what its job waits for says more than that it is stopped. */
export function RunMark({ run }: { run: Run }) {
  const { t } = useTranslation("train");
  const waits = run.state === "stopped" && run.job && ["queued", "paused"].includes(run.job.state);
  if (waits && run.job) {
    return <JobMark job={{ state: run.job.state, wanted: "run" }} />;
  }
  const [icon, colour] = ICONS[run.state];
  return (
    <Mark icon={icon} colour={colour} busy={run.state === "running"}>
      {t(`run.state.${run.state}`)}
    </Mark>
  );
}
