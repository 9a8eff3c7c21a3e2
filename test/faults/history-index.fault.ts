import { randomInt } from 'node:crypto';
import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HistoryFile } from '../../src/compliance/history/history-file.ts';
import { eventually } from '../support/eventually.ts';
import { seedLists } from './lists.ts';
import { livingPatients } from './patient.ts';
import { type SupervisedApp, startSupervisedApp } from './supervised-app.ts';

/** `KILLS=200 npm run test:faults -- history-index` for the long run. */
const KILLS = Number(process.env.KILLS ?? 3);
const PEOPLE = 2;
/** Enough that a build takes a few batches: a kill meets it at any of them. */
const LISTS = 20_000;
const LONGEST_PAUSE_MS = 400;
const CURRENT_MS = 60_000;

let app: SupervisedApp;
let officer: string;
beforeAll(async () => {
  app = await startSupervisedApp({ HISTORY_INDEX: 'on', LOG_LEVEL: 'info' });
  officer = await app.token('officer-1', 'compliance');
}, 120_000);
afterAll(() => app?.stop());

/** Rows in the index as a dead process left it, looked at beside it. */
const rowsLeft = async (): Promise<number> => {
  const copy = await mkdtemp(join(tmpdir(), 'history-left-'));
  try {
    await cp(folder(), copy, { recursive: true });
    const file = await HistoryFile.open(copy, { memoryMb: 64 });
    const { rows } = file;
    await file.close();
    return rows;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
};
const folder = () => join(app.dataDir, 'history');
/** When a process last wrote to the index; 0 while there is none. */
const touchedAt = async (): Promise<number> => {
  const names = await readdir(folder()).catch(() => []);
  const files = names.filter((name) => name.startsWith('history.duckdb'));
  const written = files.map((name) => stat(join(folder(), name)).then(({ mtimeMs }) => mtimeMs));
  return Math.max(0, ...(await Promise.all(written.map((one) => one.catch(() => 0)))));
};
const asked = (query: string, accept = 'application/json') =>
  fetch(`${app.url}/v1/access-history?${query}`, { headers: { authorization: `Bearer ${officer}`, accept } });
const isCurrent = async () => {
  const answer = await asked('limit=1').catch(() => undefined);
  await answer?.arrayBuffer().catch(() => undefined);
  return answer?.status === 200;
};
const openedOf = async (patientId: string): Promise<string[]> => {
  const answer = await asked(`patientId=${patientId}&kind=opened`, 'application/x-ndjson');
  const lines = (await answer.text()).trim().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line).viewId as string);
};
const verified = () => app.ledger('history', 'verify').ended;
const EQUAL = { code: 0, said: expect.stringMatching(/^all [\d,]+ rows are what the log of .* says/) };

describe('the index of the access history, killed at any moment', () => {
  it('goes on at its checkpoint when it is killed while it is built, by the application or by a command', async () => {
    await seedLists(app, 'doc-1', LISTS, ['pat-1', 'pat-2']);
    await app.end();
    await rm(folder(), { recursive: true });
    app.begin();
    await eventually(isCurrent, CURRENT_MS);
    await app.end();
    const buildMs = Number(/current after (\d+) ms, with [1-9]/.exec(app.logged())?.[1]);
    const all = await rowsLeft();
    expect(all).toBeGreaterThanOrEqual(2 * LISTS);

    await rm(folder(), { recursive: true });
    const left: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const before = await touchedAt();
      app.begin();
      await eventually(async () => (await touchedAt()) > before, CURRENT_MS);
      await delay((buildMs * Math.random()) / KILLS);
      await app.end();
      left.push(await rowsLeft());
    }
    process.stdout.write(`killed in a build of ${buildMs} ms and ${all} rows, with rows: ${left.join(', ')}\n`);
    expect(left).toEqual(left.toSorted((a, b) => a - b));

    const before = await touchedAt();
    const rebuilding = app.ledger('history', 'rebuild');
    await eventually(async () => (await touchedAt()) > before, CURRENT_MS);
    await delay(buildMs * Math.random());
    await rebuilding.kill();
    app.begin();
    await eventually(isCurrent, CURRENT_MS);
    await app.end();
    expect(await rowsLeft()).toBeGreaterThanOrEqual(all);
    expect(await verified()).toEqual(EQUAL);
    expect(app.logged()).not.toContain('the index is built from the first event');
    app.begin();
    await eventually(app.ready, CURRENT_MS);
  }, 180_000);

  it('has every view that was answered once, and is what the log says, after kills under load', async () => {
    let going = true;
    const { patients, lives } = await livingPatients(app, PEOPLE, () => going);
    const views = () => patients.reduce((sum, { told }) => sum + told.views.size, 0);
    for (let kill = 0; kill < KILLS; kill++) {
      const before = views();
      await Promise.race([eventually(() => views() > before + PEOPLE, CURRENT_MS), lives]);
      await delay(randomInt(LONGEST_PAUSE_MS));
      await app.kill(kill % 2 ? 'node' : 'app');
    }
    going = false;
    await lives;
    await eventually(isCurrent, CURRENT_MS);
    for (const { id, told } of patients) expect((await openedOf(id)).sort()).toEqual([...told.views].sort());
    await app.end();
    process.stdout.write(`${KILLS} kills under load: ${views()} views\n`);
    expect(await verified()).toEqual(EQUAL);
    expect(app.logged()).not.toContain('the index is built from the first event');
  }, 180_000);
});
