import { Button, NativeSelect, Stack, Switch, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/ui/format";
import type { MicrophoneState } from "../capture/useMicrophone";
import type { Order } from "../queries";

interface EquipmentParts {
  equipment: MicrophoneState;
  countdown: boolean;
  onCountdown: (wanted: boolean) => void;
  order: Order;
  onOrder: (order: Order) => void;
  /** Undefined while something else is heard. */
  measureRoom: (() => void) | undefined;
}

/** Which microphone is heard, and how the person likes to read. */
export function Equipment(parts: EquipmentParts) {
  const { equipment, countdown, onCountdown, order, onOrder, measureRoom } = parts;
  const { t } = useTranslation("record");
  const format = useFormat();
  const { microphone, devices, device } = equipment;
  const named = devices.map((one, index) => ({
    value: one.deviceId,
    label: one.label || t("equipment.nameless", { number: index + 1 }),
  }));
  // Where it is not, the first of the others would seem to be chosen, and could not be.
  const isThere = named.some((one) => one.value === device);
  return (
    <Stack gap="sm">
      <Title order={2} size="h5">
        {t("equipment.title")}
      </Title>
      {named.length > 0 ? (
        <NativeSelect
          label={t("equipment.microphone")}
          data={isThere ? named : [{ value: "", label: t("equipment.choose") }, ...named]}
          value={isThere ? device : ""}
          onChange={(event) => equipment.choose(event.currentTarget.value)}
          disabled={measureRoom === undefined}
        />
      ) : null}
      {microphone ? (
        <Text size="sm" c="dimmed">
          {t("equipment.rate", { rate: format.figure(microphone.rate / 1000) })}
        </Text>
      ) : null}
      <NativeSelect
        label={t("equipment.order")}
        data={[
          { value: "coverage", label: t("equipment.coverage") },
          { value: "list", label: t("equipment.list") },
        ]}
        value={order}
        onChange={(event) => onOrder(event.currentTarget.value === "list" ? "list" : "coverage")}
        disabled={measureRoom === undefined}
      />
      <Switch
        label={t("equipment.countdown")}
        checked={countdown}
        onChange={(event) => onCountdown(event.currentTarget.checked)}
      />
      {microphone ? (
        <Button variant="default" size="sm" onClick={measureRoom} disabled={measureRoom === undefined}>
          {t("do.listen")}
        </Button>
      ) : null}
    </Stack>
  );
}
