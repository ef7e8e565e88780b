import { Progress, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { Part } from "@/features/system/Part";
import { useFormat } from "@/ui/format";

/** What trains. */
export function Gpus({ gpus }: { gpus: Schemas["GpuNow"][] }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  return (
    <Part title={t("gpu.title")}>
      {gpus.length === 0 ? <Text>{t("gpu.none")}</Text> : null}
      {gpus.map((gpu) => {
        const used = t("gpu.memory", { used: format.size(gpu.memory_used), total: format.size(gpu.memory_total) });
        const facts = [
          gpu.busy === null || gpu.busy === undefined ? "" : t("gpu.busy", { part: format.percent(gpu.busy) }),
          gpu.temperature === null || gpu.temperature === undefined ? "" : `${format.count(gpu.temperature)} °C`,
          t("gpu.driver", { version: gpu.driver }),
        ];
        return (
          <div key={gpu.index}>
            <Text fw={600}>{gpu.name}</Text>
            <Progress value={(100 * gpu.memory_used) / gpu.memory_total} aria-label={used} my={4} />
            <Text size="sm">{used}</Text>
            <Text size="sm" c="dimmed">
              {facts.filter(Boolean).join(" · ")}
            </Text>
          </div>
        );
      })}
    </Part>
  );
}
