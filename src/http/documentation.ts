import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { CONFIG, type Config } from '../config/config.ts';

/** What the page is made of, in the folder of Swagger UI. */
const PARTS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'application/javascript',
  'favicon-32x32.png': 'image/png',
};

/** @param base of the page's parts, as the browser sees it: a proxy may serve the application under a path of its own */
const page = (base: string): string => `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Consultation Ledger: the API</title>
  <link rel="stylesheet" href="${base}swagger-ui.css">
  <link rel="stylesheet" href="${base}look.css">
  <link rel="icon" type="image/png" href="${base}favicon-32x32.png">
</head>
<body>
  <header>
    <a href="${base}..">Consultation Ledger</a>
    <nav><a href="${base}../openapi.json">OpenAPI</a> <a href="${base}../asyncapi.json">AsyncAPI</a></nav>
  </header>
  <main id="swagger-ui"></main>
  <script src="${base}swagger-ui-bundle.js"></script>
  <script src="${base}swagger-ui-init.js"></script>
</body>
</html>
`;

/** The page in the look of the first one: quiet, in the fonts of the reader's own machine, wide enough for a schema. */
const LOOK = `
:root { color-scheme: light; --ink: #1d2733; --quiet: #566474; --line: #d9e0e7; --mark: #0b5c7a; }
body { margin: 0; background: #fff; color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header { display: flex; justify-content: space-between; gap: 1rem; padding: .9rem 1.25rem; border-bottom: 1px solid var(--line); }
header a { color: var(--mark); }
header > a { color: var(--ink); font-weight: 600; text-decoration: none; }
a:focus-visible, button:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
.swagger-ui, .swagger-ui .opblock-tag, .swagger-ui .info .title, .swagger-ui .opblock .opblock-summary-description,
.swagger-ui table thead tr th, .swagger-ui .parameter__name, .swagger-ui .response-col_status, .swagger-ui .tab li,
.swagger-ui .model-title, .swagger-ui .btn, .swagger-ui select, .swagger-ui label { font-family: inherit; color: var(--ink); }
.swagger-ui .wrapper { max-width: 76rem; }
.swagger-ui .info { margin: 1.5rem 0; }
.swagger-ui .info .title { font-size: 1.4rem; }
.swagger-ui .info .title small[class] { background: var(--quiet); }
.swagger-ui .scheme-container { box-shadow: none; border-block: 1px solid var(--line); padding: 1rem 0; }
.swagger-ui .opblock-tag { font-size: 1.1rem; border-bottom-color: var(--line); }
.swagger-ui .opblock { box-shadow: none; border-radius: .4rem; margin-bottom: .4rem; }
.swagger-ui .opblock[class] .opblock-summary-method { background: var(--mark); font-family: inherit; border-radius: .25rem; }
.swagger-ui .opblock.opblock-get[class] .opblock-summary-method { background: var(--quiet); }
.swagger-ui .opblock.opblock-delete[class] .opblock-summary-method { background: #a3293d; }
.swagger-ui .opblock.opblock-get, .swagger-ui .opblock.opblock-post, .swagger-ui .opblock.opblock-put,
.swagger-ui .opblock.opblock-delete { background: #f7f9fb; border-color: var(--line); }
.swagger-ui .btn.authorize { color: var(--mark); border-color: var(--mark); }
.swagger-ui .btn.authorize svg { fill: var(--mark); }
@media (max-width: 40rem) { .swagger-ui .opblock .opblock-summary-description { display: none; } }
`;

const START = `SwaggerUIBundle({
  url: new URL('../openapi.json', document.currentScript.src).href,
  dom_id: '#swagger-ui',
  deepLinking: true,
});
`;

/** Made when it is asked for first, and kept; one that failed is made again. */
const documentAt = (server: FastifyInstance, path: string, make: () => Promise<object>): void => {
  let document: Promise<string> | undefined;
  server.get(path, async (_request, reply) => {
    document ??= make()
      .then((made) => JSON.stringify(made))
      .catch((error: unknown) => {
        document = undefined;
        throw error;
      });
    return reply.type('application/json').send(await document);
  });
};

/**
 * `/docs`, `/openapi.json` and `/asyncapi.json`. What makes the documents is loaded when they are asked for: loading it was a third of the
 * application's start.
 */
export const serveDocumentation = (app: INestApplication, server: FastifyInstance): void => {
  documentAt(server, '/openapi.json', async () => (await import('./openapi.ts')).openApiDocument(app));
  documentAt(server, '/asyncapi.json', async () =>
    (await import('./asyncapi.ts')).asyncApiDocument(app.get<Config>(CONFIG).appVersion),
  );
  const html = (path: string, base: string) =>
    server.get(path, (_request, reply) => reply.type('text/html; charset=utf-8').send(page(base)));
  html('/docs', './docs/');
  html('/docs/', './');
  server.get('/docs/swagger-ui-init.js', (_request, reply) => reply.type('application/javascript').send(START));
  server.get('/docs/look.css', (_request, reply) => reply.type('text/css').send(LOOK));
  for (const [name, type] of Object.entries(PARTS))
    server.get(`/docs/${name}`, async (_request, reply): Promise<FastifyReply> => {
      return reply.type(type).send(await readFile(join(folderOfSwaggerUi(), name)));
    });
};

/** It comes with @nestjs/swagger. */
const folderOfSwaggerUi = (): string => {
  const swagger = createRequire(import.meta.url).resolve('@nestjs/swagger');
  return dirname(createRequire(swagger).resolve('swagger-ui-dist/package.json'));
};
