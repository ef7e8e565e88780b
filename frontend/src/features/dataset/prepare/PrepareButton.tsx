import { Button, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDatabasePlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { Prepare } from "@/features/dataset/prepare/Prepare";

export function PrepareButton({ profiles }: { profiles: Schemas["Profile"][] }) {
  const { t } = useTranslation(["dataset", "shell"]);
  const [open, { open: show, close }] = useDisclosure(false);
  return (
    <>
      <Button leftSection={<IconDatabasePlus size={18} aria-hidden />} onClick={show}>
        {t("prepare.open")}
      </Button>
      <Modal
        opened={open}
        onClose={close}
        title={t("prepare.title")}
        size="xl"
        closeButtonProps={{ "aria-label": t("shell:actions.close") }}
      >
        <Prepare profiles={profiles} />
      </Modal>
    </>
  );
}
