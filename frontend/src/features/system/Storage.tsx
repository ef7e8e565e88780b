import { Progress, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { Part } from "@/features/system/Part";
import { CopyLine } from "@/ui/CopyLine";
import { Facts } from "@/ui/Facts";
import { useFormat } from "@/ui/format";

/** Where everything lies, and how much room it takes. */
export function Storage({ system }: { system: Schemas["System"] }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  const { free, total } = system.disk;
  const words = t("storage.free", { free: format.size(free), total: format.size(total) });
  const sizes = Object.entries(system.sizes).filter(([, bytes]) => bytes > 0);
  return (
    <Part title={t("storage.title")}>
      <CopyLine line={system.data_dir} label={t("storage.place")} />
      <Progress value={total ? (100 * (total - free)) / total : 0} aria-label={words} />
      <Text size="sm">{words}</Text>
      <Facts rows={sizes.map(([kind, bytes]) => [t(`storage.${kind as "runs"}`, kind), format.size(bytes)] as const)} />
    </Part>
  );
}
