import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page } from "@/ui/Page";

export function Lost() {
  const { t } = useTranslation("shell");
  return (
    <Page
      title={t("problem.lost")}
      next={
        <Button component={Link} to="/">
          {t("problem.home")}
        </Button>
      }
    />
  );
}
