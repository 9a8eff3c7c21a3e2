import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { onCall, send } from '../access/scene.ts';
import { media } from '../recordings/media.ts';
import { ask, keysIn, opened, type RecordedConsultation, recorded } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { connectionIn, migrate, storedIn } from './migrating.ts';

let folder: string;
/** The DATA_DIR of an application that was used and stopped; each test moves a copy of it. */
let used: string;
let held: RecordedConsultation[];
let before: Answers;

/** What people are told: each list, who looked and when, every incident. */
type Answers = Readonly<Record<string, unknown>>;

const answersOf = async (app: RunningApp): Promise<Answers> => {
  const asked = (path: string, as: { as: string; roles: readonly ('patient' | 'clinician' | 'on-call')[] }) =>
    eventually(async () => {
      const { status, body } = await send(app, 'GET', path, as);
      // In the first moments of a start the boards are still being read.
      return status === 503 ? undefined : body;
    });
  const answers: Record<string, unknown> = { breaches: await asked('/v1/breaches?status=all&limit=100', onCall) };
  for (const { patientId, clinicianId } of held) {
    const patient = { as: patientId, roles: ['patient'] as const };
    answers[`consultations of ${patientId}`] = await asked('/v1/me/consultations', patient);
    answers[`accesses of ${patientId}`] = await asked('/v1/me/accesses?limit=100', patient);
    answers[`seen by ${clinicianId}`] = await asked('/v1/breaches?status=open&limit=100', onCall);
  }
  return answers;
};

/** How often each type was written, by the store that an application runs on. */
const countsIn = async (app: RunningApp): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { type } of await storedIn(await clientOf(app.config.dataDir))) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
};

const clients: EventStoreDBClient[] = [];
const clientOf = async (dataDir: string): Promise<EventStoreDBClient> =>
  connected(await connectionIn(join(dataDir, 'eventstore', 'access', 'credentials-admin.json')));
const connected = (connectionString: string): EventStoreDBClient => {
  const client = EventStoreDBClient.connectionString(connectionString);
  clients.push(client);
  return client;
};

const copyOfUsed = async (): Promise<string> => {
  const dir = join(folder, `source-${randomUUID()}`);
  await cp(used, dir, { recursive: true });
  return dir;
};
const emptyDir = () => join(folder, `target-${randomUUID()}`);

const appsOn = (one: string, other: string) =>
  Promise.all([startApp({ env: { DATA_DIR: one } }), startApp({ env: { DATA_DIR: other } })]);

const caughtUp = (app: RunningApp) =>
  eventually(async () => {
    const { body } = await send(app, 'GET', '/v1/access-monitor', onCall);
    return body.available === true && body.waiting === 0;
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-migrate-'));
  used = join(folder, 'used');
  const app = await startApp({ env: { DATA_DIR: used } });
  held = [await recorded(app), await recorded(app)];
  for (const here of held) {
    const { contentUrl } = await opened(app, here);
    await (await app.call(contentUrl, { as: here.patientId, roles: ['patient'] })).arrayBuffer();
    await send(app, 'POST', `${here.recordingPath}/views`, {
      ...{ as: 'doc-elsewhere', roles: ['clinician'] as const },
      body: { purpose: 'emergency', reason: 'unconscious in the emergency room' },
    });
    await ask(app, here, 'pat-stranger');
  }
  await eventually(async () => ((await countsIn(app)).BreachFlagged ?? 0) >= 2);
  await caughtUp(app);
  before = await answersOf(app);
  await app.close();
}, 120_000);

afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a ledger that moved', () => {
  it('gives the same answers at its new home, judges nothing again, and still has every recording', async () => {
    const [source, target] = [await copyOfUsed(), emptyDir()];
    const to = ['--to', target, '--recordings-to', join(target, 'recordings')];
    const moved = await migrate(to, { DATA_DIR: source });
    expect(moved).toMatchObject({ code: 0, out: expect.stringContaining(`the ledger lives in ${target} now`) });
    expect(moved.err).toMatch(/copying events: \d+ events in .* s, \d.*\/s\n/);
    expect(await migrate([...to, '--verify'], { DATA_DIR: source })).toMatchObject({ code: 0 });

    const app = await startApp({ env: { DATA_DIR: target } });
    try {
      await caughtUp(app);
      expect(await answersOf(app)).toEqual(before);
      const counts = await countsIn(app);
      expect([counts.RecordingViewed, counts.ViewFlagged, counts.BreachFlagged]).toEqual([4, 2, 2]);
      // A new view comes after all that was handed out, so that by its verdict everything before it was looked at.
      const [here] = held as [RecordedConsultation];
      const { contentUrl } = await opened(app, here);
      const played = await app.call(contentUrl, { as: here.patientId, roles: ['patient'] });
      expect(Buffer.from(await played.arrayBuffer()).equals(await media('consultation.webm'))).toBe(true);
      await caughtUp(app);
      const after = await countsIn(app);
      for (const type of ['ViewFlagged', 'BreachFlagged', 'OnCallNotified', 'BreachTransferBegan', 'BreachBytesServed'])
        expect([type, after[type]]).toEqual([type, counts[type]]);
      expect(after.ViewCleared).toBe((counts.ViewCleared ?? 0) + 1);
      expect(await keysIn(app)).toHaveLength(2);
    } finally {
      await app.close();
    }
  }, 120_000);

  it('is not written any more where it was, and says where it is, until the move is taken back', async () => {
    const [source, target] = [await copyOfUsed(), emptyDir()];
    expect(await migrate(['--to', target], { DATA_DIR: source })).toMatchObject({ code: 0 });
    const [here] = held as [RecordedConsultation];
    const consent = (app: RunningApp) =>
      send(app, 'POST', `${here.path}/consent`, {
        ...{ as: here.patientId, roles: ['patient'] as const, body: { given: false } },
      });
    const [left, arrived] = await appsOn(source, target);
    try {
      const refused = await consent(left);
      expect([refused.status, refused.body.code]).toEqual([503, 'ledger-read-only']);
      expect(refused.body.detail).toContain(`the ledger has moved to ${target}`);
      expect(left.logged.join('')).toContain(`the ledger has moved to ${target}`);
      expect((await left.call('/health/ready')).status).toBe(503);
      expect(await answersOf(left)).toEqual(before);
      expect((await arrived.call('/health/ready')).status).toBe(200);
      const counts = await countsIn(left);
      expect([counts.ViewFlagged, counts.RecordingConsentWithdrawn]).toEqual([2, undefined]);
    } finally {
      await Promise.all([left.close(), arrived.close()]);
    }
    const back = await migrate(['--to', target, '--reopen'], { DATA_DIR: source });
    expect(back).toMatchObject({ code: 0, out: expect.stringContaining(`the ledger lives in ${source} again`) });
    const [again, other] = await appsOn(source, target);
    try {
      expect((await consent(other)).body.detail).toContain(`the ledger has moved to ${source}`);
      expect((await consent(again)).status).toBeLessThan(300);
    } finally {
      await Promise.all([again.close(), other.close()]);
    }
    // And once more, with what came since.
    expect(await migrate(['--to', target], { DATA_DIR: source })).toMatchObject({ code: 0 });
    expect(await migrate(['--to', target, '--verify'], { DATA_DIR: source })).toMatchObject({ code: 0 });
  }, 180_000);

  it('does not go back by itself once it was written at its new home', async () => {
    const [source, target] = [await copyOfUsed(), emptyDir()];
    await migrate(['--to', target], { DATA_DIR: source });
    const app = await startApp({ env: { DATA_DIR: target } });
    const [here] = held as [RecordedConsultation];
    await send(app, 'POST', `${here.path}/consent`, {
      ...{ as: here.patientId, roles: ['patient'] as const, body: { given: false } },
    });
    await app.close();
    const back = await migrate(['--to', target, '--reopen'], { DATA_DIR: source });
    expect([back.code, back.err]).toEqual([1, expect.stringContaining('was written since')]);
    const verified = await migrate(['--to', target, '--verify'], { DATA_DIR: source });
    expect(verified).toMatchObject({ code: 0, out: expect.stringMatching(/[1-9]\d* were written at .* since/) });

    // The way back is a move.
    const home = emptyDir();
    expect(await migrate(['--from', target, '--to', home], { DATA_DIR: source })).toMatchObject({ code: 0 });
    const back2 = await startApp({ env: { DATA_DIR: home } });
    try {
      await caughtUp(back2);
      const [first] = held as [RecordedConsultation];
      const accesses = `accesses of ${first.patientId}`;
      expect((await answersOf(back2))[accesses]).toEqual(before[accesses]);
    } finally {
      await back2.close();
    }
  }, 180_000);

  it('is not written at its new home before it has arrived there', async () => {
    const [source, target] = [await copyOfUsed(), emptyDir()];
    expect(await migrate(['--to', target, '--keep-open'], { DATA_DIR: source })).toMatchObject({ code: 0 });
    const app = await startApp({ env: { DATA_DIR: target } });
    try {
      const [here] = held as [RecordedConsultation];
      const { status, body } = await send(app, 'POST', `${here.path}/consent`, {
        ...{ as: here.patientId, roles: ['patient'] as const, body: { given: false } },
      });
      expect([status, body.detail]).toEqual([503, expect.stringContaining(`has not arrived from ${source} yet`)]);
    } finally {
      await app.close();
    }
    expect(await migrate(['--to', target], { DATA_DIR: source })).toMatchObject({ code: 0 });
  }, 120_000);
});

describe('comparing both sides', () => {
  it('names a recording that is another one, and leaves nothing undone unsaid', async () => {
    const [source, target] = [await copyOfUsed(), emptyDir()];
    const to = ['--to', target, '--recordings-to', join(target, 'recordings')];
    await migrate(to, { DATA_DIR: source });
    const [here] = held as [RecordedConsultation];
    const key = `patient-${here.patientId}/${here.recordingId}`;
    const file = await open(join(target, 'recordings', key), 'r+');
    await file.write(Buffer.from('x'), 0, 1, 100);
    await file.close();
    const { code, out } = await migrate([...to, '--verify'], { DATA_DIR: source });
    expect([code, out]).toEqual([1, expect.stringContaining(`${key}: its bytes are not those`)]);
    expect(out).toContain('1 of 2');
  }, 120_000);

  it('does not take over a recording that is damaged, and does not move without being told to', async () => {
    const [source, target] = [await copyOfUsed(), emptyDir()];
    const [here] = held as [RecordedConsultation];
    const key = `patient-${here.patientId}/${here.recordingId}`;
    const file = await open(join(source, 'recordings', key), 'r+');
    await file.write(Buffer.from('x'), 0, 1, 100);
    await file.close();
    const to = ['--to', target, '--recordings-to', join(target, 'recordings')];
    const refused = await migrate(to, { DATA_DIR: source });
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(`${key}: its bytes are not those`)]);
    expect(refused.err).not.toContain('is read-only');
    expect(await readdir(join(target, 'recordings', `patient-${here.patientId}`)).catch(() => [])).toEqual([]);
    expect(await migrate([...to, '--leave-damaged'], { DATA_DIR: source })).toMatchObject({ code: 0 });
  }, 120_000);
});
