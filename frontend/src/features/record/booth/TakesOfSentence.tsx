import { Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Failed } from "@/ui/Failed";
import type { Place, Take } from "../keep/database";
import { recordingsQuery } from "../queries";
import { KeptTake } from "./KeptTake";
import { LocalTake } from "./LocalTake";

/** Every take of the sentence: what the server has, and what only this browser has yet. */
export function TakesOfSentence({ place, local }: { place: Place; local: Take[] }) {
  const { t } = useTranslation("record");
  const found = useQuery(recordingsQuery(place.profile, place.promptList, place.position));
  const mine = local.filter((take) => take.state !== "deciding").toReversed();
  const recordings = found.data ?? [];
  if (found.isError && mine.length === 0 && recordings.length === 0) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (mine.length === 0 && recordings.length === 0) {
    return null;
  }
  return (
    <Stack gap="xs" mt="lg">
      <Title order={2} size="h5">
        {t("takes.title")}
      </Title>
      <ul className="takes">
        {mine.map((take) => (
          <LocalTake key={take.id} take={take} />
        ))}
        {recordings.map((recording) => (
          <KeptTake key={recording.id} recording={recording} />
        ))}
      </ul>
    </Stack>
  );
}
