import { defineConfig } from "vitest/config";

export default defineConfig({
  build: {
    rolldownOptions: { input: ["index.html", "404.html"] },
    // What nginx serves with `immutable`: everything in assets/ carries its hash in its name.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    // `npm run dev` beside a running stack: the page is hot, its API is the stack's.
    proxy: { "/api": "http://127.0.0.1:8080" },
  },
  test: {
    include: ["tests/page/**/*.test.ts"],
    restoreMocks: true,
    coverage: {
      provider: "v8",
      include: ["source/**/*.ts"],
      reporter: ["text"],
      thresholds: { statements: 98, branches: 95, functions: 98, lines: 98 },
    },
  },
});
