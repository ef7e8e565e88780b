import { Alert, Button, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { beginDemo } from "@/features/home/queries";
import { Failed } from "@/ui/Failed";
import { LinkAnchor } from "@/ui/links";

export function DemoButton() {
  const { t } = useTranslation("home");
  const demo = useMutation({ mutationFn: beginDemo });
  if (demo.isSuccess) {
    return (
      <Alert color="cyan" variant="light" role="status">
        {t("demoBegun")} <LinkAnchor to="/jobs">{t("toJobs")}</LinkAnchor>
      </Alert>
    );
  }
  return (
    <Stack>
      <Button variant="default" size="md" onClick={() => demo.mutate()} loading={demo.isPending}>
        {t("demo")}
      </Button>
      {demo.error ? <Failed error={demo.error} /> : null}
    </Stack>
  );
}
