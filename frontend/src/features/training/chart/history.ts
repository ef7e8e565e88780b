import type { History } from "@/features/training/chart/feed";

export function askHistory(_run: string, _after: number): Promise<History> {
  return Promise.reject(new Error("not yet"));
}
