import { IconArrowRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { LinkButton } from "@/ui/links";

/** On to the recordings, once there are enough to go on with. */
export function NextStep() {
  const { t } = useTranslation("record");
  return (
    <LinkButton to="/dataset" size="md" rightSection={<IconArrowRight size={20} aria-hidden />}>
      {t("setup.next")}
    </LinkButton>
  );
}
