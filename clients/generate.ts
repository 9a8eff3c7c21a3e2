import { fork } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import { devToken } from '../src/auth/dev-token.ts';
import { readConfig } from '../src/config/config.ts';
import { tellStory } from './story.ts';

/*
 * npm run clients: writes what clients are made of, from the documents that a running server gives.
 *
 *   src/http/examples.ts                          what the story was answered: with `examples`, before the build that serves them
 *   clients/openapi.json, clients/asyncapi.json   as they are served, in lines
 *   clients/typescript/schema.ts                  types of the OpenAPI document
 */

const HEAD = '// Made by `npm run clients` from the OpenAPI document: change the routes, and make it again.\n';

/** The types of an OpenAPI document. */
export const schemaOf = async (openapi: object): Promise<string> =>
  HEAD + astToString(await openapiTS(openapi as never, { alphabetize: true }));

export const textOf = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

const urlOf = (server: ReturnType<typeof fork>): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = '';
    server.stdout?.on('data', (chunk: Buffer) => {
      said += chunk;
      const [, url] = /docs {4}(http:\S+)\/docs/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    });
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });

/** The module that the document takes its examples from. */
export const examplesAsCode = (told: object): string =>
  [
    '// Made by `npm run clients`: answers to the requests of `clients/story.ts`.',
    "import type { Examples } from './example.ts';",
    '',
    `export const examples: Examples = ${JSON.stringify(told, null, 2)};`,
    '',
  ].join('\n');

const main = async (isOfExamples: boolean): Promise<void> => {
  const dir = await mkdtemp(join(tmpdir(), 'clients-'));
  // The story is of 2036, so that none of its consultations begins while it is told.
  const settings = { DATA_DIR: dir, PORT: '0', HISTORY_INDEX: 'off', BOOKING_MAX_DAYS_AHEAD: '0', LOG_LEVEL: 'error' };
  const server = fork('dist/run/server.js', {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  try {
    const url = await urlOf(server);
    if (isOfExamples) {
      const config = readConfig(settings);
      const told = await tellStory(async ({ as, role, method, path, body, file }, headers) =>
        fetch(`${url}${path}`, {
          method,
          headers: { ...headers, authorization: `Bearer ${await devToken(config, { id: as, roles: [role] }, 300)}` },
          ...(body && { body: JSON.stringify(body) }),
          ...(file && { body: new Uint8Array(file.bytes) }),
        }),
      );
      await writeFile('src/http/examples.ts', examplesAsCode(told));
      console.log(`src/http/examples.ts has ${Object.keys(told).length} examples`);
      return;
    }
    const fetched = async (name: string) => (await (await fetch(`${url}/${name}`)).json()) as object;
    const [openapi, asyncapi] = [await fetched('openapi.json'), await fetched('asyncapi.json')];
    await mkdir('clients/typescript', { recursive: true });
    await writeFile('clients/openapi.json', textOf(openapi));
    await writeFile('clients/asyncapi.json', textOf(asyncapi));
    await writeFile('clients/typescript/schema.ts', await schemaOf(openapi));
    console.log('clients/openapi.json, clients/asyncapi.json and clients/typescript/schema.ts are those of this build');
  } finally {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
    await rm(dir, { recursive: true, force: true });
  }
};

if (process.argv[1]?.endsWith('generate.js')) await main(process.argv[2] === 'examples');
