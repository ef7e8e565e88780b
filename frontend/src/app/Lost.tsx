import { useTranslation } from "react-i18next";
import { LinkButton } from "@/ui/links";
import { Page } from "@/ui/Page";

export function Lost() {
  const { t } = useTranslation("shell");
  return <Page title={t("problem.lost")} next={<LinkButton to="/">{t("problem.home")}</LinkButton>} />;
}
