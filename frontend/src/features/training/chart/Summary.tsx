import { VisuallyHidden } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunFeed } from "@/features/training/chart/curves";
import { useFormat } from "@/ui/format";

const SPOKEN_EVERY_MS = 30_000;

/** What the picture shows, in a sentence for who hears the page: when it has changed, and each 30 s at most. */
export function Summary({ feeds, chosen }: { feeds: readonly RunFeed[]; chosen: readonly string[] }) {
  const { t } = useTranslation("train");
  const format = useFormat();
  const [spoken, setSpoken] = useState("");
  const say = useRef<() => string>(() => "");
  say.current = () => {
    const feed = feeds[0]?.feed;
    if (feed === undefined || feed.training.length === 0) {
      return "";
    }
    const latest = feed.training.at(feed.training.length - 1);
    const losses = chosen.flatMap((name) => {
      const value = latest[name]?.mean;
      return value === undefined ? [] : [`${name} ${format.figure(value)}`];
    });
    return t("chart.spoken", { step: format.count(feed.training.lastStep), losses: losses.join(", ") });
  };
  useEffect(() => {
    const timer = setInterval(() => setSpoken(say.current()), SPOKEN_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <VisuallyHidden aria-live="polite" role="status">
      {spoken}
    </VisuallyHidden>
  );
}
