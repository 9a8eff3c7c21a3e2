import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLog, type ProposedEvent } from '../../embedded/log/event-log.ts';

const event = (type: string, data: unknown = {}, id: string = crypto.randomUUID()): ProposedEvent => ({
  id,
  type,
  contentType: 'application/json',
  data: Buffer.from(JSON.stringify(data)),
  metadata: Buffer.alloc(0),
});

describe('the event log', () => {
  let dir: string;
  let log: EventLog;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'event-log-'));
    log = await EventLog.open(dir);
  });
  afterEach(async () => {
    await log.close();
    await rm(dir, { recursive: true, force: true });
  });

  const reopen = async () => {
    await log.close();
    log = await EventLog.open(dir);
  };
  const types = (stream: string) =>
    log.readStream(stream, { from: 'start', direction: 'forwards', max: 1000 }).events.map(({ type }) => type);

  it('gives back what was appended, field by field', async () => {
    const id = crypto.randomUUID();
    const before = BigInt(Date.now()) * 10_000n;
    await log.append('patient-ä', 'no_stream', [
      {
        id,
        type: 'Böoked',
        contentType: 'application/octet-stream',
        data: Buffer.from([0, 255]),
        metadata: Buffer.from('m'),
      },
    ]);
    const [stored] = log.readStream('patient-ä', { from: 'start', direction: 'forwards', max: 1 }).events;
    expect(stored).toMatchObject({
      id,
      type: 'Böoked',
      stream: 'patient-ä',
      contentType: 'application/octet-stream',
      revision: 0n,
      position: 0n,
    });
    expect(stored?.data).toEqual(Buffer.from([0, 255]));
    expect(stored?.metadata.toString()).toBe('m');
    expect(stored?.created).toBeGreaterThanOrEqual(before);
  });

  it('keeps order, revisions and positions over a restart', async () => {
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => log.append(`s-${index % 7}`, 'any', [event(`E${index}`)])),
    );
    await reopen();
    const { events, end } = log.readAll({ from: 'start', direction: 'forwards', max: 1000 });
    expect(events.map(({ position }) => position)).toEqual(Array.from({ length: 100 }, (_, index) => BigInt(index)));
    expect(events.map(({ type }) => type)).toEqual(Array.from({ length: 100 }, (_, index) => `E${index}`));
    expect(end).toBe(true);
    expect(types('s-3')).toEqual(Array.from({ length: 14 }, (_, index) => `E${index * 7 + 3}`));
    expect(log.lastPosition).toBe(99n);
  });

  it('decides appends that share a commit one after the other', async () => {
    const results = await Promise.all(Array.from({ length: 5 }, () => log.append('race', 'no_stream', [event('Won')])));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(results[1]).toEqual({ ok: false, reason: 'wrong-expected-version', current: 0n });
  });

  it('recognises a repeat inside the same commit and after a restart', async () => {
    const repeated = [event('A'), event('B')];
    const [first, second] = await Promise.all([log.append('s', 'any', repeated), log.append('s', 'any', repeated)]);
    expect(second).toEqual(first);
    await reopen();
    expect(await log.append('s', 'any', repeated)).toEqual(first);
    expect(await log.append('s', 'no_stream', repeated)).toEqual(first);
    expect(await log.append('s', 'any', [repeated[0] as ProposedEvent, event('C')])).toMatchObject({ ok: false });
    expect(types('s')).toEqual(['A', 'B']);
  });

  it('reads a stream backwards and in pages', async () => {
    await log.append(
      's',
      'any',
      Array.from({ length: 10 }, (_, index) => event(`E${index}`)),
    );
    const page = log.readStream('s', { from: 'end', direction: 'backwards', max: 4 });
    expect(page.events.map(({ revision }) => revision)).toEqual([9n, 8n, 7n, 6n]);
    expect(page).toMatchObject({ next: 5n, end: false, last: 9n });
    const rest = log.readStream('s', { from: page.next, direction: 'backwards', max: 100 });
    expect(rest.events.map(({ revision }) => revision)).toEqual([5n, 4n, 3n, 2n, 1n, 0n]);
    expect(rest.end).toBe(true);
    expect(log.readStream('s', { from: 10n, direction: 'forwards', max: 5 })).toMatchObject({
      status: 'ok',
      events: [],
    });
    const all = log.readAll({ from: 'end', direction: 'backwards', max: 3 });
    expect(all.events.map(({ position }) => position)).toEqual([9n, 8n, 7n]);
    expect(log.readAll({ from: all.next, direction: 'backwards', max: 100 }).events).toHaveLength(7);
  });

  it('soft-deletes and revives with numbering going on, and keeps the rest of the metadata', async () => {
    await log.append('s', 'any', [event('A'), event('B')]);
    await log.deleteStream('s', 'any');
    expect(log.readStream('s', { from: 'start', direction: 'forwards', max: 9 }).status).toBe('not-found');
    await reopen();
    expect(await log.append('s', 'no_stream', [event('C')])).toMatchObject({ ok: true, lastRevision: 2n });
    expect(types('s')).toEqual(['C']);
    expect(log.streamMetadata('s').truncateBefore).toBe(2n);
    await reopen();
    expect(types('s')).toEqual(['C']);
    await log.append('$$s', 'any', [event('$metadata', { $maxCount: 7, note: 1 })]);
    await log.deleteStream('s', 'any');
    await log.append('$$s', 'any', [event('$metadata', { $maxCount: 7, note: 1 })]);
    expect(log.streamMetadata('s')).toMatchObject({ truncateBefore: 3n, maxCount: 7n });
    expect(log.readStream('s', { from: 'start', direction: 'forwards', max: 9 })).toMatchObject({
      status: 'ok',
      events: [],
    });
  });

  it('closes a tombstoned stream and its metadata for good', async () => {
    await log.append('s', 'any', [event('A')]);
    await log.tombstone('s', 0n);
    await reopen();
    for (const stream of ['s', '$$s']) {
      expect(await log.append(stream, 'any', [event('B')])).toEqual({ ok: false, reason: 'stream-deleted' });
      expect(log.readStream(stream, { from: 'start', direction: 'forwards', max: 9 }).status).toBe('deleted');
    }
    expect(log.readAll({ from: 'start', direction: 'forwards', max: 9 }).events.at(-1)).toMatchObject({
      type: '$streamDeleted',
      revision: 9223372036854775807n,
    });
  });

  it('tells listeners of each commit once, in order, before the writer is answered', async () => {
    const seen: string[] = [];
    const stop = log.onCommit((events) => seen.push(...events.map(({ type }) => type)));
    await Promise.all([log.append('a', 'any', [event('1')]), log.append('b', 'any', [event('2'), event('3')])]);
    expect(seen).toEqual(['1', '2', '3']);
    stop();
    await log.append('a', 'any', [event('4')]);
    expect(seen).toHaveLength(3);
  });

  it('hides what $maxCount, $maxAge and $tb hide, and keeps int64 max exact', async () => {
    await log.append(
      's',
      'any',
      Array.from({ length: 10 }, (_, index) => event(`E${index}`)),
    );
    await log.append('$$s', 'any', [event('$metadata', { $maxCount: 3 })]);
    expect(types('s')).toEqual(['E7', 'E8', 'E9']);
    await log.append('$$s', 'any', [event('$metadata', { $maxCount: 3, $tb: 9 })]);
    expect(types('s')).toEqual(['E9']);
    await log.append('$$s', 'any', [event('$metadata', { $maxAge: 3600 })]);
    expect(types('s')).toHaveLength(10);
    const raw = { ...event('$metadata'), data: Buffer.from('{"$tb":9223372036854775806}') };
    await log.append('$$s', 'any', [raw]);
    expect(log.streamMetadata('s').truncateBefore).toBe(9223372036854775806n);
  });

  it('reads the same, whatever the index in the file has or lacks, through restarts', async () => {
    const expected = new Map<string, string[]>();
    let total = 0;
    // Sizes around the thousand events after which the index catches up.
    for (const [round, size] of [1, 998, 1, 1, 2, 500, 500, 1, 3, 2_500, 1, 999, 2].entries()) {
      const stream = `s-${round % 3}`;
      const events = Array.from({ length: size }, () => event(`E${total++}`));
      const before = expected.get(stream) ?? [];
      expect(
        await log.append(stream, BigInt(before.length - 1) < 0n ? 'no_stream' : BigInt(before.length - 1), events),
      ).toMatchObject({
        ok: true,
        lastRevision: BigInt(before.length + size - 1),
      });
      expected.set(stream, [...before, ...events.map(({ type }) => type)]);
      if (round % 2 === 0) await reopen();
      expect(await log.append(stream, 'any', events.slice(-2))).toMatchObject({
        ok: true,
        lastRevision: BigInt(before.length + size - 1),
      });
      for (const [name, all] of expected) {
        const read = [];
        for (let from = 0n, end = false; !end; ) {
          const page = log.readStream(name, { from, direction: 'forwards', max: 700 });
          read.push(...page.events.map(({ type }) => type));
          from = page.next;
          end = page.end;
        }
        expect(read).toEqual(all);
        const backwards = log.readStream(name, { from: 'end', direction: 'backwards', max: 5_000 });
        expect(backwards.events.map(({ type }) => type)).toEqual(all.toReversed());
        expect(log.eventAt(name, BigInt(Math.floor(all.length / 2)))?.type).toBe(all[Math.floor(all.length / 2)]);
      }
    }
    expect(log.lastPosition).toBe(BigInt(total - 1));
  });

  it('recognises an id where it was first written, in one append or several', async () => {
    const [a, b] = [event('A'), event('B')];
    await log.append('twice', 'any', [a, a]);
    await log.append('s', 'any', [a, a]);
    await log.append('s', 1n, [a, b]);
    for (let round = 0; round < 2; round++) {
      expect(await log.append('twice', 'any', [a, a])).toMatchObject({ ok: true, lastRevision: 0n });
      expect(await log.append('s', 'any', [a, b])).toMatchObject({ ok: true, lastRevision: 3n });
      expect(await log.append('s', 'any', [b])).toMatchObject({ ok: true, lastRevision: 3n });
      expect(await log.append('s', 'any', [b, a])).toMatchObject({ ok: true, lastRevision: 0n });
      expect(await log.append('s', 'any', [b, event('C')])).toMatchObject({ ok: false });
      await log.append(
        `filler-${round}`,
        'any',
        Array.from({ length: 1_001 }, () => event('Filler')),
      );
      await log.append(`filler-${round}`, 'any', [event('Filler')]);
      await reopen();
    }
  });
});
