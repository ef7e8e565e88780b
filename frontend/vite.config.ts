import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` shows the page while it is worked on, with a server that was started by hand behind it.
const SERVER = process.env.COAXIAL_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig({
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  plugins: [react()],
  // Into the Python package, which serves it.
  build: {
    outDir: "../src/coaxial/page",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    // React, Mantine and the router, which every room needs; bench/web.py says what a first load weighs.
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: { "/api": { target: SERVER, changeOrigin: false }, "/v1": { target: SERVER, changeOrigin: false } },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
