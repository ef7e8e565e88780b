import { Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconCloudCheck, IconCloudUp } from "@tabler/icons-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLive } from "@/client/live";
import type { Take } from "../keep/database";
import { announce } from "../keep/news";
import { useCourier } from "../keep/useTakes";

interface PendingParts {
  takes: Take[];
  /** Whether the browser did not promise to keep them. */
  unpromised: boolean;
}

/** How many takes only this browser has, and why; and what to do where they are not safe there for good. */
export function Pending({ takes, unpromised }: PendingParts) {
  const { t } = useTranslation("record");
  const { reached } = useCourier();
  const { connected } = useLive();
  const waiting = takes.filter((take) => take.state === "waiting").length;
  const refused = takes.filter((take) => take.state === "refused").length;

  // A server that is back is not waited for.
  useEffect(() => {
    if (connected) {
      announce();
    }
  }, [connected]);

  const away = reached === false || !connected;
  return (
    <div role="status" className="pending" data-waiting={waiting}>
      <Group gap={8} wrap="nowrap" align="flex-start">
        {waiting > 0 ? <IconCloudUp size={18} aria-hidden /> : <IconCloudCheck size={18} aria-hidden />}
        <Text size="sm">
          {waiting === 0 ? t("pending.none") : t(away ? "pending.away" : "pending.waiting", { count: waiting })}
        </Text>
      </Group>
      {unpromised ? (
        <Text size="sm" c="dimmed" mt={4}>
          {t("pending.unpromised")}
        </Text>
      ) : null}
      {refused > 0 ? (
        <Group gap={8} wrap="nowrap" align="flex-start" mt={4} className="verdict-doubt">
          <IconAlertTriangle size={18} aria-hidden />
          <Text size="sm">{t("pending.refused", { count: refused })}</Text>
        </Group>
      ) : null}
    </div>
  );
}
