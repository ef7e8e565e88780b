import { Button, Group, Stack } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Job, type Steering, useSteer } from "@/client/jobs";
import { Failed } from "@/ui/Failed";

const ICONS = { cancel: IconPlayerStop, pause: IconPlayerPause, resume: IconPlayerPlay, retry: IconRefresh };

/** What a person may ask of a job as it stands. */
export function possible({ state, wanted }: Pick<Job, "state" | "wanted">): Steering[] {
  switch (state) {
    case "queued":
      return ["pause", "cancel"];
    case "running":
      return wanted === "pause" ? ["resume", "cancel"] : ["pause", "cancel"];
    case "paused":
      return ["resume", "cancel"];
    case "failed":
    case "cancelled":
      return ["retry"];
    default:
      return [];
  }
}

interface ControlParts {
  job: Job;
  /** What a cancelling is called where it is more than that. */
  cancelLabel?: string;
  size?: "xs" | "sm";
}

/** The buttons that pause, resume, cancel and retry a job; what the server refuses is said under them. */
export function JobControls({ job, cancelLabel, size = "xs" }: ControlParts) {
  const { t } = useTranslation("jobs");
  const steer = useSteer(job.id);
  const words = (what: Steering) => (what === "cancel" && cancelLabel ? cancelLabel : t(`steer.${what}`));
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {possible(job).map((what) => {
          const Shown = ICONS[what];
          return (
            <Button
              key={what}
              size={size}
              variant="default"
              leftSection={<Shown size={16} aria-hidden />}
              loading={steer.isPending && steer.variables === what}
              disabled={steer.isPending}
              onClick={() => steer.mutate(what)}
              aria-label={t("steer.what", { what: words(what), job: job.id })}
            >
              {words(what)}
            </Button>
          );
        })}
      </Group>
      {steer.error ? <Failed error={steer.error} /> : null}
    </Stack>
  );
}
