import { createHash, randomInt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { seedLists } from './lists.ts';
import { type SupervisedApp, startSupervisedApp } from './supervised-app.ts';

/** `KILLS=50 npm run test:faults -- exports` for the long run. */
const KILLS = Number(process.env.KILLS ?? 2);
const LISTS = 20_000;
const LONGEST_PAUSE_MS = 300;
const DONE_MS = 60_000;

let app: SupervisedApp;
let officer: string;
beforeAll(async () => {
  app = await startSupervisedApp({ HISTORY_INDEX: 'on', EXPORT_APPROVAL_PEOPLE: '1000' });
  officer = await app.token('officer-1', 'compliance');
  await seedLists(app, 'doc-1', LISTS, ['pat-1']);
}, 120_000);
afterAll(() => app?.stop());

const call = (path: string, body?: object) =>
  fetch(`${app.url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${officer}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
/** The JSON of an answer, once it is one of success: while an instance starts, it refuses. */
const answered = (path: string, body?: object): Promise<Record<string, unknown>> =>
  eventually(async () => {
    const answer = await call(path, body).catch(() => undefined);
    const said = await answer?.text().catch(() => undefined);
    return answer?.ok && said ? (JSON.parse(said) as Record<string, unknown>) : undefined;
  }, DONE_MS);
const ask = async (format: string): Promise<string> => {
  const asked = { format, purpose: 'audit', filter: { patientId: 'pat-1', viewerId: 'doc-1' } };
  return String((await answered('/v1/exports', asked)).exportId);
};
const filesOf = (exportId: string) => readdir(join(app.dataDir, 'exports', exportId)).catch(() => []);
/** Files that are being written, and those that dead processes left so. */
const parts = async (): Promise<string[]> => {
  const folders = [join('exports', '.incoming'), 'exports-making'].map((name) => join(app.dataDir, name));
  return (await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])))).flat();
};
const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('an export whose maker is killed', () => {
  it.each(['ndjson', 'parquet'])(
    'is made from the start by the next, and never half, as %s',
    async (format) => {
      const exportId = await ask(format);
      for (let kill = 0; kill < KILLS; kill++) {
        const before = new Set(await parts());
        const begun = async () => (await parts()).some((name) => !before.has(name));
        await eventually(async () => (await filesOf(exportId)).length > 0 || (await begun()), DONE_MS);
        await delay(randomInt(LONGEST_PAUSE_MS));
        await app.end();
        app.begin();
      }
      const job = await eventually(async () => {
        const now = await answered(`/v1/exports/${exportId}`);
        return now.status === 'queued' ? undefined : now;
      }, DONE_MS);

      expect(job).toMatchObject({ status: 'made', rows: LISTS });
      const content = Buffer.from(await (await call(`/v1/exports/${exportId}/content`)).arrayBuffer());
      expect([content.length, sha256Of(content)]).toEqual([job.bytes, job.sha256]);
      if (format === 'ndjson') expect(new Set(content.toString().trim().split('\n')).size).toBe(LISTS);
      else expect([content.subarray(0, 4), content.subarray(-4)].map(String)).toEqual(['PAR1', 'PAR1']);
      // One that a killed instance had finished before it was on record is the same.
      for (const file of await filesOf(exportId))
        expect(sha256Of(await readFile(join(app.dataDir, 'exports', exportId, file)))).toBe(job.sha256);
    },
    180_000,
  );

  it('has no file when it was cancelled while it was made', async () => {
    const cancelled = async (): Promise<string | undefined> => {
      const exportId = await ask('ndjson');
      const before = new Set(await parts());
      await eventually(
        async () => (await filesOf(exportId)).length > 0 || (await parts()).some((name) => !before.has(name)),
        DONE_MS,
      );
      const { ok } = await call(`/v1/exports/${exportId}/cancel`, {});
      await app.end();
      app.begin();
      // It was made first.
      return ok ? exportId : undefined;
    };
    const exportId = await eventually(cancelled, DONE_MS);
    expect(await answered(`/v1/exports/${exportId}`)).toMatchObject({ status: 'cancelled' });
    expect(await filesOf(exportId)).toEqual([]);
  }, 120_000);
});
