import { Autocomplete, Text } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type Ref, useState } from "react";
import { useTranslation } from "react-i18next";
import { Hotkey } from "@/ui/Hotkey";
import type { Prompt } from "../queries";
import { KEYS } from "./hotkeys";
import { found } from "./order";

interface FindParts {
  prompts: Prompt[];
  go: (position: number) => void;
  leave: () => void;
  disabled: boolean;
  ref: Ref<HTMLInputElement>;
}

const MOST = 30;

/** Jump to a sentence by its number or by words in it. */
export function FindSentence({ prompts, go, leave, disabled, ref }: FindParts) {
  const { t } = useTranslation("record");
  const [wanted, setWanted] = useState("");
  const options = found(prompts, wanted, MOST).map((one) => `${one.number}. ${one.text}`);
  return (
    <div className="find">
      <Autocomplete
        ref={ref}
        size="sm"
        aria-label={t("find.label")}
        placeholder={t("find.label")}
        aria-keyshortcuts={KEYS.find.aria}
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={<Hotkey keys={KEYS.find.shown} />}
        disabled={disabled}
        data={options}
        filter={({ options: all }) => all}
        limit={MOST}
        selectFirstOptionOnChange
        value={wanted}
        onChange={setWanted}
        onOptionSubmit={(option) => {
          setWanted("");
          const chosen = prompts[Number.parseInt(option, 10) - 1];
          if (chosen) {
            go(chosen.position);
          }
          leave();
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            setWanted("");
            leave();
          }
        }}
        // What was chosen is written into the field after it was left.
        onFocus={() => setWanted("")}
        onBlur={() => setWanted("")}
      />
      <Text role="status" size="sm" className="find-nothing">
        {wanted.trim() !== "" && options.length === 0 ? t("find.nothing") : null}
      </Text>
    </div>
  );
}
