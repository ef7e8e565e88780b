import { linkOptions } from "@tanstack/react-router";
import type { Job } from "@/client/jobs";

/** The page that shows what a job made; null where none does. */
export function roomOf({ what, name }: Job["made"][number]) {
  switch (what) {
    case "run":
      return linkOptions({ to: "/train/$run", params: { run: name } });
    case "voice":
      return linkOptions({ to: "/voices/$voice", params: { voice: name } });
    default:
      return null;
  }
}
