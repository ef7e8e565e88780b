import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { DeleteButton } from "@/ui/DeleteButton";
import type { Place, Take } from "../keep/database";
import { forget, isAt, send } from "../keep/takes";

interface UndecidedParts {
  takes: Take[];
  /** Where the person is: what is undecided there is on the stage. */
  here: Place;
  go: (position: number) => void;
}

/** How many are named one by one; of a whole evening's takes nobody reads a list. */
const NAMED = 3;

/** Takes of other sentences that were never decided on, because the tab was closed or something crashed. */
export function Undecided({ takes, here, go }: UndecidedParts) {
  const { t } = useTranslation("record");
  const undecided = takes.filter((take) => take.state === "deciding" && !isAt(take, here));
  if (undecided.length === 0) {
    return null;
  }
  return (
    <Alert
      variant="light"
      mb="md"
      icon={<IconHistory aria-hidden />}
      title={t("undecided.title", { count: undecided.length })}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t("undecided.why")}</Text>
        {undecided.slice(0, NAMED).map((take) => (
          <Text key={take.id} size="sm">
            {take.profile === here.profile && take.promptList === here.promptList ? (
              <Button variant="default" size="compact-sm" mr="xs" onClick={() => go(take.position)}>
                {t("undecided.hear")}
              </Button>
            ) : (
              <Button
                variant="default"
                size="compact-sm"
                mr="xs"
                component={Link}
                to="/record/$profile/$list"
                params={{ profile: take.profile, list: take.promptList } as never}
                search={{ at: take.position } as never}
              >
                {t("undecided.hear")}
              </Button>
            )}
            {take.text}
          </Text>
        ))}
        <Group gap="xs">
          <Button size="compact-sm" onClick={() => void Promise.all(undecided.map((take) => send(take.id)))}>
            {t("undecided.keep", { count: undecided.length })}
          </Button>
          <DeleteButton
            size="compact-sm"
            label={t("undecided.forget", { count: undecided.length })}
            question={t("undecided.forgetQuestion", { count: undecided.length })}
            goes={t("undecided.forgetGoes", { count: undecided.length })}
            remove={() => forget(undecided.map((take) => take.id))}
            removed={() => undefined}
          />
        </Group>
      </Stack>
    </Alert>
  );
}
