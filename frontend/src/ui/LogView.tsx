import { Box, Button, Group, ScrollArea, Text } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LogLine } from "@/client/log";
import { useFormat } from "@/ui/format";

const NEAR_THE_END = 24;

/** What a job said: only the lines in sight are there; it follows what comes until somebody scrolls back. */
export function LogView({ lines, label }: { lines: readonly LogLine[]; label: string }) {
  const { t } = useTranslation("jobs");
  const format = useFormat();
  const area = useRef<HTMLDivElement>(null);
  const before = useRef(0);
  const [follows, setFollows] = useState(true);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => area.current,
    estimateSize: () => 22,
    overscan: 12,
    getItemKey: (place) => lines[place]?.id ?? place,
  });

  const high = rows.getTotalSize();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end is elsewhere when the lines are as high as they are
  useEffect(() => {
    if (follows && lines.length > 0) {
      rows.scrollToIndex(lines.length - 1, { align: "end" });
    }
  }, [follows, lines, rows, high]);

  if (lines.length === 0) {
    return <Text c="dimmed">{t("log.empty")}</Text>;
  }
  const scrolled = () => {
    const box = area.current;
    if (box === null) {
      return;
    }
    // Lines that turn out to be longer move the end away; only who goes back wants to stay where they are.
    if (box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_THE_END) {
      setFollows(true);
    } else if (box.scrollTop < before.current - 1) {
      setFollows(false);
    }
    before.current = box.scrollTop;
  };
  return (
    <Box pos="relative">
      <ScrollArea.Autosize
        mah={320}
        viewportRef={area}
        onScrollPositionChange={scrolled}
        viewportProps={{ tabIndex: 0, role: "log", "aria-label": label, "aria-live": "off" }}
      >
        <Box h={high} pos="relative">
          {rows.getVirtualItems().map((row) => {
            const line = lines[row.index];
            return line ? (
              <Group
                key={row.key}
                ref={rows.measureElement}
                data-index={row.index}
                pos="absolute"
                top={0}
                left={0}
                right={0}
                gap="sm"
                wrap="nowrap"
                align="baseline"
                style={{ transform: `translateY(${row.start}px)` }}
              >
                <Text size="xs" c="dimmed" ff="monospace" style={{ flexShrink: 0 }}>
                  {format.time(line.time)}
                </Text>
                <Text size="sm" ff="monospace" style={{ overflowWrap: "anywhere" }} lang="en">
                  {line.text}
                </Text>
              </Group>
            ) : null;
          })}
        </Box>
      </ScrollArea.Autosize>
      {follows ? null : (
        <Button
          size="xs"
          variant="default"
          pos="absolute"
          bottom={8}
          right={16}
          leftSection={<IconArrowDown size={16} aria-hidden />}
          onClick={() => setFollows(true)}
        >
          {t("log.follow")}
        </Button>
      )}
    </Box>
  );
}
