import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconDownload, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useJob } from "@/client/jobs";
import { BaseFacts } from "@/features/training/begin/BaseFacts";
import { BaseMark } from "@/features/training/begin/BaseMark";
import { type Base, byLanguage, fittingFirst, misfit } from "@/features/training/begin/bases";
import { useBases, useDownloadBase } from "@/features/training/queries";
import { Failed } from "@/ui/Failed";
import { useFormat } from "@/ui/format";
import { JobControls } from "@/ui/JobControls";
import { JobProgress } from "@/ui/JobProgress";
import { Said } from "@/ui/Said";
import { Waiting } from "@/ui/Waiting";

interface PickerParts {
  value: string | null;
  onChange: (id: string) => void;
  /** Of the speech, such as en-US; empty while none is chosen. */
  language: string;
  tier: string;
}

/** The base voices by language, what is known of the chosen one, and how it comes to this machine. */
export function BasePicker({ value, onChange, language, tier }: PickerParts) {
  const { t } = useTranslation("train");
  const bases = useBases();
  if (bases.data === undefined) {
    return bases.error ? <Failed error={bases.error} again={() => void bases.refetch()} /> : <Waiting />;
  }
  const chosen = bases.data.find((base) => base.id === value);
  return (
    <Stack gap="sm">
      <Voices bases={bases.data} value={value} onChange={onChange} language={language} tier={tier} />
      {bases.data.every((base) => misfit(base, tier) !== null) ? <Text size="sm">{t("base.noneFits")}</Text> : null}
      {chosen ? <BaseFacts base={chosen} /> : null}
      <Group gap="sm">
        {chosen ? <Download base={chosen} /> : null}
        <Button
          variant="default"
          leftSection={<IconRefresh size={18} aria-hidden />}
          loading={bases.isFetching}
          onClick={() => void bases.refetch()}
        >
          {t("base.refresh")}
        </Button>
      </Group>
      {bases.error ? <Failed error={bases.error} /> : null}
      {chosen ? <Coming base={chosen} /> : null}
    </Stack>
  );
}

function Voices({ bases, value, onChange, language, tier }: PickerParts & { bases: readonly Base[] }) {
  const { t, i18n } = useTranslation("train");
  const format = useFormat();
  const names = new Intl.DisplayNames(i18n.language, { type: "language" });
  const nameOf = (code: string) => names.of(code) ?? code;
  const known = new Map(bases.map((base) => [base.id, base]));
  return (
    <Select
      label={t("base.label")}
      description={t("base.description")}
      placeholder={t("base.placeholder")}
      value={value}
      onChange={(id) => id && onChange(id)}
      searchable
      allowDeselect={false}
      nothingFoundMessage={t("base.none")}
      data={byLanguage(bases, language, nameOf).map((group) => ({
        group: `${nameOf(group.language)} (${group.language})`,
        items: fittingFirst(group.bases, tier).map((base) => ({
          value: base.id,
          label: `${base.name} · ${base.quality} · ${group.language}`,
          disabled: misfit(base, tier) !== null,
        })),
      }))}
      renderOption={({ option }) => {
        const base = known.get(option.value);
        if (base === undefined) {
          return option.label;
        }
        const size = base.size ?? base.size_estimate;
        const why = misfit(base, tier);
        const facts = [base.quality, t(`base.gender.${genderOf(base)}`), size ? format.size(size) : "", base.licence];
        return (
          <Stack gap={0} w="100%">
            <Group justify="space-between" wrap="nowrap" gap="xs">
              <Text span fw={550}>
                {base.name}
              </Text>
              {why ? (
                <Text span size="sm">
                  {t(`base.misfit.${why}`)}
                </Text>
              ) : (
                <BaseMark base={base} />
              )}
            </Group>
            <Text span size="xs" c="dimmed" lineClamp={1}>
              {facts.filter(Boolean).join(" · ")}
            </Text>
          </Stack>
        );
      }}
    />
  );
}

/** "Download Selected Model"; where it is here already, that is said instead. */
function Download({ base }: { base: Base }) {
  const { t } = useTranslation("train");
  const download = useDownloadBase();
  const goes = ["queued", "running", "cancelling"].includes(base.download?.state ?? "");
  return (
    <>
      <Button
        variant="light"
        leftSection={<IconDownload size={18} aria-hidden />}
        disabled={base.downloaded || goes}
        loading={download.isPending}
        onClick={() => download.mutate(base)}
      >
        {t("base.download")}
      </Button>
      {download.error ? <Failed error={download.error} /> : null}
    </>
  );
}

/** The download that goes on, or why it does not. */
function Coming({ base }: { base: Base }) {
  const { t } = useTranslation(["train", "jobs"]);
  const { download } = base;
  const job = useJob(download && !base.downloaded ? download.job : null);
  if (!download || base.downloaded || download.state === "cancelled") {
    return (
      <Text size="sm" aria-live="polite">
        {base.downloaded ? t("base.ready", { name: base.name }) : t("base.later", { name: base.name })}
      </Text>
    );
  }
  return (
    <Stack gap="xs" aria-live="polite">
      {job.data ? <JobProgress job={job.data} /> : null}
      {job.data?.stage && download.state === "running" ? null : (
        <Text size="sm">
          <Said sentence={download.message} words={`${t(`jobs:state.${download.state}`)}.`} />
        </Text>
      )}
      {job.data ? <JobControls job={job.data} /> : null}
    </Stack>
  );
}

const GENDERS = ["Female", "Male", "Mixed", "Non-binary"] as const;

export function genderOf(base: Base): (typeof GENDERS)[number] | "Unknown" {
  return GENDERS.find((one) => one === base.gender) ?? "Unknown";
}
