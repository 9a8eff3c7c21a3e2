import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const FAST_ENOUGH = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/** Each file compressed beside itself: the server gives out what a browser takes, and compresses nothing by itself. */
const compressed = (): Plugin => ({
  name: 'compressed',
  apply: 'build',
  writeBundle: async ({ dir = '' }, bundle) => {
    const files = Object.keys(bundle).filter((name) => /\.(js|css|svg|html)$/.test(name));
    await Promise.all(
      files.map(async (name) => {
        const file = join(dir, name);
        const bytes = await readFile(file);
        await Promise.all([
          promisify(brotliCompress)(bytes, FAST_ENOUGH).then((smaller) => writeFile(`${file}.br`, smaller)),
          promisify(gzip)(bytes).then((smaller) => writeFile(`${file}.gz`, smaller)),
        ]);
      }),
    );
  },
});

/** The page side of the console: `dist/console/`, which the server gives out under `/console`. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [compressed()],
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2022',
    // Browsers that know `light-dark()`: they get it as it is written.
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
