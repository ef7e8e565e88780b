import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { recognisedQuery } from "../queries";

/** What a speech recogniser heard in a take, where the studio has one; words that differ are underlined. */
export function Recognised({ id }: { id: number }) {
  const { t } = useTranslation("record");
  const { data } = useQuery(recognisedQuery(id));
  if (!data?.recogniser) {
    return null;
  }
  const heard = data.words.filter((words) => words.heard !== "");
  return (
    <div>
      {data.is_another ? (
        <Text size="sm" className="verdict-doubt">
          {t("recognised.another")}
        </Text>
      ) : null}
      <Text size="sm" c="dimmed">
        {t(heard.length > 0 ? "recognised.heard" : "recognised.nothing")}
        {heard.map((words, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the words of one take never change.
          <span key={place}> {words.said === words.heard ? words.heard : <u>{words.heard}</u>}</span>
        ))}
      </Text>
    </div>
  );
}
