import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { pathOf, problem, sendProblem } from '../http/problems.ts';

/** Where `npm run build` puts the console. */
export const BUILT = join(dirname(createRequire(import.meta.url).resolve('#package.json')), 'dist/console');

/** The one style that react-aria writes into the page, always the same: a press begins without waiting for a second tap. */
const PRESSABLE = `@layer {
  [data-react-aria-pressable] {
    touch-action: pan-x pan-y pinch-zoom;
  }
}`;

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 38rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.4rem; margin: 0 0 .75rem; }
ul { list-style: none; padding: 0; }
li { margin: .4rem 0; }
a { display: inline-block; min-width: 9rem; }
`;

/** What a browser gets where the console was never built. Links are relative: a proxy may serve the application under a path of its own. */
const NOT_BUILT = `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Consultation Ledger</title>
  <style>${STYLE}</style>
</head>
<body>
  <main>
    <h1>Consultation Ledger</h1>
    <p>The console is not built here: run <code>npm run build</code> and start again. The API is there all the same.</p>
    <ul>
      <li><a href="/docs">Documentation</a> every route, to read and to try</li>
      <li><a href="/openapi.json">OpenAPI</a> the same for machines</li>
      <li><a href="/asyncapi.json">AsyncAPI</a> the sockets, for machines</li>
      <li><a href="/health/ready">Health</a> whether requests can be served</li>
    </ul>
  </main>
</body>
</html>
`;

const hashOf = (style: string): string => `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

/** Nothing but the application's own files; no script that was not built, and no text that becomes one. */
const policy = (...styles: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${styles.join(' ')}`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "media-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

const CONSOLE_POLICY = policy("'self'", hashOf(PRESSABLE));
const PLAIN_POLICY = policy(hashOf(STYLE));

const pageHeaders = (contentSecurityPolicy: string) => ({
  'content-security-policy': contentSecurityPolicy,
  'content-type': 'text/html; charset=utf-8',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  // A page is read anew each time: it names the files of its release. They have a hash in their names, and are kept for a year.
  'cache-control': 'no-cache',
});

/**
 * The console at `/console`: files as they were built, and the page itself at every other address below, which the page leads to by itself. It says
 * nothing of anyone; all that it shows, it asks the API for.
 * @param folder of the built console
 */
export const servePages = async (server: FastifyInstance, folder = BUILT): Promise<void> => {
  if (!existsSync(join(folder, 'index.html'))) {
    const plain = (_: unknown, reply: FastifyReply) => reply.headers(pageHeaders(PLAIN_POLICY)).send(NOT_BUILT);
    server.get('/console', plain);
    server.get('/console/*', plain);
    return;
  }
  await server.register(fastifyStatic, {
    root: folder,
    prefix: '/console/',
    serve: false,
    decorateReply: true,
    index: false,
    cacheControl: false,
    preCompressed: true,
  });
  const page = (_: unknown, reply: FastifyReply) =>
    reply.headers(pageHeaders(CONSOLE_POLICY)).sendFile('index.html', { contentType: false });
  server.get('/console', page);
  server.get('/console/*', page);
  server.get('/console/assets/*', (request, reply) => {
    const path = pathOf(request.url);
    const file = path.slice('/console/'.length);
    if (!/^assets\/[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(file) || !existsSync(join(folder, file)))
      return sendProblem(request, reply, problem('route-not-found', 'nothing is served at this method and path', path));
    return reply.header('cache-control', 'public, max-age=31536000, immutable').sendFile(file);
  });
};
