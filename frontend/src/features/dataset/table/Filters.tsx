import { NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import { FLAGS } from "@/client/flags";
import type { Shown } from "@/features/dataset/queries";
import classes from "@/features/dataset/table/table.module.css";

const STATES = ["", "kept", "excluded", "superseded"] as const;
const BY_FLAG = ["any", "none", ...FLAGS] as const;
const SORTS = [
  "prompt",
  "-worst",
  "-created",
  "-seconds",
  "seconds",
  "-loudness",
  "loudness",
  "above_noise",
  "-pace",
] as const;

interface FilterParts {
  shown: Shown;
  show: (shown: Shown) => void;
  profiles: Schemas["Profile"][];
}

/** Which recordings the table shows, and in which order. */
export function Filters({ shown, show, profiles }: FilterParts) {
  const { t } = useTranslation("dataset");
  const [typed, setTyped] = useState(shown.search);
  const search = useDebouncedCallback((words: string) => show({ ...shown, search: words }), 250);
  return (
    <div className={classes.filters}>
      <TextInput
        label={t("filter.search")}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          search(event.currentTarget.value.trim());
        }}
        maxLength={200}
      />
      <NativeSelect
        label={t("filter.profile")}
        data={[{ value: "", label: t("filter.all") }, ...profiles.map((profile) => profile.name)]}
        value={shown.profile}
        onChange={(event) => show({ ...shown, profile: event.currentTarget.value })}
      />
      <NativeSelect
        label={t("filter.state")}
        data={STATES.map((state) => ({ value: state, label: state ? t(`state.${state}`) : t("filter.all") }))}
        value={shown.state}
        onChange={(event) => show({ ...shown, state: event.currentTarget.value as Shown["state"] })}
      />
      <NativeSelect
        label={t("filter.flag")}
        data={[
          { value: "", label: t("filter.all") },
          ...BY_FLAG.map((flag) => ({ value: flag, label: t(`flag.${flag}`) })),
        ]}
        value={shown.flag}
        onChange={(event) => show({ ...shown, flag: event.currentTarget.value })}
      />
      <NativeSelect
        label={t("filter.sort")}
        data={SORTS.map((sort) => ({ value: sort, label: t(`sort.${sort}`) }))}
        value={shown.sort}
        onChange={(event) => show({ ...shown, sort: event.currentTarget.value })}
      />
    </div>
  );
}
