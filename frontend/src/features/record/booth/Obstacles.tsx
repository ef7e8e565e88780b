import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconMicrophoneOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { CopyLine } from "@/ui/CopyLine";
import { useFormat } from "@/ui/format";
import type { Caution, Obstacle } from "../capture/obstacles";
import type { MicrophoneState } from "../capture/useMicrophone";

interface ObstaclesParts {
  equipment: MicrophoneState;
  failure: Obstacle | null;
  /** Whether this browser keeps what is recorded. */
  kept: boolean;
}

/** What stands between a person and a recording, and what is only not as it should be; each with its way out. */
export function Obstacles({ equipment, failure, kept }: ObstaclesParts) {
  const { t } = useTranslation("record");
  const obstacle = equipment.obstacle ?? failure ?? (kept ? null : "forgetful");
  return (
    <div aria-live="assertive">
      {obstacle ? (
        <Alert
          color="red"
          variant="light"
          mb="md"
          icon={<IconMicrophoneOff aria-hidden />}
          title={t(`obstacle.${obstacle}.title`)}
        >
          <Stack gap="xs" align="flex-start">
            <Text>{t(`obstacle.${obstacle}.way`)}</Text>
            {obstacle === "insecure" ? <CopyLine label={t("obstacle.command")} line="coaxial studio --tls" /> : null}
            {obstacle === "insecure" || obstacle === "unsupported" ? null : (
              <Button size="xs" variant="default" onClick={() => void equipment.open()} loading={equipment.opening}>
                {t("obstacle.again")}
              </Button>
            )}
          </Stack>
        </Alert>
      ) : null}
      {(equipment.microphone?.cautions ?? []).map((caution) => (
        <Alert key={caution.kind} color="yellow" variant="light" mb="md" icon={<IconAlertTriangle aria-hidden />}>
          <CautionWords caution={caution} />
        </Alert>
      ))}
    </div>
  );
}

function CautionWords({ caution }: { caution: Caution }) {
  const { t, i18n } = useTranslation("record");
  const format = useFormat();
  const kilohertz = (rate: number) => format.figure(rate / 1000);
  switch (caution.kind) {
    case "processing": {
      const names = caution.which.map((one) => t(`caution.${one}`));
      const which = new Intl.ListFormat(i18n.language, { type: "conjunction" }).format(names);
      return <>{t("caution.processing", { which })}</>;
    }
    case "lowRate":
      return <>{t("caution.lowRate", { rate: kilohertz(caution.rate) })}</>;
    case "otherRate":
      return <>{t("caution.otherRate", { rate: kilohertz(caution.rate), before: kilohertz(caution.before) })}</>;
  }
}
