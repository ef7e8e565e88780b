import { ActionIcon, Indicator as Badge, RingProgress, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useJobs } from "@/client/jobs";
import { useFormat } from "@/ui/format";

/** In the head of every page: how much is going on, and how far the first of it is. */
export function Indicator() {
  const { t } = useTranslation("jobs");
  const format = useFormat();
  const jobs = useJobs({ state: ["running", "cancelling"] }, 20);
  const going = jobs.data?.pages.flatMap((page) => page.items) ?? [];
  const first = going.at(-1);
  if (first === undefined) {
    return null;
  }
  const part = first.total ? Math.min(1, first.done / first.total) : null;
  const count = t("header.running", { count: going.length });
  const words = part === null ? count : `${count}. ${t("header.part", { part: format.percent(part) })}`;
  return (
    <Tooltip label={words}>
      <ActionIcon component={Link} to="/jobs" variant="subtle" color="gray" size="lg" aria-label={words}>
        <Badge label={going.length} size={16} disabled={going.length < 2}>
          <RingProgress
            size={28}
            thickness={4}
            roundCaps
            aria-hidden
            sections={[{ value: (part ?? 0.25) * 100, color: "cyan" }]}
            rootColor="light-dark(var(--mantine-color-gray-3), var(--mantine-color-dark-4))"
          />
        </Badge>
      </ActionIcon>
    </Tooltip>
  );
}
