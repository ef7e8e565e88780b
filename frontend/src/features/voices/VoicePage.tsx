import { Button, Stack } from "@mantine/core";
import { IconFileZip } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { askAnew } from "@/client/anew";
import { ModelCard } from "@/features/voices/ModelCard";
import { removeVoice, voiceQuery } from "@/features/voices/queries";
import { TakeHome } from "@/features/voices/TakeHome";
import { TrySentence } from "@/features/voices/TrySentence";
import { DeleteButton } from "@/ui/DeleteButton";
import { Failed } from "@/ui/Failed";
import { LinkAnchor } from "@/ui/links";
import { Page } from "@/ui/Page";
import { Waiting } from "@/ui/Waiting";

export function VoicePage() {
  const { t } = useTranslation("voices");
  const { voice: name } = useParams({ from: "/voices/$voice" });
  const { data: voice, error, refetch } = useQuery(voiceQuery(name));
  const queries = useQueryClient();
  const go = useNavigate();
  if (!voice) {
    return <Page title={name}>{error ? <Failed error={error} again={() => void refetch()} /> : <Waiting />}</Page>;
  }
  return (
    <Page
      title={voice.name}
      lead={<LinkAnchor to="/voices">{t("all")}</LinkAnchor>}
      next={
        <Button component="a" href={voice.archive} download leftSection={<IconFileZip size={18} aria-hidden />}>
          {t("zip")}
        </Button>
      }
    >
      <Stack gap="xl">
        <TrySentence voice={voice} />
        <TakeHome voice={voice} />
        <ModelCard voice={voice} />
        <div>
          <DeleteButton
            question={t("delete", { name: voice.name })}
            goes={t("deleteGoes")}
            remove={() => removeVoice(voice.name)}
            removed={() => {
              void go({ to: "/voices" });
              queries.removeQueries({ queryKey: ["voices", voice.name] });
              askAnew(queries, { queryKey: ["voices"] });
              askAnew(queries, { queryKey: ["standing"] });
            }}
          />
        </div>
      </Stack>
    </Page>
  );
}
