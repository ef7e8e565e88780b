import { Group, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { Part } from "@/features/system/Part";
import { clearBases } from "@/features/system/queries";
import { DeleteButton } from "@/ui/DeleteButton";
import { Facts } from "@/ui/Facts";
import { useFormat } from "@/ui/format";

/** Base checkpoints that were fetched, and how to be rid of them. */
export function Bases({ cache }: { cache: Schemas["CacheInfo"] }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  const queries = useQueryClient();
  return (
    <Part title={t("bases.title")}>
      {cache.checkpoints.length === 0 ? (
        <Text>{t("bases.none")}</Text>
      ) : (
        <>
          <Facts rows={cache.checkpoints.map((base) => [base.id, format.size(base.size)] as const)} />
          <Group>
            <DeleteButton
              label={t("bases.clear")}
              question={t("bases.question")}
              goes={t("bases.goes", { size: format.size(cache.total_size) })}
              remove={clearBases}
              removed={() => {
                void queries.invalidateQueries({ queryKey: ["system"] });
                void queries.invalidateQueries({ queryKey: ["checkpoints"] });
              }}
            />
          </Group>
        </>
      )}
    </Part>
  );
}
