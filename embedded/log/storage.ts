import { existsSync, readFileSync } from 'node:fs';
import { StoredEvent } from '../wire/stored-event.ts';
import { refuseToBeginAgain } from './begun-before.ts';
import { freeBytes } from './disk-space.ts';
import { CommitFailed, CommitUncertain, DataFolderUnusable, DataFormatRefused } from './errors.ts';
import { HighWaterMark, readHighWaterMark, replaceHighWaterMark } from './high-water-mark.ts';
import {
  type EventFile,
  eventFile,
  idKey,
  lastIndexedRevision,
  lastLogged,
  markFile,
  openEventFile,
  putEvents,
  putWalSalts,
  revisionKey,
  uint64,
  walFile,
  walSalts,
} from './layout.ts';
import { type NewRecord, RecentEvents } from './recent-events.ts';
import { DELETED } from './stream-metadata.ts';
import { NO_RUN, newSalts, type Run, readRun, refuseLoss, type Salts, WriteAheadLog } from './write-ahead-log.ts';

export type { NewRecord };

/** What the log needs from what keeps its bytes. */
export interface Storage {
  lastPosition(): bigint;
  streamNumber(name: string): bigint | undefined;
  /** -1 when the stream has no events. */
  lastRevision(streamNumber: bigint): bigint;
  positionOf(streamNumber: bigint, revision: bigint): bigint | undefined;
  /** Where in this stream an event id was written; of several places any. */
  revisionOf(streamNumber: bigint, id: string): bigint | undefined;
  record(position: bigint): Buffer | undefined;
  records(from: bigint, direction: Direction): Iterable<Buffer>;
  /** Positions of a stream's events between two revisions, both included, in the order asked for. */
  positions(streamNumber: bigint, from: bigint, to: bigint, direction: Direction): Iterable<bigint>;
  /** Resolves when all records are on disk; rejects with CommitFailed when none is, with CommitUncertain when nobody knows. */
  commit(records: readonly NewRecord[]): Promise<void>;
  close(): Promise<void>;
}

export type Direction = 'forwards' | 'backwards';

/**
 * How many events go to the event file at a time. Written together, they touch few of its pages more than once.
 * Measured: half the processor time of an append that goes to the log and to the index by itself.
 */
const CHECKPOINT_EVENTS = 1_000;

/**
 * Keeps the log on disk. A commit is a frame at the end of the write-ahead log, one wait for the disk; until the next
 * checkpoint its events are in memory too. A checkpoint puts them into the event file, log and index in one
 * transaction that also names the next run of the write-ahead log. Data goes one way: memory is never ahead of the
 * write-ahead log, the event file never ahead of memory.
 */
export class DiskStorage implements Storage {
  private constructor(
    private readonly dir: string,
    private readonly file: EventFile,
    private readonly wal: WriteAheadLog,
    private readonly mark: HighWaterMark,
    private readonly recent: RecentEvents,
  ) {}

  /**
   * Opens or creates the files of a data folder.
   * @throws DataFolderUnusable, DataFormatRefused
   */
  static open(dir: string): DiskStorage {
    refuseToBeginAgain(dir);
    const file = openEventFile(eventFile(dir), 'write');
    try {
      const { current } = walSalts(file) ?? beginWal(dir, file);
      const run = readWal(dir, file);
      const recent = new RecentEvents();
      addUnfiled(recent, file, run.records);
      const wal = WriteAheadLog.open(walFile(dir), current, run);
      const mark = HighWaterMark.begin(markFile(dir), lastOf(file, recent) + 1n);
      return new DiskStorage(dir, file, wal, mark, recent);
    } catch (error) {
      void file.environment.close();
      throw error;
    }
  }

  lastPosition(): bigint {
    return lastOf(this.file, this.recent);
  }

  streamNumber(name: string): bigint | undefined {
    return this.recent.streamNumber(name) ?? filedNumber(this.file, name);
  }

  lastRevision(streamNumber: bigint): bigint {
    return this.recent.lastRevision(streamNumber) ?? lastIndexedRevision(this.file, streamNumber);
  }

  positionOf(streamNumber: bigint, revision: bigint): bigint | undefined {
    return (
      this.recent.positionOf(streamNumber, revision) ??
      this.file.index.getBinaryFast(revisionKey(streamNumber, revision))?.readBigUInt64BE()
    );
  }

  revisionOf(streamNumber: bigint, id: string): bigint | undefined {
    return (
      this.recent.revisionOf(streamNumber, id) ??
      this.file.index.getBinaryFast(idKey(streamNumber, id))?.readBigUInt64BE()
    );
  }

  record(position: bigint): Buffer | undefined {
    return this.recent.record(position) ?? this.file.log.getBinary(uint64(position));
  }

  *records(from: bigint, direction: Direction): Iterable<Buffer> {
    const firstRecent = this.recent.first ?? this.lastPosition() + 1n;
    if (direction === 'forwards') {
      yield* this.filed(from, firstRecent, direction);
      for (let at = from > firstRecent ? from : firstRecent; ; at++) {
        const record = this.recent.record(at);
        if (record === undefined) return;
        yield record;
      }
    } else {
      let at = from;
      for (; at >= firstRecent; at--) {
        const record = this.recent.record(at);
        if (record !== undefined) yield record;
      }
      yield* this.filed(at, -1n, direction);
    }
  }

  *positions(streamNumber: bigint, from: bigint, to: bigint, direction: Direction): Iterable<bigint> {
    const firstRecent = this.recent.firstRevision(streamNumber) ?? DELETED;
    if (direction === 'forwards') {
      yield* this.indexed(streamNumber, from, to < firstRecent ? to : firstRecent - 1n, direction);
      for (let revision = from > firstRecent ? from : firstRecent; revision <= to; revision++) {
        const position = this.recent.positionOf(streamNumber, revision);
        if (position === undefined) return;
        yield position;
      }
    } else {
      let revision = from;
      for (; revision >= firstRecent && revision >= to; revision--) {
        const position = this.recent.positionOf(streamNumber, revision);
        if (position !== undefined) yield position;
      }
      yield* this.indexed(streamNumber, revision, to, direction);
    }
  }

  async commit(records: readonly NewRecord[]): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    const encoded = records.map((record) => record.encoded);
    const isDue = this.recent.size >= CHECKPOINT_EVENTS || !this.wal.hasRoomFor(encoded);
    if (isDue && this.recent.size > 0) await this.checkpoint();
    await this.wal.append(first.position, encoded);
    this.acknowledge(first.position + BigInt(records.length));
    for (const record of records) this.recent.add(record);
  }

  async close(): Promise<void> {
    this.wal.close();
    await this.mark.close();
    await this.file.environment.close();
  }

  private acknowledge(events: bigint): void {
    try {
      this.mark.set(events);
    } catch (error) {
      throw new CommitUncertain('The disk failed to store how many events there are.', error);
    }
  }

  /** Puts the recent events into the event file and begins a new run of the write-ahead log. */
  private async checkpoint(): Promise<void> {
    const salts = newSalts(this.wal.salt);
    try {
      await fileEvents(this.file, this.recent, salts);
    } catch (error) {
      // LMDB reports a write that was cut short by a full disk as an I/O error, so the disk itself is asked.
      if (freeBytes(this.dir) < roomFor(this.recent)) throw new CommitFailed(error, true);
      throw new CommitUncertain('The disk failed to store the last events.', error);
    }
    this.wal.restart(salts.current);
    this.recent.clear();
  }

  /** Records of the event file between two positions, the second not included. */
  private *filed(from: bigint, to: bigint, direction: Direction): Iterable<Buffer> {
    if (from < 0n || (direction === 'forwards' && from >= to)) return;
    const range = { start: uint64(from), reverse: direction === 'backwards', ...(to < 0n ? {} : { end: uint64(to) }) };
    for (const { value } of this.file.log.getRange(range)) yield value;
  }

  private *indexed(streamNumber: bigint, from: bigint, to: bigint, direction: Direction): Iterable<bigint> {
    if (direction === 'forwards' ? from > to : from < to) return;
    const range = this.file.index.getRange({
      start: revisionKey(streamNumber, from),
      end: revisionKey(streamNumber, to),
      inclusiveEnd: true,
      reverse: direction === 'backwards',
    });
    for (const { value } of range) yield value.readBigUInt64BE();
  }
}

/**
 * What the write-ahead log of a data folder holds beyond its event file, and that no acknowledged event is missing. A node may go on writing meanwhile: what was
 * acknowledged before the call is in the event file or in what this gives.
 * @throws DataFormatRefused, DataFolderUnusable
 */
export const readWal = (dir: string, file: EventFile): Run => {
  const path = walFile(dir);
  for (let before: Buffer | undefined; ; ) {
    // First of all, so that everything that was acknowledged until then must be in what is read now.
    const acknowledged = readHighWaterMark(markFile(dir));
    file.environment.resetReadTxn();
    const salts = walSalts(file);
    if (salts === undefined) return NO_RUN;
    const last = lastLogged(file);
    const bytes = readWhole(path);
    file.environment.resetReadTxn();
    // A checkpoint in between: what was read may be half of one run and half of the next.
    if (walSalts(file)?.current.equals(salts.current) !== true) continue;
    try {
      const run = readRun(path, bytes, salts, last);
      refuseLoss(path, bytes, run, last, acknowledged);
      return run;
    } catch (error) {
      // Reading isn't one step; a frame written meanwhile may stand behind one that was passed just before it was.
      if (before?.equals(bytes) === true) throw error;
      before = bytes;
    }
  }
};

/** Adds records that continue an event file. */
export const addUnfiled = (recent: RecentEvents, file: EventFile, records: readonly Buffer[]): void => {
  for (const encoded of records) {
    const { stream, position, revision, id } = new StoredEvent(encoded);
    const number = recent.streamNumber(stream) ?? filedNumber(file, stream);
    recent.add({
      encoded,
      position,
      revision,
      id,
      streamNumber: number ?? position,
      ...(number === undefined ? { newStreamName: stream } : {}),
    });
  }
};

/** Puts events into an event file, together with what continues it. Resolves when they are on disk. */
export const fileEvents = async (file: EventFile, recent: RecentEvents, salts: Salts | undefined): Promise<void> => {
  try {
    await file.environment.batch(() => {
      putEvents(file, recent);
      putWalSalts(file, salts);
    });
  } catch (error) {
    // lmdb rejects with a bare "Commit failed" and hands the reason over separately.
    const { commitError } = error as { commitError?: Promise<unknown> };
    throw commitError === undefined ? error : await commitError.catch((cause: unknown) => cause);
  }
};

/** Bytes that LMDB may ask the disk for to take them in. */
const roomFor = ({ records }: RecentEvents): number =>
  records.reduce((sum, { length }) => sum + 2 * length, 1024 * 1024);

/** Makes the write-ahead log before the event file names it, so that one that is missing later is known to be lost. */
const beginWal = (dir: string, file: EventFile): Salts => {
  const salts = newSalts();
  const path = walFile(dir);
  // Refuses to write over the newest events of another event file.
  if (existsSync(path)) readRun(path, readWhole(path), salts, lastLogged(file));
  WriteAheadLog.create(path);
  // One of a store that was here before says nothing about a restored one.
  replaceHighWaterMark(markFile(dir), lastLogged(file) + 1n);
  file.environment.transactionSync(() => putWalSalts(file, salts));
  return salts;
};

/** Position of the last event, -1 without events. */
const lastOf = (file: EventFile, { first, size }: RecentEvents): bigint =>
  first === undefined ? lastLogged(file) : first + BigInt(size) - 1n;

const filedNumber = ({ streams }: EventFile, name: string): bigint | undefined =>
  streams.getBinaryFast(Buffer.from(name))?.readBigUInt64BE();

const readWhole = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new DataFolderUnusable(path, error);
    throw new DataFormatRefused(`${path} is missing; the newest events are in it. Put it back, or restore a backup.`);
  }
};
