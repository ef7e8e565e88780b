import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconEar } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { hear } from "../keep/news";
import { type Recording, recognisedQuery } from "../queries";

interface MisreadParts {
  profile: string;
  promptList: string;
  go: (position: number) => void;
}

/** Takes that have just arrived and in which a recogniser hears another sentence than the one that was to be read. */
export function Misread({ profile, promptList, go }: MisreadParts) {
  const { t } = useTranslation("record");
  const [found, forget] = useMisread(profile, promptList);
  return (
    <div role="status">
      {found.length > 0 ? (
        <Alert
          variant="light"
          mb="md"
          icon={<IconEar aria-hidden />}
          title={t("misread.title", { count: found.length })}
          withCloseButton
          closeButtonLabel={t("misread.close")}
          onClose={() => forget(null)}
        >
          <Stack gap="xs" align="flex-start">
            <Text size="sm">{t("misread.why")}</Text>
            {found.map((take) => (
              <Text key={take.id} size="sm">
                <Button
                  variant="default"
                  size="compact-sm"
                  mr="xs"
                  onClick={() => {
                    forget(take.position);
                    go(take.position);
                  }}
                >
                  {t("misread.look")}
                </Button>
                {take.text}
              </Text>
            ))}
          </Stack>
        </Alert>
      ) : null}
    </div>
  );
}

/** The takes, and a way to say of one sentence, or all of them (null), that a person knows. */
function useMisread(profile: string, promptList: string): [Recording[], (position: number | null) => void] {
  const queries = useQueryClient();
  const [found, setFound] = useState<Recording[]>([]);
  const last = useRef<Promise<unknown>>(Promise.resolve());
  useEffect(() => {
    const look = async (take: Recording) => {
      const recognised = await queries.fetchQuery(recognisedQuery(take.id));
      setFound((before) => {
        const others = before.filter((one) => one.position !== take.position);
        return recognised.is_another ? [...others, take] : others;
      });
    };
    return hear(({ delivered }) => {
      const take = delivered as Recording | undefined;
      if (take?.profile === profile && take.prompt_list === promptList) {
        // One after the other: each takes some seconds of the studio's time. What cannot be listened to is left to the
        // person's own ears.
        last.current = last.current.then(() => look(take)).catch(() => undefined);
      }
    });
  }, [queries, profile, promptList]);
  const forget = (position: number | null) =>
    setFound((before) => before.filter((one) => position !== null && one.position !== position));
  // Those of another list are told where that list is read.
  return [found.filter((take) => take.profile === profile && take.prompt_list === promptList), forget];
}
