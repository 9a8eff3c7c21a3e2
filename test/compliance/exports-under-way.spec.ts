import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditorStreams } from '../../events/categories.ts';
import { ExportStoreUnavailable } from '../../src/compliance/errors.ts';
import { EXPORT_STORE } from '../../src/compliance/exports/stores.ts';
import { FileObjectStore } from '../../src/objects/files.ts';
import { eventsOf, scene, send, view } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';

const anna = { as: 'officer-anna', roles: ['compliance'] } as const;

const ask = (app: RunningApp, format = 'ndjson') =>
  eventually(async () => {
    const { status, body } = await send(app, 'POST', '/v1/exports', { ...anna, body: { format, purpose: 'audit' } });
    return status === 202 ? (body.exportId as string) : undefined;
  });
const get = async (app: RunningApp, exportId: string) => (await send(app, 'GET', `/v1/exports/${exportId}`, anna)).body;
const typesOf = async (app: RunningApp, exportId: string) =>
  (await eventsOf(app, auditorStreams.of(anna.as))).flatMap(({ type, data }) =>
    'exportId' in data && data.exportId === exportId ? [type] : [],
  );
const filesIn = async (folder: string, exportId: string) => readdir(join(folder, exportId)).catch(() => []);

describe('an export that is being made', () => {
  let folder: string;
  let app: RunningApp;
  /** Files that the store has been given and not yet been let write. */
  const held: (() => void)[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ledger-exports-'));
    const isId = (text: string) => /^[\w-]+$/.test(text);
    class SlowStore extends FileObjectStore {
      override async write(...[key, body, options]: Parameters<FileObjectStore['write']>) {
        await new Promise<void>((go) => held.push(go));
        return super.write(key, body, options);
      }
    }
    const holding = { noun: 'export', segments: [isId, isId], unavailable: ExportStoreUnavailable };
    app = await startApp({
      env: { HISTORY_INDEX: 'on' },
      override: (builder) => builder.overrideProvider(EXPORT_STORE).useValue(new SlowStore({ holding, folder })),
    });
    const here = await scene(app);
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
  });
  afterAll(async () => {
    await app?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const release = async () => (await eventually(() => held.shift()))();

  it('says how far it is, and one is made after the other', async () => {
    const [first, second] = [await ask(app), await ask(app)];
    await eventually(() => held.length > 0);
    expect((await get(app, first)).progress).toEqual({ rows: expect.any(Number), of: expect.any(Number) });
    expect((await get(app, second)).progress).toBeUndefined();
    expect(held).toHaveLength(1);
    for (const exportId of [first, second]) {
      await release();
      await eventually(async () => (await get(app, exportId)).status === 'made');
    }
  });

  it.each(['ndjson', 'parquet'])('has no file once it is cancelled, as %s, and the next is made', async (format) => {
    const exportId = await ask(app, format);
    const next = await ask(app, format);
    await eventually(() => held.length > 0);
    expect((await send(app, 'POST', `/v1/exports/${exportId}/cancel`, anna)).body.status).toBe('cancelled');
    await release();
    await release();
    await eventually(async () => (await get(app, next)).status === 'made');
    expect(await filesIn(folder, exportId)).toEqual([]);
    expect(await typesOf(app, exportId)).toEqual(['ExportRequested', 'ExportCancelled']);
    expect(await readdir(join(app.config.dataDir, 'exports-making')).catch(() => [])).toEqual([]);
  });
});

describe('two instances on one store', () => {
  it('make each export once, and keep one file of it', async () => {
    const one = await startApp({ env: { HISTORY_INDEX: 'on' } });
    const two = await startApp({ env: { HISTORY_INDEX: 'on', STORE_URL: await storeOf(one) } });
    try {
      const here = await scene(one);
      await view(one, here, here.clinicianId, { roles: ['clinician'] });
      const exportIds: string[] = [];
      for (const app of [one, two, one, two, one, two]) exportIds.push(await ask(app));
      for (const exportId of exportIds) {
        await eventually(async () => (await get(one, exportId)).status === 'made', 20_000);
        expect(await typesOf(one, exportId)).toEqual(['ExportRequested', 'ExportMade']);
      }
      const files = async (exportId: string) =>
        (await Promise.all([one, two].map((app) => filesIn(join(app.config.dataDir, 'exports'), exportId)))).flat();
      for (const exportId of exportIds) await eventually(async () => (await files(exportId)).length === 1);
    } finally {
      await two.close();
      await one.close();
    }
  });
});
