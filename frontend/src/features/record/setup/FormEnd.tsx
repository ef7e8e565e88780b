import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Failed } from "@/ui/Failed";

interface EndParts {
  /** What the button does. */
  make: string;
  making: { isPending: boolean; error: unknown };
  onCancel: (() => void) | undefined;
}

/** The end of a form: why it did not work, the button that makes what was filled in, and the way back. */
export function FormEnd({ make, making, onCancel }: EndParts) {
  const { t } = useTranslation("record");
  return (
    <>
      {making.error ? <Failed error={making.error} /> : null}
      <Group gap="sm">
        <Button type="submit" loading={making.isPending}>
          {make}
        </Button>
        {onCancel ? (
          <Button variant="subtle" color="gray" onClick={onCancel}>
            {t("cancel")}
          </Button>
        ) : null}
      </Group>
    </>
  );
}
