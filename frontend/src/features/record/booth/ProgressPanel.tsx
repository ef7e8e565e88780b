import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/ui/format";
import { coverageQuery } from "../queries";
import { nextGoal, stretches } from "./progress";

interface ProgressParts {
  profile: string;
  promptList: string;
  read: number;
  count: number;
}

/** How far it is: minutes of good speech toward three hours, and how much of the language they say. */
export function ProgressPanel({ profile, promptList, read, count }: ProgressParts) {
  const { t } = useTranslation("record");
  const format = useFormat();
  const { data } = useQuery(coverageQuery(promptList, profile));
  const minutes = data?.profile_good_minutes ?? 0;
  const goal = nextGoal(minutes);
  const spoken = (value: number) => format.span(value * 60);
  return (
    <Stack gap={6}>
      <Title order={2} size="h5">
        {t("progress.title")}
      </Title>
      <Text size="xl" fw={650} className="figures">
        {spoken(minutes)}
      </Text>
      <div className="stretches" aria-hidden>
        {stretches(minutes).map((stretch) => (
          <div key={stretch.to} className="stretch">
            <div className="stretch-bar">
              <div style={{ transform: `scaleX(${stretch.filled})` }} />
            </div>
            <Text size="xs" c="dimmed">
              {t(`progress.to${stretch.to as 30 | 120 | 180}`)}
            </Text>
          </div>
        ))}
      </div>
      <Text size="sm" c="dimmed">
        {goal
          ? t(`progress.goal${goal.minutes as 30 | 60 | 120 | 180}`, { left: spoken(goal.left) })
          : t("progress.enough")}
      </Text>
      <dl className="tally">
        <dt>{t("progress.sentences")}</dt>
        <dd>{t("progress.of", { some: format.count(read), all: format.count(count) })}</dd>
        {data ? (
          <>
            <dt>{t("progress.phonemes")}</dt>
            <dd>
              {t("progress.of", {
                some: format.count(data.said_phonemes),
                all: format.count(data.inventory ?? data.list_phonemes),
              })}
            </dd>
            <dt>{t("progress.diphones")}</dt>
            <dd>
              {t("progress.of", { some: format.count(data.said_diphones), all: format.count(data.list_diphones) })}
            </dd>
          </>
        ) : null}
      </dl>
    </Stack>
  );
}
