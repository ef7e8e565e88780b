import { Anchor, List, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { VoiceDetail } from "@/features/voices/queries";
import { CopyLine } from "@/ui/CopyLine";
import { useFormat } from "@/ui/format";

/** Its files, and the lines that put it into other programs. */
export function TakeHome({ voice }: { voice: VoiceDetail }) {
  const { t } = useTranslation("voices");
  const format = useFormat();
  return (
    <Paper withBorder p="lg">
      <Title order={2} size="h4" mb="sm">
        {t("home.title")}
      </Title>
      <Stack>
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Place label={t("home.piper")} command={voice.piper.command} then={t("home.piperThen")} />
          <Place
            label={t("home.assistant")}
            command={voice.home_assistant.command}
            then={t("home.assistantThen", { name: voice.name })}
          />
        </SimpleGrid>
        <div>
          <Text size="sm" fw={600}>
            {t("home.files")}
          </Text>
          <List size="sm">
            {voice.files.map((file) => (
              <List.Item key={file.name}>
                <Anchor href={file.href} download style={{ overflowWrap: "anywhere" }}>
                  {file.name}
                </Anchor>{" "}
                ({format.size(file.size)})
              </List.Item>
            ))}
          </List>
        </div>
      </Stack>
    </Paper>
  );
}

function Place({ label, command, then }: { label: string; command: string; then: string }) {
  return (
    <div>
      <CopyLine line={command} label={label} />
      <Text size="sm" c="dimmed" mt={4}>
        {then}
      </Text>
    </div>
  );
}
