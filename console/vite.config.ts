import { defineConfig } from 'vite';

/** The page side of the console: `dist/console/`, which the server gives out under `/console`. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2022',
    // Browsers that know `light-dark()`: what is written is what they get.
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    // The polyfill would fetch what browsers of today preload by themselves.
    modulePreload: { polyfill: false },
    // A data: URL is no asset that can be kept for a year, and fonts and scripts may not be one here.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      // `use client` is for servers that render pages; here all is the client.
      onLog: (level, log, tell) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
    },
  },
  css: { modules: { localsConvention: 'camelCaseOnly' } },
});
