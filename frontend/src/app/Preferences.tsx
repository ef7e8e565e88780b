import { ActionIcon, Group, Menu, useMantineColorScheme } from "@mantine/core";
import { IconCheck, IconLanguage, IconSunMoon } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { choose, LANGUAGES, type Language } from "@/text";

const SCHEMES = ["auto", "light", "dark"] as const;

/** How the page looks, and in which language it speaks. */
export function Preferences() {
  const { t, i18n } = useTranslation("shell");
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Group gap="xs" wrap="nowrap">
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("language")}>
            <IconLanguage size={20} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {(Object.entries(LANGUAGES) as [Language, string][]).map(([tag, name]) => (
            <Menu.Item key={tag} lang={tag} onClick={() => void choose(tag)} rightSection={mark(i18n.language === tag)}>
              {name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("theme.label")}>
            <IconSunMoon size={20} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {SCHEMES.map((scheme) => (
            <Menu.Item key={scheme} onClick={() => setColorScheme(scheme)} rightSection={mark(colorScheme === scheme)}>
              {t(`theme.${scheme}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

function mark(chosen: boolean) {
  return chosen ? <IconCheck size={16} aria-hidden /> : null;
}
