import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLog, METADATA_EVENT, type ProposedEvent } from '../../embedded/log/event-log.ts';
import { verifyFolder } from '../../embedded/verify.ts';
import { eventually } from '../support/eventually.ts';
import { OPERATION, runNode, startEmbeddedNode } from '../support/node.ts';

const event = (type: string, data: unknown = { note: crypto.randomUUID() }): ProposedEvent => ({
  id: crypto.randomUUID(),
  type,
  contentType: 'application/json',
  data: Buffer.from(JSON.stringify(data)),
  metadata: Buffer.alloc(0),
});

const many = (type: string, count: number) => Array.from({ length: count }, () => event(type));

type Seen = { readonly position: bigint; readonly revision: bigint; readonly stream: string; readonly id: string };

const all = (log: EventLog): Seen[] => {
  const seen: Seen[] = [];
  for (let from: bigint | 'start' = 'start', end = false; !end; ) {
    const page = log.readAll({ from, direction: 'forwards', max: 1_000 });
    seen.push(...page.events.map(({ position, revision, stream, id }) => ({ position, revision, stream, id })));
    from = page.next;
    end = page.end;
  }
  return seen;
};

const inStream = (log: EventLog, stream: string) => {
  const { events, status } = log.readStream(stream, { from: 'start', direction: 'forwards', max: 10_000 });
  return { status, seen: events.map(({ position, revision, id }) => `${position} ${revision} ${id}`) };
};

const STREAMS = [
  'kept',
  'counted',
  'cut',
  'aged',
  'deleted',
  'revived',
  'closed',
  '$$counted',
  '$$deleted',
  '$$closed',
];

/** Streams of every kind, with what their readers see. */
const fill = async (dir: string, count: number) => {
  const log = await EventLog.open(dir);
  for (const stream of ['kept', 'counted', 'cut', 'aged', 'deleted', 'revived', 'closed']) {
    for (let left = count; left > 0; left -= 500) await log.append(stream, 'any', many(stream, Math.min(left, 500)));
  }
  const metadata = (stream: string, data: unknown) => log.append(`$$${stream}`, 'any', [event(METADATA_EVENT, data)]);
  await metadata('closed', { note: 1 });
  await metadata('counted', { $maxCount: 500 });
  await metadata('counted', { $maxCount: 7 });
  await metadata('cut', { $tb: count - 3 });
  await metadata('aged', { $maxAge: 1_000_000 });
  await log.deleteStream('deleted', 'any');
  await log.deleteStream('revived', 'any');
  await log.append('revived', 'any', many('back', 2));
  await log.tombstone('closed', 'any');
  await log.append('kept', 'any', many('kept', 1));
  const streams = new Map(STREAMS.map((stream) => [stream, inStream(log, stream)]));
  const before = all(log);
  await log.close();
  return { streams, before };
};

describe('compacting a data folder', () => {
  let folder: string;
  let dir: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'compaction-'));
    dir = join(folder, 'eventstore');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('leaves out what no reader of a stream sees, and nothing else, each at its place', async () => {
    const { streams, before } = await fill(dir, 1_000);
    const size = async () => (await stat(join(dir, 'events.mdb'))).size;
    const large = await size();
    const { code, stdout } = await runNode('compact', '--dir', dir);
    expect({ code, stdout }).toEqual({
      code: 0,
      // 1,001 and 1,000 whole, 7, 3, 2, a tombstone, and the last metadata of five streams.
      stdout: expect.stringMatching(/^compacted: 2019 events kept, 4993 left out, .* MB before, .* MB now/m),
    });
    expect(await size()).toBeLessThan(large / 2);
    expect((await verifyFolder(dir)).faults).toEqual([]);

    const log = await EventLog.open(dir);
    for (const [stream, seen] of streams) expect({ stream, ...inStream(log, stream) }).toEqual({ stream, ...seen });
    const after = all(log);
    const places = new Map(before.map((seen) => [seen.position, seen]));
    for (const seen of after) expect(seen).toEqual(places.get(seen.position));
    const backwards = log.readAll({ from: 'end', direction: 'backwards', max: 10_000 });
    expect(backwards.events.map(({ position }) => position)).toEqual(
      after.map(({ position }) => position).toReversed(),
    );
    // From within what was left out, both ways.
    const [gap] = before.filter(({ position }) => !after.some((seen) => seen.position === position));
    const from = gap?.position ?? -1n;
    expect(log.at(from)).toBeUndefined();
    expect(log.readAll({ from, direction: 'forwards', max: 1 }).events[0]?.position).toBeGreaterThan(from);
    const [down] = log.readAll({ from, direction: 'backwards', max: 1 }).events;
    expect(down === undefined || down.position < from).toBe(true);

    // Numbering goes on, and ids that are left are recognised.
    expect(await log.append('deleted', 'any', [event('back')])).toMatchObject({ ok: true, lastRevision: 1_000n });
    expect(await log.append('counted', 999n, [event('more')])).toMatchObject({ ok: true, lastRevision: 1_000n });
    expect(await log.append('closed', 'any', [event('no')])).toMatchObject({ reason: 'stream-deleted' });
    expect(inStream(log, 'deleted').seen).toHaveLength(1);
    await log.append('filler', 'any', many('filler', 1_100));
    await log.append('filler', 'any', many('filler', 1));
    await log.close();
    expect((await verifyFolder(dir)).faults).toEqual([]);
    expect((await runNode('compact', '--dir', dir)).code).toBe(0);
    expect((await verifyFolder(dir)).faults).toEqual([]);
  });

  it('finds an id that was written twice at the place that is left', async () => {
    const log = await EventLog.open(dir);
    const twice = event('twice');
    await log.append('repeats', 'any', [twice, ...many('once', 3), twice]);
    await log.append('$$repeats', 'any', [event(METADATA_EVENT, { $maxCount: 2 })]);
    await log.close();
    expect(await runNode('compact', '--dir', dir)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('3 events kept, 3 left out'),
    });
    const compacted = await EventLog.open(dir);
    expect(await compacted.append('repeats', 'any', [twice])).toMatchObject({ ok: true, lastRevision: 4n });
    expect(compacted.lastRevision('repeats')).toBe(4n);
    await compacted.close();
    expect((await verifyFolder(dir)).faults).toEqual([]);
  });

  it('is read to its end both ways when its first events are left out', async () => {
    const log = await EventLog.open(dir);
    await log.append('deleted', 'any', many('deleted', 3));
    await log.append('kept', 'any', many('kept', 2));
    await log.deleteStream('deleted', 'any');
    await log.close();
    expect((await runNode('compact', '--dir', dir)).code).toBe(0);
    const compacted = await EventLog.open(dir);
    const positions: bigint[] = [];
    for (let from: bigint | 'end' = 'end', end = false; !end; ) {
      const page = compacted.readAll({ from, direction: 'backwards', max: 1 });
      positions.push(...page.events.map(({ position }) => position));
      expect(page.events.length > 0 || page.end).toBe(true);
      from = page.next;
      end = page.end;
    }
    expect(positions).toEqual([5n, 4n, 3n]);
    expect(all(compacted).map(({ position }) => position)).toEqual([3n, 4n, 5n]);
    await compacted.close();
  });

  it('is backed up and restored like any other afterwards', async () => {
    await fill(dir, 600);
    await runNode('compact', '--dir', dir);
    const restored = join(folder, 'restored');
    expect((await runNode('backup', '--dir', dir, join(folder, 'backup'))).code).toBe(0);
    expect((await runNode('restore', '--dir', restored, join(folder, 'backup'))).code).toBe(0);
    const [log, copy] = [await EventLog.open(dir), await EventLog.open(restored)];
    expect(all(copy)).toEqual(all(log));
    await log.close();
    await copy.close();
  });

  it('is refused while a node has the folder, and where there is no store', async () => {
    const node = await startEmbeddedNode({ dir });
    expect(await runNode('compact', '--dir', dir)).toMatchObject({
      code: 2,
      stdout: expect.stringContaining(`in use by another node (process ${node.pid})`),
    });
    await node.stop();
    expect(await runNode('compact', '--dir', join(folder, 'nothing'))).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('no event store'),
    });
  });

  it('loses nothing and ends whole, however often it is killed on the way', async () => {
    const { streams } = await fill(dir, 9_000);
    const written = () =>
      stat(join(dir, 'events.mdb.compacting')).then(
        ({ size }) => size,
        () => 0,
      );
    for (let kills = 0; kills < 6; kills++) {
      // The process that does the work; the one that a user starts only waits for it.
      const child = spawn(process.execPath, [OPERATION, 'compact', '--dir', dir], { stdio: Array(4).fill('ignore') });
      const exited = once(child, 'exit');
      const enough = (kills % 3) * 400_000;
      await eventually(async () => child.exitCode !== null || (await written()) > enough, 60_000);
      child.kill('SIGKILL');
      await exited;
      if (kills % 2 === 0) continue;
      // A node that works in between sees it all, and makes the compaction begin anew.
      const log = await EventLog.open(dir);
      for (const [stream, seen] of streams) expect({ stream, ...inStream(log, stream) }).toEqual({ stream, ...seen });
      await log.append('between', 'any', many('between', 1_200));
      await log.append('between', 'any', many('between', 1));
      await log.close();
    }
    expect((await runNode('compact', '--dir', dir)).code).toBe(0);
    expect((await verifyFolder(dir)).faults).toEqual([]);
    const log = await EventLog.open(dir);
    for (const [stream, seen] of streams) expect({ stream, ...inStream(log, stream) }).toEqual({ stream, ...seen });
    expect(inStream(log, 'between').seen).toHaveLength(3_603);
    await log.close();
    expect((await readdir(dir)).filter((name) => name.includes('compacting'))).toEqual([]);
  }, 180_000);
});
