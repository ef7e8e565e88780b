import { Button, Text } from "@mantine/core";
import { IconBell, IconBellRinging } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { useNotice } from "@/features/training/run/useNotice";

/** Asks the browser for a notice at the end of a training, when a person asks for it. */
export function NoticeButton({ notice }: { notice: ReturnType<typeof useNotice> }) {
  const { t } = useTranslation("train");
  if (notice.wanted && notice.allowed === "denied") {
    return (
      <Text size="sm" c="dimmed" role="status">
        {t("notice.denied")}
      </Text>
    );
  }
  const on = notice.wanted && notice.allowed === "granted";
  return (
    <Button
      size="xs"
      variant={on ? "light" : "default"}
      leftSection={on ? <IconBellRinging size={16} aria-hidden /> : <IconBell size={16} aria-hidden />}
      aria-pressed={on}
      onClick={() => void notice.ask()}
    >
      {t(on ? "notice.on" : "notice.ask")}
    </Button>
  );
}
