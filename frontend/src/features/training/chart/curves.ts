import type { Feed } from "@/features/training/chart/feed";
import { colourOf, DASHES } from "@/features/training/chart/palette";
import type { Trace } from "@/features/training/chart/trace";

/** One line of the picture. */
export interface Curve {
  key: string;
  run: string;
  /** Of the loss. */
  name: string;
  /** What validation found: measured now and then, and drawn with dots. */
  validation: boolean;
  trace: Trace;
  colour: string;
  dash: readonly number[];
}

export interface RunFeed {
  run: string;
  feed: Feed;
}

/** The losses in the order in which they are worth looking at; those that others add up to come last. */
const ORDER = ["mel", "kl", "duration", "feature", "adversarial", "discriminator", "generator"];

export function lossesIn(feed: Feed): string[] {
  const known = new Set([...feed.training.columns.keys(), ...feed.validation.columns.keys()]);
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return [...known].sort((one, other) => rank(one) - rank(other) || one.localeCompare(other));
}

/**
 * What to draw. One run: a colour for each loss. Several: a colour for each run, and a stroke for each loss.
 * What validation found has a stroke of its own, too.
 */
export function curvesOf(feeds: readonly RunFeed[], chosen: readonly string[], dark: boolean): Curve[] {
  const several = feeds.length > 1;
  return feeds.flatMap(({ run, feed }, runNumber) =>
    lossesIn(feed).flatMap((name, lossNumber) => {
      if (!chosen.includes(name)) {
        return [];
      }
      const colour = colourOf(several ? runNumber : lossNumber, dark);
      const stroke = several ? chosen.indexOf(name) : 0;
      return (["training", "validation"] as const)
        .filter((which) => feed[which].columns.has(name))
        .map((which) => ({
          key: `${run}/${which}/${name}`,
          run,
          name,
          validation: which === "validation",
          trace: feed[which],
          colour,
          dash: DASHES[(stroke + (which === "validation" ? 1 : 0)) % DASHES.length] ?? [],
        }));
    }),
  );
}
