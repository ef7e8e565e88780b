import { IconCircleCheck, IconCircleX, IconCloud, IconDownload, IconPlayerPause } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Base } from "@/features/training/begin/bases";
import { useFormat } from "@/ui/format";
import { Mark } from "@/ui/Mark";

/** Whether a base is on this machine, and how its download stands. */
export function BaseMark({ base }: { base: Base }) {
  const { t } = useTranslation("train");
  const format = useFormat();
  const { download } = base;
  if (base.downloaded) {
    return (
      <Mark icon={IconCircleCheck} colour="green">
        {t("base.mark.here")}
      </Mark>
    );
  }
  if (download?.state === "running" || download?.state === "queued" || download?.state === "cancelling") {
    const part = download.total_bytes ? format.percent(download.bytes / download.total_bytes) : "";
    return (
      <Mark icon={IconDownload} busy>
        {download.state === "running" ? t("base.mark.coming", { part }).trim() : t("base.mark.waiting")}
      </Mark>
    );
  }
  if (download?.state === "failed") {
    return (
      <Mark icon={IconCircleX} colour="red">
        {t("base.mark.failed")}
      </Mark>
    );
  }
  if (download?.state === "paused" || base.bytes_on_disk > 0) {
    return <Mark icon={IconPlayerPause}>{t("base.mark.partly", { size: format.size(base.bytes_on_disk) })}</Mark>;
  }
  return <Mark icon={IconCloud}>{t("base.mark.away")}</Mark>;
}
