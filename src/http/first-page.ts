import type { FastifyInstance } from 'fastify';

/** Relative: a proxy may serve the application under a path of its own. */
const CONSOLE = './console';

const LINKS = {
  name: 'Consultation Ledger',
  console: CONSOLE,
  documentation: './docs',
  openapi: './openapi.json',
  asyncapi: './asyncapi.json',
  live: './health/live',
  ready: './health/ready',
};

/** `/`: leads a browser to the console, and gives every other client the links as JSON. It says nothing of this instance, and needs no token. */
export const serveFirstPage = (server: FastifyInstance): void => {
  server.get('/', async ({ headers }, reply) => {
    reply.header('vary', 'accept');
    if (wantsPage(headers.accept)) return reply.redirect(CONSOLE, 303);
    return reply.type('application/json').send(JSON.stringify(LINKS));
  });
};

/** A browser names HTML; a client that takes anything gets data. */
const wantsPage = (accept = ''): boolean =>
  accept.split(',').some((range) => /^\s*text\/html\s*(;(?!\s*q=0(\.0*)?\s*$)|$)/i.test(range));
