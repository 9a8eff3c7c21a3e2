import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { newestOf } from '../../src/ledger/moving/copy.ts';
import { marked } from '../../src/ledger/moving/mark.ts';
import { type RawEvent, RawWriter, timeOf } from '../../src/ledger/moving/raw-store.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';
import { connectionIn, migrate, outcomeOf, spawned, storedIn } from './migrating.ts';

describe('moving a ledger between two running nodes', () => {
  let folder: string;
  let [source, target]: TestNode[] = [];
  let from: EventStoreDBClient;
  let to: EventStoreDBClient;
  let args: string[];
  let strings: [string, string];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cli-migrate-nodes-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    [source, target] = await Promise.all([startEmbeddedNode({ closed: true }), startEmbeddedNode({ closed: true })]);
    const files = [source, target].map(({ credentialsFile = '' }) => credentialsFile);
    strings = (await Promise.all(files.map(connectionIn))) as [string, string];
    [from, to] = strings.map((string) => EventStoreDBClient.connectionString(string)) as [
      EventStoreDBClient,
      EventStoreDBClient,
    ];
    args = ['--from', `@${files[0]}`, '--to', `@${files[1]}`];
  });
  afterEach(async () => {
    await Promise.all([from, to].map((client) => client?.dispose()));
    await Promise.all([source?.stop(), target?.stop()]);
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
