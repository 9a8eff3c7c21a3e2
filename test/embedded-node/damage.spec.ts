import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DamagedRecord } from '../../embedded/log/errors.ts';
import { EventLog, type ProposedEvent } from '../../embedded/log/event-log.ts';
import { type EventFile, eventFile, filedNumber, headKey, openEventFile, uint64 } from '../../embedded/log/layout.ts';
import { verifyFolder } from '../../embedded/verify.ts';

const event = (): ProposedEvent => ({
  id: crypto.randomUUID(),
  type: 'Noted',
  contentType: 'application/json',
  data: Buffer.from('{"a":1}'),
  metadata: Buffer.alloc(0),
});

describe('a log of which a part is damaged', () => {
  let dir: string;
  let log: EventLog;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'damage-'));
    log = await EventLog.open(dir);
    for (const stream of ['a', 'b', 'filler']) await log.append(stream, 'any', Array.from({ length: 600 }, event));
    await log.append('filler', 'any', [event()]);
    await log.close();
  });
  afterEach(async () => {
    await log.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** Changes a byte behind the log's back and opens it again. */
  const damaged = async (database: 'log' | 'index', key: (file: EventFile) => Buffer) => {
    const file = openEventFile(eventFile(dir), 'write');
    const value = Buffer.from(file[database].get(key(file)) ?? Buffer.alloc(0));
    value[3] = (value[3] as number) ^ 1;
    file[database].putSync(key(file), value);
    await file.environment.close();
    log = await EventLog.open(dir);
  };
  const read = (from: bigint) => log.readStream('a', { from, direction: 'forwards', max: 10 });

  it('gives all but the damaged record, and names that', async () => {
    await damaged('log', () => uint64(300n));
    expect(read(290n).events).toHaveLength(10);
    expect(() => read(291n)).toThrow(DamagedRecord);
    expect(() => read(291n)).toThrow(/position 300 can't be read.*restore a backup into an empty folder/s);
    expect(read(301n).events).toHaveLength(10);
    expect(() => log.readAll({ from: 300n, direction: 'forwards', max: 1 })).toThrow(DamagedRecord);
    expect(() => log.at(300n)).toThrow(DamagedRecord);
  });

  /** Takes the name of a stream away behind the log's back, as a page does that a search does not get past. */
  const hide = async (name: string) => {
    const file = openEventFile(eventFile(dir), 'write');
    file.streams.removeSync(Buffer.from(name));
    await file.environment.close();
  };

  it('begins no stream again whose name is not found any more', async () => {
    await hide('b');
    log = await EventLog.open(dir);
    await expect(log.append('b', 'any', [event()])).rejects.toThrow(/'b', number 600, is missing among the names/);
    expect(() => log.readStream('b', { from: 'start', direction: 'forwards', max: 1 })).toThrow(DamagedRecord);
    expect(log.readStream('a', { from: 'start', direction: 'forwards', max: 1 }).events).toHaveLength(1);
    await expect(log.append('new', 'no_stream', [event()])).resolves.toMatchObject({ ok: true });
  });

  it('gives streams that were filed before there were hashes theirs when it is opened', async () => {
    const older = openEventFile(eventFile(dir), 'write');
    older.hashes?.dropSync();
    await older.environment.close();
    const read = openEventFile(eventFile(dir), 'read');
    expect([read.hashes, filedNumber(read, 'b'), filedNumber(read, 'z')]).toEqual([undefined, 600n, undefined]);
    await read.environment.close();
    expect((await verifyFolder(dir)).faults).toEqual([]);

    log = await EventLog.open(dir);
    await log.close();
    expect((await verifyFolder(dir)).faults).toEqual([]);
    await hide('b');
    log = await EventLog.open(dir);
    await expect(log.append('b', 'any', [event()])).rejects.toThrow(DamagedRecord);
  });

  it('refuses an append to the damaged stream, and takes the one that shares its commit', async () => {
    await damaged('index', (file) => headKey(filedNumber(file, 'a') ?? -1n));
    const [a, b] = await Promise.allSettled([log.append('a', 'any', [event()]), log.append('b', 'any', [event()])]);
    expect(a).toMatchObject({ status: 'rejected', reason: { code: 'damaged-record' } });
    expect(b).toMatchObject({ status: 'fulfilled', value: { ok: true, lastRevision: 600n } });
  });
});
