import { List, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Histogram } from "@/features/dataset/prepare/Histogram";
import type { Preview } from "@/features/dataset/queries";
import { useFormat } from "@/ui/format";
import { Said } from "@/ui/Said";

/** What the trainer would get, what it would skip, and how the figures are spread. */
export function Foreseen({ preview }: { preview: Preview }) {
  const { t } = useTranslation("dataset");
  const format = useFormat();
  const flags = Object.entries(preview.flags);
  return (
    <Stack>
      <Text>
        {t("prepare.counts", {
          usable: format.count(preview.usable),
          selected: format.count(preview.selected),
          span: format.span(60 * preview.minutes),
        })}{" "}
        {preview.twice > 0 ? t("prepare.twice", { count: preview.twice }) : ""}
      </Text>
      {flags.length > 0 ? (
        <Text size="sm" c="dimmed">
          {t("prepare.flagged", {
            list: flags.map(([flag, rows]) => `${t(`flag.${flag as "noisy"}`)} (${format.count(rows)})`).join(", "),
          })}
        </Text>
      ) : null}
      {preview.left_out > 0 ? (
        <div>
          <Text size="sm" fw={600}>
            {t("prepare.leftOut", { count: preview.left_out })}
          </Text>
          <List size="sm">
            {preview.first_left_out.slice(0, 8).map((one) => (
              <List.Item key={one.recording}>
                {one.text}: <Said sentence={one.reason} />
              </List.Item>
            ))}
          </List>
        </div>
      ) : null}
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {preview.spread.map((spread) => (
          <Histogram key={spread.figure} spread={spread} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}
