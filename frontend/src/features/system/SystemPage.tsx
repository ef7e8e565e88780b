import { SimpleGrid, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Bases } from "@/features/system/Bases";
import { Checks } from "@/features/system/Checks";
import { Gpus } from "@/features/system/Gpus";
import { systemQuery } from "@/features/system/queries";
import { Storage } from "@/features/system/Storage";
import { Versions } from "@/features/system/Versions";
import { Work } from "@/features/system/Work";
import { Failed } from "@/ui/Failed";
import { Page } from "@/ui/Page";
import { Waiting } from "@/ui/Waiting";

/** What the studio stands on: GPU, disk, versions, workers, and where everything lies. */
export function SystemPage() {
  const { t } = useTranslation("system");
  const { data: system, error, refetch } = useQuery(systemQuery);
  return (
    <Page title={t("title")} lead={t("lead")}>
      <Stack>
        {error && !system ? <Failed error={error} again={() => void refetch()} /> : null}
        {!system && !error ? <Waiting /> : null}
        {system ? (
          // Two columns, each as long as its parts are: as rows, the longer part of each would leave a hole beside it.
          <SimpleGrid cols={{ base: 1, md: 2 }}>
            <Stack>
              <Gpus gpus={system.gpus} />
              <Work system={system} />
              <Storage system={system} />
            </Stack>
            <Stack>
              <Bases cache={system.cache} />
              <Versions system={system} />
            </Stack>
          </SimpleGrid>
        ) : null}
        <Checks />
      </Stack>
    </Page>
  );
}
