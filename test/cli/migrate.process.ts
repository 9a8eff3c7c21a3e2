import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { newestOf } from '../../src/ledger/moving/copy.ts';
import { marked } from '../../src/ledger/moving/mark.ts';
import { type RawEvent, RawWriter, readAllRaw, timeOf } from '../../src/ledger/moving/raw-store.ts';
import { onCall, send } from '../access/scene.ts';
import { media } from '../recordings/media.ts';
import { ask, keysIn, opened, type RecordedConsultation, recorded } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';
import { migrate, outcomeOf, spawned } from './migrating.ts';

let folder: string;
/** The DATA_DIR of an application that was used and stopped; each test moves a copy of it. */
let used: string;
let held: RecordedConsultation[];
let before: Answers;

/** What people are told: each list, who looked and when, every incident. */
type Answers = Readonly<Record<string, unknown>>;

const answersOf = async (app: RunningApp): Promise<Answers> => {
  const asked = async (path: string, as: { as: string; roles: readonly ('patient' | 'clinician' | 'on-call')[] }) =>
    (await send(app, 'GET', path, as)).body;
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
const connectionIn = async (file: string): Promise<string> =>
  (JSON.parse(await readFile(file, 'utf8')) as { connectionString: string }).connectionString;
const connected = (connectionString: string): EventStoreDBClient => {
  const client = EventStoreDBClient.connectionString(connectionString);
  clients.push(client);
  return client;
};

const storedIn = async (client: EventStoreDBClient): Promise<RawEvent[]> => {
  const events: RawEvent[] = [];
  for await (const event of readAllRaw(client))
    if (!event.stream.startsWith('$') && event.stream !== 'ledger-home') events.push(event);
  return events;
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

describe('between two running nodes', () => {
  let [source, target]: TestNode[] = [];
  let from: EventStoreDBClient;
  let to: EventStoreDBClient;
  let args: string[];
  let strings: [string, string];
  beforeEach(async () => {
    [source, target] = [await startEmbeddedNode({ closed: true }), await startEmbeddedNode({ closed: true })];
    const files = [source, target].map(({ credentialsFile = '' }) => credentialsFile);
    strings = (await Promise.all(files.map(connectionIn))) as [string, string];
    [from, to] = strings.map(connected) as [EventStoreDBClient, EventStoreDBClient];
    args = ['--from', `@${files[0]}`, '--to', `@${files[1]}`];
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.dispose()));
    await source?.stop();
    await target?.stop();
  });

  const env = () => ({ DATA_DIR: join(folder, 'nowhere') });
  const metadata = { actor: { id: 'doc-1', roles: [] } };

  /** Events on many streams, as they come: seldom two of one stream after the other. */
  const write = async (count: number): Promise<void> => {
    const writer = await RawWriter.open(from);
    const heads = new Map<string, bigint>();
    const appends: Promise<void>[] = [];
    for (let i = 0; i < count; i++) {
      const stream = `patient-p${(i * 7919) % 97}`;
      const revision = heads.get(stream) ?? 0n;
      heads.set(stream, revision + 1n);
      const data = Buffer.from(JSON.stringify({ patientId: stream, n: i }));
      const event = { id: randomUUID(), type: 'Noted', contentType: 'application/json', data };
      appends.push(writer.append(stream, revision, [{ ...event, metadata: Buffer.from(JSON.stringify(metadata)) }]));
      if (appends.length >= 500) await Promise.all(appends.splice(0));
    }
    await Promise.all(appends);
    writer.close();
  };

  it('goes on after it was killed at any moment, and leaves nothing out and nothing twice', async () => {
    await write(8_000);
    let kills = 0;
    for (const reached of [1, 2_000, 4_500, 6_500]) {
      const child = spawned(args, env());
      const ended = outcomeOf(child);
      await eventually(async () => child.exitCode !== null || (await reachedIn(to)) >= reached, 60_000);
      child.kill('SIGKILL');
      if ((await ended).code === null) kills += 1;
    }
    expect(kills).toBeGreaterThan(2);
    expect(await migrate(args, env())).toMatchObject({ code: 0 });
    const [originals, copies] = [await storedIn(from), await storedIn(to)];
    const face = ({ id, stream, revision, type, data }: RawEvent) => `${id} ${stream} ${revision} ${type} ${data}`;
    expect(copies.map(face)).toEqual(originals.map(face));
    expect(await migrate([...args, '--verify'], env())).toMatchObject({ code: 0 });
  }, 240_000);

  it('goes on when the target was killed and came back', async () => {
    await write(4_000);
    const child = spawned(args, env());
    const ended = outcomeOf(child);
    await eventually(async () => child.exitCode !== null || (await reachedIn(to)) >= 1_500, 60_000);
    await target?.kill('SIGKILL');
    await target?.restart();
    const { code, err } = await ended;
    expect([code, err]).toEqual([0, expect.stringContaining('trying again in')]);
    expect(await migrate([...args, '--verify'], env())).toMatchObject({ code: 0 });
  }, 240_000);

  it('copies what is not JSON, links and times to the last byte, and leaves the system’s streams out', async () => {
    const raw = (data: string, more: object = {}) => ({
      ...{ id: randomUUID(), type: 'Noted', contentType: 'application/json', metadata: Buffer.alloc(0) },
      data: Buffer.from(data),
      ...more,
    });
    const writer = await RawWriter.open(from);
    await writer.append('notes-1', 0n, [
      raw('{"big": 12345678901234567890, "one": 1.0}\n'),
      raw('\u0000\u0001', { contentType: 'application/octet-stream', metadata: Buffer.from('no json') }),
      raw('no json either', { metadata: Buffer.from('{ "a" : 1e3 }') }),
      raw('0@notes-1', { type: '$>', contentType: 'application/octet-stream' }),
    ]);
    writer.close();
    await from.setStreamMetadata('notes-1', { maxCount: 100 });
    const { code, out } = await migrate(args, env());
    expect(code).toBe(0);
    expect(out).toContain('1 have no JSON metadata');
    expect(out).toContain('1 streams have metadata of their own, which stay behind: notes-1');
    const [originals, copies] = [await storedIn(from), await storedIn(to)];
    expect(copies.map(({ id, type, data }) => [id, type, data])).toEqual(
      originals.map(({ id, type, data }) => [id, type, data]),
    );
    expect(copies.every(({ stream }) => stream === 'notes-1')).toBe(true);
    expect(await migrate([...args, '--verify'], env())).toMatchObject({ code: 0 });
  }, 120_000);

  it('finds each difference when it compares', async () => {
    for (let i = 0; i < 6; i++)
      await from.appendToStream(`patient-${i}`, jsonEvent({ type: 'Noted', data: { i }, metadata: { by: 'doc-1' } }));
    const writer = await RawWriter.open(to);
    for (const [i, event] of (await storedIn(from)).entries()) {
      if (i === 4) continue;
      const mark = { recordedAt: timeOf(event.ticks + (i === 0 ? 1n : 0n)), position: event.position };
      const changed = {
        ...event,
        id: i === 1 ? randomUUID() : event.id,
        type: i === 2 ? 'Told' : event.type,
        data: i === 3 ? Buffer.from('{"i": 3}') : event.data,
        metadata: marked(i === 5 ? Buffer.from('{"by":"doc-2"}') : event.metadata, mark) as Buffer,
      };
      await writer.append(event.stream, event.revision, [changed]);
    }
    const extra = { ...(await storedIn(from))[0], id: randomUUID() } as RawEvent;
    const mark = { recordedAt: timeOf(extra.ticks), position: extra.position };
    await writer.append('patient-0', 1n, [{ ...extra, metadata: marked(extra.metadata, mark) as Buffer }]);
    writer.close();
    const { code, out, err } = await migrate([...args, '--verify'], env());
    expect([code, err]).toEqual([1, expect.stringContaining('differ in 7')]);
    for (const line of [
      'revision 0 of patient-0: record time differs',
      'revision 0 of patient-1: id differs',
      'revision 0 of patient-2: type differs',
      'revision 0 of patient-3: data differs',
      'revision 0 of patient-4: missing at the target',
      'revision 0 of patient-5: metadata differs',
      'revision 1 of patient-0: only at the target',
    ])
      expect(out.split('\n')).toContain(line);
  }, 120_000);

  it('says which of the two stores refuses its user, or is away', async () => {
    const wrong = strings.map((connection) => connection.replace(/:[^:@/]+@/, ':not-the-password@')) as [
      string,
      string,
    ];
    for (const [option, given] of [
      ['--from', ['--from', wrong[0], '--to', strings[1]]],
      ['--to', ['--from', strings[0], '--to', wrong[1]]],
    ] as [string, string[]][]) {
      const { code, err } = await migrate(given, env());
      expect([code, err]).toEqual([78, expect.stringContaining(`${option} has a user whom the store does not know`)]);
      expect(err).not.toContain('not-the-password');
    }
    const [port] = await freePorts(1);
    const { code, err } = await migrate(['--from', strings[0], '--to', `esdb://localhost:${port}?tls=false`], env());
    expect([code, err]).toEqual([1, expect.stringContaining(`localhost:${port} (--to) cannot be reached`)]);
  }, 120_000);

  it('copies nothing into a ledger that is in use', async () => {
    await write(10);
    await to.appendToStream('patient-p0', jsonEvent({ type: 'Noted', data: {}, metadata }));
    const { code, err } = await migrate(args, env());
    expect([code, err]).toEqual([1, expect.stringContaining('the target is in use: patient-p0')]);
    expect(await countIn(to)).toBe(1);
  }, 120_000);

  it('copies nothing onto a copy of another ledger', async () => {
    await write(10);
    const [first] = (await storedIn(from)) as [RawEvent];
    const writer = await RawWriter.open(to);
    const mark = { recordedAt: timeOf(first.ticks), position: first.position };
    const other = { ...first, id: randomUUID(), metadata: marked(first.metadata, mark) as Buffer };
    await writer.append(first.stream, 0n, [other]);
    writer.close();
    const { code, err } = await migrate(args, env());
    expect([code, err]).toEqual([1, expect.stringContaining('the target holds a copy of another store')]);
    expect(await countIn(to)).toBe(1);
  }, 120_000);

  it('does not write into somebody else’s stream', async () => {
    await to.appendToStream('notes-1', jsonEvent({ type: 'Noted', data: {} }));
    await from.appendToStream('notes-1', jsonEvent({ type: 'Noted', data: {} }));
    const { code, err } = await migrate(args, env());
    expect([code, err]).toEqual([1, expect.stringContaining('notes-1 is another one at the target')]);
    expect((await storedIn(to)).length).toBe(1);
  }, 120_000);
});

/** About how many events a node holds: its positions count them. To count what is there would hold the copy up. */
const reachedIn = async (client: EventStoreDBClient): Promise<bigint> =>
  (await newestOf(client))?.position.commit ?? 0n;

const countIn = async (client: EventStoreDBClient): Promise<number> => {
  let [count] = [0];
  for await (const { event } of client.readAll()) if (event && !event.streamId.startsWith('$')) count += 1;
  return count;
};
