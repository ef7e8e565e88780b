import { Stack } from "@mantine/core";
import { IconMicrophone } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DatasetList } from "@/features/dataset/DatasetList";
import { PrepareButton } from "@/features/dataset/prepare/PrepareButton";
import { profilesQuery } from "@/features/dataset/queries";
import { Recordings } from "@/features/dataset/table/Recordings";
import { Empty } from "@/ui/Empty";
import { Failed } from "@/ui/Failed";
import { LinkButton } from "@/ui/links";
import { Page } from "@/ui/Page";
import { Waiting } from "@/ui/Waiting";

/** All recordings to look through, and the datasets that were made of them. */
export function DatasetPage() {
  const { t } = useTranslation("dataset");
  const { data: profiles, error, refetch } = useQuery(profilesQuery);
  const some = profiles?.some((profile) => profile.kept + profile.superseded + profile.excluded > 0);
  return (
    <Page title={t("title")} lead={t("lead")} next={some && profiles ? <PrepareButton profiles={profiles} /> : null}>
      {error && !profiles ? <Failed error={error} again={() => void refetch()} /> : null}
      {!profiles && !error ? <Waiting /> : null}
      {profiles && !some ? (
        <Empty
          title={t("empty.title")}
          step={
            <LinkButton to="/record" leftSection={<IconMicrophone size={18} aria-hidden />}>
              {t("empty.step")}
            </LinkButton>
          }
        >
          {t("empty.lead")}
        </Empty>
      ) : null}
      {profiles && some ? (
        <Stack gap="xl">
          <Recordings profiles={profiles} />
          <DatasetList />
        </Stack>
      ) : null}
    </Page>
  );
}
