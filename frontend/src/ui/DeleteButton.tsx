import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Failed } from "@/ui/Failed";

interface DeleteParts {
  /** What the question is about, such as "Delete the voice anna?". */
  question: string;
  /** What goes with it, in a sentence. */
  goes: string;
  remove: () => Promise<unknown>;
  removed: () => void;
  label?: string;
  size?: "sm" | "compact-sm";
}

/** Deleting asks, and says what goes. */
export function DeleteButton({ question, goes, remove, removed, label, size = "sm" }: DeleteParts) {
  const { t } = useTranslation("shell");
  const [asked, { open, close }] = useDisclosure(false);
  const removing = useMutation({
    mutationFn: remove,
    onSuccess: () => {
      close();
      removed();
    },
  });
  return (
    <>
      <Button variant="default" size={size} leftSection={<IconTrash size={18} aria-hidden />} onClick={open}>
        {label ?? t("actions.delete")}
      </Button>
      <Modal
        opened={asked}
        onClose={close}
        title={question}
        centered
        closeButtonProps={{ "aria-label": t("actions.close") }}
      >
        <Stack>
          <Text>{goes}</Text>
          {removing.error ? <Failed error={removing.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              {t("actions.cancel")}
            </Button>
            <Button color="red" onClick={() => removing.mutate()} loading={removing.isPending}>
              {t("actions.delete")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
