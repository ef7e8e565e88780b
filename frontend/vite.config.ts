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
    // A first load is a handful of files: each more costs the server and the browser some milliseconds, and what waits
    // for another one twice that. bench/web.py says what it weighs and how long it takes.
    chunkSizeWarningLimit: 700,
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What is there from the first moment; what only hears and shows sounds; what else several rooms are made of.
            { name: "page", tags: ["$initial"], priority: 3 },
            { name: "sound", test: /wavesurfer|\/ui\/(SoundPlayer|Waveform)/, priority: 2 },
            { name: "parts", minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: { "/api": { target: SERVER, changeOrigin: false }, "/v1": { target: SERVER, changeOrigin: false } },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
