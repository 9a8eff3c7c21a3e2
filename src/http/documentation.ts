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
  <title>Consultation Ledger</title>
  <link rel="stylesheet" href="${base}swagger-ui.css">
  <link rel="icon" type="image/png" href="${base}favicon-32x32.png">
  <style>body { margin: 0; background: #fafafa; }</style>
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="${base}swagger-ui-bundle.js"></script>
  <script src="${base}swagger-ui-init.js"></script>
</body>
</html>
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
