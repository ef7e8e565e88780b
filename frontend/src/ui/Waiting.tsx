import { Center, Loader } from "@mantine/core";
import { useTranslation } from "react-i18next";

export function Waiting() {
  const { t } = useTranslation("shell");
  return (
    <Center mih="30vh">
      <Loader role="status" aria-label={t("loading")} />
    </Center>
  );
}
