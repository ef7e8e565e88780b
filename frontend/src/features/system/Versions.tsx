import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { Part } from "@/features/system/Part";
import { Facts } from "@/ui/Facts";
import { useFormat } from "@/ui/format";

/** The machine and what runs on it, as one writes it into a report of a problem. */
export function Versions({ system }: { system: Schemas["System"] }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  const rows = [
    [t("versions.host"), system.host],
    [t("versions.system"), system.system],
    [t("versions.processors"), format.count(system.processors)],
    ...(system.memory ? [[t("versions.memory"), format.size(system.memory)] as const] : []),
    [t("versions.database"), system.database],
    [t("versions.broker"), system.broker],
    ...Object.entries(system.versions),
  ] as const;
  return (
    <Part title={t("versions.title")}>
      <Facts rows={rows as readonly (readonly [string, string])[]} />
    </Part>
  );
}
