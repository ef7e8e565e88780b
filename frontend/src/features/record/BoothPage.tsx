import { Anchor, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ENOUGH_MINUTES } from "@/features/home/standing";
import { Empty } from "@/ui/Empty";
import { Failed } from "@/ui/Failed";
import { Page } from "@/ui/Page";
import { Waiting } from "@/ui/Waiting";
import { Booth } from "./booth/Booth";
import { inOrderOf } from "./booth/order";
import { begin } from "./keep/courier";
import { NextStep } from "./NextStep";
import { coverageQuery, listQuery, type Prompt, promptsQuery } from "./queries";
import { rememberChoice } from "./setup/remembered";

const route = getRouteApi("/record/$profile/$list");

/** Where one profile reads one prompt list. */
export function BoothPage() {
  const { t } = useTranslation("record");
  const { profile, list: name } = route.useParams();
  const { at, order = "coverage" } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(listQuery(name));
  const prompts = useQuery(promptsQuery(name, profile, order));

  const [here, go] = useSentence(`${profile}\n${name}\n${order}`, at, (position) =>
    navigate({ search: (before) => ({ ...before, at: position }), replace: true }),
  );
  useEffect(() => {
    begin();
    rememberChoice({ profile, promptList: name });
  }, [profile, name]);

  const ordered = useSteady(prompts.data, `${profile}\n${name}\n${order}`);
  // The same figure that the panel of progress shows; or there is nothing left to read.
  const minutes = useQuery(coverageQuery(name, profile)).data?.profile_good_minutes ?? 0;
  const isRead = (ordered?.length ?? 0) > 0 && ordered?.every((prompt) => prompt.recording !== null);
  const isEnough = minutes >= ENOUGH_MINUTES || isRead;
  const failed = [list, prompts].find((query) => query.isError && query.data === undefined);
  const room = () => {
    if (failed) {
      return <Failed error={failed.error} again={() => void failed.refetch()} />;
    }
    if (list.data === undefined || ordered === undefined) {
      return <Waiting />;
    }
    if (ordered.length === 0) {
      return (
        <Empty
          title={t("booth.empty")}
          step={
            <Button component={Link} to="/record">
              {t("booth.other")}
            </Button>
          }
        />
      );
    }
    return (
      <Booth
        profile={profile}
        promptList={name}
        language={list.data.language}
        prompts={ordered}
        at={here}
        go={go}
        order={order}
        onOrder={(wanted) => void navigate({ search: { order: wanted }, replace: true })}
      />
    );
  };
  return (
    <Page
      title={t("booth.title")}
      next={isEnough ? <NextStep /> : null}
      lead={
        <>
          {t("booth.lead", { profile, list: name })}{" "}
          <Anchor component={Link} to="/record" underline="always">
            {t("booth.other")}
          </Anchor>
        </>
      }
    >
      {room()}
    </Page>
  );
}

/** Which sentence is read: at once what was asked for, for the address takes its time, and a key that follows does not. */
function useSentence(list: string, address: number | undefined, tell: (position: number) => Promise<void>) {
  const [asked, setAsked] = useState<{ list: string; position: number } | null>(null);
  const go = (position: number) => {
    setAsked({ list, position });
    void tell(position);
  };
  return [asked?.list === list ? asked.position : address, go] as const;
}

/** Sentences in the order in which they first came: nothing moves under who reads. */
function useSteady(prompts: Prompt[] | undefined, list: string): Prompt[] | undefined {
  const first = useRef<{ list: string; prompts: Prompt[] } | null>(null);
  return useMemo(() => {
    if (prompts === undefined) {
      return undefined;
    }
    if (first.current?.list !== list) {
      first.current = { list, prompts };
    }
    return inOrderOf(first.current.prompts, prompts);
  }, [prompts, list]);
}
