import { fork } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';

/*
 * npm run clients: writes what clients are made of, from the documents that a running server gives.
 *
 *   clients/openapi.json, clients/asyncapi.json   as they are served, in lines
 *   clients/typescript/schema.ts              types of the OpenAPI document
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

const main = async (): Promise<void> => {
  const dir = await mkdtemp(join(tmpdir(), 'clients-'));
  const server = fork('dist/run/server.js', {
    env: { PATH: process.env.PATH, DATA_DIR: dir, PORT: '0', HISTORY_INDEX: 'off' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  try {
    const url = await urlOf(server);
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

if (process.argv[1]?.endsWith('generate.js')) await main();
