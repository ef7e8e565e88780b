import { newKey } from "@/client/key";
import "./record.css";
import { Anchor, Button, Group, SimpleGrid, Text } from "@mantine/core";
import { IconMicrophone } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ENOUGH_MINUTES } from "@/features/home/standing";
import { Failed } from "@/ui/Failed";
import { Page } from "@/ui/Page";
import { Waiting } from "@/ui/Waiting";
import { begin } from "./keep/courier";
import { NextStep } from "./NextStep";
import { addList, builtinQuery, listsQuery, profilesQuery } from "./queries";
import { BUILTIN, ListChoice } from "./setup/ListChoice";
import { sameFamily } from "./setup/languages";
import { ProfileChoice } from "./setup/ProfileChoice";
import { rememberedChoice } from "./setup/remembered";

/** Who reads, and what; then the booth. */
export function RecordPage() {
  const { t } = useTranslation("record");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const profiles = useQuery(profilesQuery);
  const lists = useQuery(listsQuery);
  const builtin = useQuery(builtinQuery);
  const [wantedProfile, setProfile] = useState<string | null>(() => rememberedChoice()?.profile ?? null);
  const [wantedList, setList] = useState<string | null>(() => rememberedChoice()?.promptList ?? null);
  useEffect(begin, []);

  const profile = profiles.data?.find((one) => one.name === wantedProfile) ?? profiles.data?.[0];
  const fitting = (lists.data ?? []).filter((list) => list.language === profile?.language);
  const ready = builtin.data?.find((one) => profile && sameFamily(one.language, profile.language));
  const builtinName = `${t("list.builtinName")}-${profile?.language ?? ""}`;
  const offered = ready && !fitting.some((list) => list.name === builtinName) ? ready.sentences : null;
  const list =
    fitting.find((one) => one.name === wantedList)?.name ??
    (offered !== null && (wantedList === BUILTIN || fitting.length === 0) ? BUILTIN : (fitting[0]?.name ?? null));

  const entering = useMutation({
    mutationFn: async () => {
      if (profile === undefined || list === null) {
        return;
      }
      let name = list;
      if (list === BUILTIN) {
        const body = { name: builtinName, language: profile.language, builtin: true };
        name = (await addList(body, newKey())).name;
        await queries.invalidateQueries({ queryKey: listsQuery.queryKey });
      }
      await navigate({ to: "/record/$profile/$list", params: { profile: profile.name, list: name } });
    },
  });

  const isEnough = profile !== undefined && profile.good_minutes >= ENOUGH_MINUTES;
  const failed = [profiles, lists, builtin].find((query) => query.isError && query.data === undefined);
  if (failed) {
    return (
      <Page title={t("setup.title")}>
        <Failed error={failed.error} again={() => void failed.refetch()} />
      </Page>
    );
  }
  if (!profiles.data || !lists.data || !builtin.data) {
    return <Waiting />;
  }
  return (
    <Page
      title={t("setup.title")}
      lead={t(profile ? "setup.lead" : "setup.first")}
      next={
        profile && list ? (
          <Group gap="sm">
            <Button
              size="md"
              variant={isEnough ? "default" : "filled"}
              leftSection={<IconMicrophone size={20} aria-hidden />}
              onClick={() => entering.mutate()}
              loading={entering.isPending}
            >
              {t("setup.begin")}
            </Button>
            {isEnough ? <NextStep /> : null}
          </Group>
        ) : null
      }
    >
      {entering.isError ? <Failed error={entering.error} /> : null}
      <SimpleGrid cols={{ base: 1, md: profile ? 2 : 1 }} spacing="lg" maw={profile ? undefined : "40rem"}>
        <ProfileChoice profiles={profiles.data} chosen={profile?.name ?? null} onChoose={setProfile} />
        {profile ? (
          <ListChoice
            key={profile.language}
            language={profile.language}
            lists={fitting}
            builtin={offered}
            chosen={list}
            onChoose={setList}
          />
        ) : null}
      </SimpleGrid>
      <Text mt="lg" c="dimmed">
        {t("setup.import")}{" "}
        <Anchor component={Link} to="/import" underline="always">
          {t("setup.importLink")}
        </Anchor>
      </Text>
    </Page>
  );
}
