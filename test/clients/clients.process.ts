import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { generateApi } from 'swagger-typescript-api';
import ts from 'typescript';
import { schemaOf, textOf } from '../../clients/generate.ts';
import { tellStory } from '../../clients/story.ts';
import { answered, LedgerProblem, ledgerClient } from '../../clients/typescript/client.ts';
import { examples } from '../../src/http/examples.ts';
import { type RunningApp, startApp } from '../support/app.ts';

const FILES = { openapi: 'clients/openapi.json', asyncapi: 'clients/asyncapi.json' };

/** What the compiler says of the files, and of those that they need. */
const errorsIn = (files: readonly string[]): readonly string[] => {
  const program = ts.createProgram(files, {
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, types: [] },
    ...{ target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'] },
    ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
};

describe('what clients are made of', () => {
  let app: RunningApp;
  const documents = { openapi: {}, asyncapi: {} };
  beforeAll(async () => {
    app = await startApp();
    for (const name of ['openapi', 'asyncapi'] as const)
      documents[name] = (await (await app.call(`/${name}.json`)).json()) as object;
  });
  afterAll(() => app.close());

  it.each(['openapi', 'asyncapi'] as const)(
    'is the %s document of this build: `npm run clients` makes it',
    async (name) => {
      expect(JSON.parse(await readFile(FILES[name], 'utf8'))).toEqual(documents[name]);
      expect(await readFile(FILES[name], 'utf8')).toBe(textOf(documents[name]));
    },
  );

  it('has the types of that document: `npm run clients` makes them', async () => {
    expect((await readFile('clients/typescript/schema.ts', 'utf8')) === (await schemaOf(documents.openapi))).toBe(true);
  });

  it.each(['openapi', 'asyncapi'] as const)('has nothing that a linter of the %s document finds', async (name) => {
    const config = await createConfig({ extends: ['recommended'], rules: { 'no-server-example.com': 'off' } });
    const source = textOf(documents[name]);
    const found = await lintFromString({ source, absoluteRef: `${name}.json`, config });
    expect(found.map(({ severity, ruleId, message }) => `${severity} ${ruleId}: ${message}`)).toEqual([]);
  });

  it('compiles as two generators make it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'clients-'));
    try {
      const input = join(folder, 'openapi.json');
      await writeFile(input, textOf(documents.openapi));
      await generateApi({ input, output: folder, fileName: 'api.ts', silent: true, httpClientType: 'fetch' });
      await writeFile(
        join(folder, 'use.ts'),
        `import { Api } from './api.ts';
         const api = new Api();
         export const booked = async (): Promise<string> => {
           const body = { clinicianId: 'doc-1', scheduledStart: '', scheduledEnd: '', medium: 'video' as const };
           return (await api.v1.bookConsultation('pat-1', body)).data.consultationId;
         };`,
      );
      expect(errorsIn([join(folder, 'use.ts')])).toEqual([]);
      expect(errorsIn(['clients/typescript/client.ts'])).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the examples of the document', () => {
  it('are what a running server answers: `npm run clients` asks it', async () => {
    const app = await startApp();
    try {
      const told = await tellStory(async ({ as, role, method, path, body, file }, headers) =>
        app.call(path, {
          ...{ as, roles: [role], method, headers },
          ...(body && { body: JSON.stringify(body) }),
          ...(file && { body: new Uint8Array(file.bytes) }),
        }),
      );
      expect(told).toEqual(examples);
    } finally {
      await app.close();
    }
  });

  it('are there for each operation of an app or its backend, but those that need another service', async () => {
    const { paths } = JSON.parse(await readFile(FILES.openapi, 'utf8')) as {
      paths: Record<string, Record<string, { operationId?: string; description?: string }>>;
    };
    const theirs = Object.values(paths)
      .flatMap((item) => Object.values(item))
      .filter(({ description = '' }) => /anyone with a token|roles: (?:patient|clinician|service)/.test(description))
      .map(({ operationId = '' }) => operationId);
    expect(theirs.length).toBeGreaterThan(20);
    expect(theirs.filter((id) => examples[id] === undefined).sort()).toEqual([
      // They need a bucket, a key for facts and a consultation that has begun, and one is answered with a video.
      ...['claimRecording', 'getPersonFacts', 'getViewContent', 'markNoShow', 'statePersonFacts'],
    ]);
  });
});

describe('the TypeScript client', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());
  const clientOf = (id: string, role: 'patient' | 'clinician') =>
    ledgerClient({ baseUrl: app.url, token: () => app.token(id, [role]), release: 'app-3.1' });
  const body = {
    ...{ clinicianId: 'doc-1', medium: 'video' as const },
    ...{ scheduledStart: '2036-05-04T09:00:00Z', scheduledEnd: '2036-05-04T09:30:00Z' },
  };

  it('books, and reads what it booked', async () => {
    const patient = clientOf('pat-1', 'patient');
    const path = { patientId: 'pat-1' };
    const booked = await answered(patient.POST('/v1/patients/{patientId}/consultations', { params: { path }, body }));
    const { items } = await answered(patient.GET('/v1/me/consultations'));
    expect(items.map(({ consultationId }) => consultationId)).toEqual([booked.consultationId]);
  });

  it('says which problem it was answered', async () => {
    const path = { patientId: 'pat-2' };
    const asked = clientOf('pat-2', 'patient').POST('/v1/patients/{patientId}/consultations', {
      params: { path },
      body: { ...body, scheduledEnd: body.scheduledStart },
    });
    const problem = await answered(asked).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(LedgerProblem);
    expect(problem).toMatchObject({ code: 'validation-failed', status: 400 });
    const nobody = ledgerClient({ baseUrl: app.url });
    await expect(answered(nobody.GET('/v1/me/consultations'))).rejects.toMatchObject({ status: 401 });
  });
});
