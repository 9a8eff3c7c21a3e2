import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLog, type ProposedEvent } from '../../embedded/log/event-log.ts';
import {
  type EventFile,
  eventFile,
  headKey,
  idKey,
  openEventFile,
  putEnd,
  putHead,
  putStream,
  revisionKey,
  uint64,
  walFile,
  walSalts,
} from '../../embedded/log/layout.ts';
import { readWal } from '../../embedded/log/storage.ts';
import { WriteAheadLog } from '../../embedded/log/write-ahead-log.ts';
import { verifyFolder } from '../../embedded/verify.ts';
import { encodeRecordedEvent, StoredEvent } from '../../embedded/wire/stored-event.ts';

const event = (type: string, id: string = crypto.randomUUID()): ProposedEvent => ({
  id,
  type,
  contentType: 'application/json',
  data: Buffer.from('{"a":1}'),
  metadata: Buffer.alloc(0),
});

describe('verifying a data folder', () => {
  let folder: string;
  /** Written once; each test has a copy of it. */
  let sound: string;
  let dir: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'verify-'));
    sound = join(folder, 'sound');
    const log = await EventLog.open(sound);
    for (let round = 0; round < 20; round++) {
      await Promise.all(['a', 'b', 'c'].map((stream) => log.append(stream, 'any', [event('One'), event('Two')])));
    }
    const twice = crypto.randomUUID();
    await log.append('a', 39n, [event('Same', twice), event('Same', twice)]);
    await log.deleteStream('b', 'any');
    await log.append('b', 'any', [event('Back')]);
    await log.tombstone('c', 'any');
    await log.tombstone('never', 'any');
    // Enough for a checkpoint that puts all of the above into the event file, and a few events that it doesn't have yet.
    for (const count of [1_000, 1, 3]) {
      await log.append(
        'filler',
        'any',
        Array.from({ length: count }, () => event('Filler')),
      );
    }
    await log.append('newest', 'any', [event('Newest')]);
    await log.close();
  });
  beforeEach(async () => {
    dir = await mkdtemp(join(folder, 'store-'));
    await cp(sound, dir, { recursive: true });
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Changes the file behind the log's back. */
  const tamper = async (change: (file: EventFile) => void) => {
    const file = openEventFile(eventFile(dir), 'write');
    file.environment.transactionSync(() => change(file));
    await file.environment.close();
  };
  const at = (file: EventFile, position: bigint) => {
    const record = file.log.get(uint64(position));
    if (record === undefined) throw new Error(`Nothing at ${position}.`);
    return { record, event: file.records.unpack(position, record).event };
  };
  const numberOf = (file: EventFile, stream: string) => file.streams.get(Buffer.from(stream))?.readBigUInt64BE() ?? -1n;

  const lastKeyOf = (database: EventFile['log']): Buffer =>
    [...database.getKeys({ reverse: true, limit: 1 })][0] ?? Buffer.alloc(0);

  const placed = (stored: StoredEvent, revision: bigint, position: bigint) => {
    const { stream, created } = stored;
    return encodeRecordedEvent(stored, { stream, position, created, revision });
  };

  it('calls a sound one sound, and counts it', async () => {
    // 120 plain events, two equal ones, a deletion, the event that revived and its metadata, two tombstones; the rest.
    expect(await verifyFolder(dir)).toEqual({ events: 1_132, streams: 7, lastPosition: 1_131n, faults: [] });
  });

  it('works while the folder is in use', async () => {
    const log = await EventLog.open(dir);
    const writing = Promise.all(Array.from({ length: 50 }, () => log.append('a', 'any', [event('More')])));
    expect((await verifyFolder(dir)).faults).toEqual([]);
    await writing;
    await log.close();
  });

  it.each<[string, (file: EventFile) => void, RegExp]>([
    ['an event is gone', (file) => void file.log.removeSync(uint64(50n)), /goes from position 49 to 51/],
    [
      'an event is cut short',
      (file) => void file.log.putSync(uint64(50n), at(file, 50n).record.subarray(0, -1)),
      /position 50 can't be read/,
    ],
    [
      'an event stands in the place of another',
      (file) => void file.log.putSync(uint64(50n), at(file, 51n).record),
      /position 50 can't be read, its checksum is wrong/,
    ],
    [
      'a revision leads nowhere',
      (file) => void file.index.removeSync(revisionKey(numberOf(file, 'a'), 7n)),
      /Revision 7 of 'a' is at position \d+, the index says undefined/,
    ],
    [
      'a revision leads to another event',
      (file) => void file.index.putSync(revisionKey(numberOf(file, 'a'), 7n), uint64(0n)),
      /the index says 0/,
    ],
    [
      'the index knows an event that is not there',
      (file) => void file.index.putSync(revisionKey(numberOf(file, 'a'), 99n), uint64(0n)),
      /leads to position 0, which is another event/,
    ],
    [
      'an id is not found',
      (file) => void file.index.removeSync(idKey(numberOf(file, 'a'), at(file, 0n).event.id)),
      /isn't found in 'a'/,
    ],
    [
      'an id nobody wrote is found',
      (file) => void file.index.putSync(idKey(numberOf(file, 'a'), crypto.randomUUID()), uint64(3n)),
      /leads to revision 3, which is another event/,
    ],
    [
      'a stream lost its name',
      (file) => void file.streams.removeSync(Buffer.from('a')),
      /There are 5 streams and 6 names of streams/,
    ],
    [
      'a stream lost its hash',
      (file) => void file.hashes?.removeSync(lastKeyOf(file.hashes)),
      /is not found by the hash of its name[\s\S]*There are 6 streams and 5 hashes/,
    ],
    [
      'the name of a stream is another',
      (file) => void file.streams.putSync(Buffer.from('A'), file.streams.get(Buffer.from('a')) ?? Buffer.alloc(0)),
      /number of stream 'A': its checksum is wrong/,
    ],
    [
      'a stream has the number of another',
      (file) => void file.streams.putSync(Buffer.from('a'), file.streams.get(Buffer.from('b')) ?? Buffer.alloc(0)),
      /number of stream 'a': its checksum is wrong/,
    ],
    [
      'two streams have one number',
      (file) => putStream(file, 'a', numberOf(file, 'b')),
      /number \d+ of stream 'b' is another stream's/,
    ],
    [
      'a stream has no head',
      (file) => void file.index.removeSync(headKey(numberOf(file, 'a'))),
      /head of stream .* missing/,
    ],
    [
      'a head says less than there is',
      (file) => putHead(file, numberOf(file, 'a'), { first: 0n, last: 40n }),
      /has revisions 0 to 41, its head says 0 to 40/,
    ],
    ['the log is shorter than it was', (file) => putEnd(file, 2_000n), /ends at position \d+, before its end/],
  ])('notices when %s', async (_what, damage, fault) => {
    await tamper(damage);
    const { faults } = await verifyFolder(dir);
    expect(faults.join('\n')).toMatch(fault);
  });

  it('notices when the newest events do not continue their stream', async () => {
    const file = openEventFile(eventFile(dir), 'read');
    const run = readWal(dir, file);
    const wal = WriteAheadLog.open(walFile(dir), walSalts(file)?.current ?? Buffer.alloc(0), run);
    const newest = StoredEvent.of(run.records.at(-1) ?? Buffer.alloc(0));
    await wal.append(1_132n, [placed(newest, 5n, 1_132n)]);
    wal.close();
    await file.environment.close();
    const { faults } = await verifyFolder(dir);
    expect(faults).toEqual(["Stream 'newest' goes from revision 0 to 5 at position 1132."]);
  });
});
