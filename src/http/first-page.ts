import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 38rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.4rem; margin: 0 0 .75rem; }
ul { list-style: none; padding: 0; }
li { margin: .4rem 0; }
a { display: inline-block; min-width: 9rem; }
`;

/** Links are relative: a proxy may serve the application under a path of its own. */
const PAGE = `<!DOCTYPE html>
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
    <p>The record of telemedicine consultations: who booked, joined, recorded and watched, who was refused, and on which
      grounds. This is its API. It answers applications; people use the apps in front of it.</p>
    <ul>
      <li><a href="./docs">Documentation</a> every route, to read and to try</li>
      <li><a href="./openapi.json">OpenAPI</a> the same for machines</li>
      <li><a href="./asyncapi.json">AsyncAPI</a> the sockets, for machines</li>
      <li><a href="./health/ready">Health</a> whether requests can be served</li>
    </ul>
  </main>
</body>
</html>
`;

const LINKS = {
  name: 'Consultation Ledger',
  documentation: './docs',
  openapi: './openapi.json',
  asyncapi: './asyncapi.json',
  live: './health/live',
  ready: './health/ready',
};

/** Its one style, known by its hash, and nothing else: no script, no picture, no frame, no form, no other host. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `/`: a page for a browser, and the same links as JSON for every other client. It says nothing of this instance, and needs no token. */
export const serveFirstPage = (server: FastifyInstance): void => {
  server.get('/', async ({ headers }, reply) => {
    reply.header('vary', 'accept');
    if (!wantsPage(headers.accept)) return reply.type('application/json').send(JSON.stringify(LINKS));
    return reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(PAGE);
  });
};

/** A browser names HTML; a client that takes anything gets data. */
const wantsPage = (accept = ''): boolean =>
  accept.split(',').some((range) => /^\s*text\/html\s*(;(?!\s*q=0(\.0*)?\s*$)|$)/i.test(range));
