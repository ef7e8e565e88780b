import { Button, Paper, Radio, Stack, Title } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/ui/format";
import type { Profile } from "../queries";
import { nameOfLanguage } from "./languages";
import { NewProfile } from "./NewProfile";

interface ProfileChoiceParts {
  profiles: Profile[];
  chosen: string | null;
  onChoose: (name: string) => void;
}

/** Whose voice it will be. */
export function ProfileChoice({ profiles, chosen, onChoose }: ProfileChoiceParts) {
  const { t, i18n } = useTranslation("record");
  const format = useFormat();
  const [adding, setAdding] = useState(false);
  const isFirst = profiles.length === 0;
  return (
    <Paper withBorder radius="lg" p="lg">
      <Stack gap="md">
        <Title order={2} size="h4">
          {t("profile.title")}
        </Title>
        {isFirst ? null : (
          <Radio.Group value={chosen} onChange={onChoose} aria-label={t("profile.title")}>
            <Stack gap="xs">
              {profiles.map((profile) => (
                <Radio
                  key={profile.name}
                  value={profile.name}
                  label={profile.name}
                  description={t("profile.about", {
                    language: nameOfLanguage(profile.language, i18n.language),
                    count: profile.kept,
                    minutes: format.span(profile.good_minutes * 60),
                  })}
                />
              ))}
            </Stack>
          </Radio.Group>
        )}
        {adding || isFirst ? (
          <NewProfile
            onMade={(name) => {
              setAdding(false);
              onChoose(name);
            }}
            onCancel={isFirst ? undefined : () => setAdding(false)}
          />
        ) : (
          <Button
            variant="default"
            leftSection={<IconUserPlus size={18} aria-hidden />}
            onClick={() => setAdding(true)}
            className="start"
          >
            {t("profile.new")}
          </Button>
        )}
      </Stack>
    </Paper>
  );
}
