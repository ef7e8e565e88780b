import {
  type Icon,
  IconCircleCheck,
  IconCircleX,
  IconClockHour4,
  IconHourglass,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Job, JobState } from "@/client/jobs";
import { Mark } from "@/ui/Mark";

const ICONS: Record<JobState, [Icon, string?]> = {
  queued: [IconClockHour4],
  running: [IconPlayerPlay, "cyan"],
  paused: [IconPlayerPause, "yellow"],
  cancelling: [IconPlayerStop],
  cancelled: [IconPlayerStop],
  failed: [IconCircleX, "red"],
  done: [IconCircleCheck, "green"],
};

/** How a job stands, in an icon and a word, and what is wanted of it that is not so yet. */
export function JobMark({ job }: { job: Pick<Job, "state" | "wanted" | "waits_for"> }) {
  const { t } = useTranslation("jobs");
  const [icon, colour] = ICONS[job.state];
  if (job.state === "running" && job.wanted === "pause") {
    return (
      <Mark icon={IconHourglass} busy>
        {t("state.pausing")}
      </Mark>
    );
  }
  const busy = job.state === "running" || job.state === "cancelling";
  const waits = job.state === "queued" && job.waits_for;
  return (
    <Mark icon={icon} busy={busy} {...(colour ? { colour } : {})}>
      {waits ? t("state.waiting", { job: job.waits_for }) : t(`state.${job.state}`)}
    </Mark>
  );
}
