import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": new URL("../src", import.meta.url).pathname } },
  test: { include: ["bench/chart.ts"], root: new URL("..", import.meta.url).pathname, testTimeout: 60_000 },
});
