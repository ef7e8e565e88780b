import "uplot/dist/uPlot.min.css";

import { Box } from "@mantine/core";
import { useEffect, useRef } from "react";
import type { Curve, RunFeed } from "@/features/training/chart/curves";
import type { View } from "@/features/training/chart/decimate";
import { type Heard, type Look, Picture } from "@/features/training/chart/picture";

interface PlotParts {
  label: string;
  feeds: readonly RunFeed[];
  curves: readonly Curve[];
  look: Look;
  view: View | null;
  /** Steps with a checkpoint. */
  marks: readonly number[];
  heard: Heard;
}

/** The curves as a picture; what it shows is in words and in a table beside it. */
export function Plot({ label, feeds, curves, look, view, marks, heard }: PlotParts) {
  const element = useRef<HTMLDivElement>(null);
  const picture = useRef<Picture | null>(null);
  const latest = useRef({ view, marks, heard });
  latest.current = { view, marks, heard };
  const drawn = JSON.stringify(curves.map(({ key, colour, dash }) => [key, colour, dash]));

  // biome-ignore lint/correctness/useExhaustiveDependencies: `drawn` says when other curves are to be drawn
  useEffect(() => {
    const place = element.current;
    if (place === null) {
      return;
    }
    const made = new Picture(place, curves, look, {
      view: (chosen) => latest.current.heard.view(chosen),
      cursor: (step) => latest.current.heard.cursor(step),
      field: (field) => latest.current.heard.field(field),
    });
    picture.current = made;
    made.show(latest.current.view, latest.current.marks);
    const resized = new ResizeObserver(() => made.resize(place.clientWidth, place.clientHeight));
    resized.observe(place);
    return () => {
      resized.disconnect();
      made.destroy();
      picture.current = null;
    };
  }, [drawn, look]);

  useEffect(() => picture.current?.show(view, marks), [view, marks]);

  useEffect(() => {
    const ends = feeds.map(({ feed }) => feed.watch(() => picture.current?.redraw()));
    return () => {
      for (const end of ends) {
        end();
      }
    };
  }, [feeds]);

  return <Box ref={element} h={{ base: 240, sm: 340 }} role="img" aria-label={label} />;
}
