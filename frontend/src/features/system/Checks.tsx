import { Button, Group, List, Loader, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { Part } from "@/features/system/Part";
import { checkAgain, checksQuery } from "@/features/system/queries";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";

const MARKS = { ok: IconCircleCheck, warning: IconAlertTriangle, failed: IconCircleX };

/** Whether everything that the work needs does what it should, tried for real. */
export function Checks() {
  const { t } = useTranslation("system");
  const format = useFormat();
  const queries = useQueryClient();
  const { data, error } = useQuery(checksQuery);
  const again = useMutation({
    mutationFn: checkAgain,
    onSuccess: (checks) => queries.setQueryData(checksQuery.queryKey, checks),
  });
  const goesOn = data && !data.ended;
  return (
    <Part title={t("checks.title")}>
      {error && !data ? <Failed error={error} /> : null}
      <List
        listStyleType="none"
        aria-live="polite"
        spacing="xs"
        size="sm"
        styles={{ itemWrapper: { alignItems: "start" } }}
      >
        {data?.checks.map((check) => (
          <Check key={check.name} check={check} />
        ))}
      </List>
      <Group>
        {goesOn || !data ? <Loader size="sm" role="status" aria-label={t("checks.going")} /> : null}
        {data?.ended ? (
          <>
            <Button variant="default" size="xs" onClick={() => again.mutate()} loading={again.isPending}>
              {t("checks.again")}
            </Button>
            <Text size="sm" c="dimmed">
              {t("checks.when", { when: format.ago(data.ended) })}
            </Text>
          </>
        ) : null}
      </Group>
      {again.error ? <Failed error={again.error} /> : null}
    </Part>
  );
}

function Check({ check }: { check: Schemas["SystemCheck"] }) {
  const { t } = useTranslation("system");
  const Mark = MARKS[check.state];
  return (
    <List.Item icon={<Mark size={18} aria-label={t(`checks.${check.state}`)} />}>
      <span lang="en">
        <strong>{check.name}</strong>: {check.detail}
      </span>
      {check.remedy ? (
        <Text size="sm" c="dimmed" lang="en">
          {check.remedy}
        </Text>
      ) : null}
    </List.Item>
  );
}
