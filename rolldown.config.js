import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig } from 'rolldown';

const dist = (path) => join(import.meta.dirname, 'dist', path);

/** The compiler's own map of a file, so that a stack names the source and its line. */
const compiled = {
  name: 'maps of the compiler',
  load: {
    filter: { id: new RegExp(`^${dist('')}`) },
    handler: async (id) => ({ code: await readFile(id, 'utf8'), map: await readFile(`${id}.map`, 'utf8') }),
  },
};

/**
 * The server and the embedded node in a few files instead of 1,200: most of a start is finding and reading modules, one after the other. They
 * are made from what `nest build` compiled, which stays beside them for commands, benches and tests.
 */
export default defineConfig({
  input: {
    server: dist('src/main.js'),
    'embedded-node': dist('embedded/main.js'),
    operation: dist('embedded/operation.js'),
  },
  platform: 'node',
  plugins: [compiled],
  external: [
    // Addons of Node, which are found beside their own files.
    /^lmdb$/,
    /^@duckdb\//,
    // Loaded when they are needed, or not at all.
    /^@aws-sdk\//,
    /^@nestjs\/swagger$/,
    /^pdfkit$/,
    // Nest asks for these and goes on without.
    /^@nestjs\/(microservices|platform-express)/,
    /^@fastify\/(view|multipart|static)$/,
    /^class-(transformer|validator)/,
  ],
  output: { dir: dist('run'), cleanDir: true, sourcemap: true, sourcemapExcludeSources: true, keepNames: true },
});
