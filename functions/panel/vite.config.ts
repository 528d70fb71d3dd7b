import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vitest/config";

/** The icon of the page with a count on it: one file a count, because the page may load nothing but files of its own site. */
function icons(): Plugin {
  const graph =
    '<circle cx="4" cy="16" r="4"/><circle cx="26" cy="6" r="4"/><circle cx="26" cy="26" r="4"/><path d="M4 16 26 6M4 16l22 10" stroke="#3b6fd4" stroke-width="3"/>';
  const icon = (badge: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><g fill="#3b6fd4">${graph}</g>${badge}</svg>\n`;
  const badge = (text: string) =>
    `<circle cx="21" cy="11" r="11" fill="#c0262d"/><text x="21" y="17" fill="#fff" font-family="sans-serif" font-size="17" font-weight="700" text-anchor="middle">${text}</text>`;
  return {
    name: "icons",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "icon.svg", source: icon("") });
      for (const count of ["1", "2", "3", "4", "5", "6", "7", "8", "9", "9+"]) {
        this.emitFile({ type: "asset", fileName: `icon-${count.replace("+", "more")}.svg`, source: icon(badge(count)) });
      }
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [icons()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("../PhaseFlow.Functions/Panel/dist", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: false,
  },
  server: { proxy: { "/api": process.env.PHASEFLOW_URL ?? "http://127.0.0.1:7071" } },
  // The timeout is evidence that something hangs, not a measure of speed.
  test: { environment: "happy-dom", testTimeout: 60_000, include: ["src/**/*.test.{ts,tsx}"] },
});
