import { existsSync, readFileSync } from 'node:fs';
import { StoredEvent } from '../wire/stored-event.ts';
import { refuseToBeginAgain } from './begun-before.ts';
import { freeBytes } from './disk-space.ts';
import { CommitFailed, CommitUncertain, DamagedRecord, DataFolderUnusable, DataFormatRefused } from './errors.ts';
import { HighWaterMark, readHighWaterMark, replaceHighWaterMark } from './high-water-mark.ts';
import {
  type EventFile,
  eventFile,
  filedNumber,
  headOf,
  idKey,
  lastLogged,
  markFile,
  openEventFile,
  prepared,
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

/** What the log needs from what keeps its bytes. What is damaged is never given: everything throws DamagedRecord instead. */
export interface Storage {
  lastPosition(): bigint;
  streamNumber(name: string): bigint | undefined;
  /** The revisions that are there of a stream; none is missing between the two. `last` is DELETED with a tombstone. */
  ends(streamNumber: bigint): Ends;
  /** An event of a stream. */
  recordOf(streamNumber: bigint, revision: bigint): Buffer | undefined;
  /** Where in this stream an event id was written; of several places any. */
  revisionOf(streamNumber: bigint, id: string): bigint | undefined;
  record(position: bigint): Buffer | undefined;
  records(from: bigint, direction: Direction): Iterable<Buffer>;
  /** A stream's events between two revisions that it has, both included, in the order asked for. */
  streamRecords(streamNumber: bigint, from: bigint, to: bigint, direction: Direction): Iterable<Buffer>;
  /** Resolves when all records are on disk; rejects with CommitFailed when none is, with CommitUncertain when nobody knows. */
  commit(records: readonly NewRecord[]): Promise<void>;
  close(): Promise<void>;
}

export type Ends = { readonly first: bigint; readonly last: bigint };

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

  ends(streamNumber: bigint): Ends {
    const first = this.recent.beginning(streamNumber);
    const last = this.recent.lastRevision(streamNumber);
    return first === undefined || last === undefined ? headOf(this.file, streamNumber) : { first, last };
  }

  recordOf(streamNumber: bigint, revision: bigint): Buffer | undefined {
    const recent = this.recent.positionOf(streamNumber, revision);
    if (recent !== undefined) return this.recent.record(recent);
    const { first, last } = this.ends(streamNumber);
    if (revision < first || revision > last || (last === DELETED && revision !== DELETED)) return undefined;
    return this.filedAt(streamNumber, revision, this.file.index.getBinary(revisionKey(streamNumber, revision)));
  }

  revisionOf(streamNumber: bigint, id: string): bigint | undefined {
    const recent = this.recent.revisionOf(streamNumber, id);
    if (recent !== undefined) return recent;
    const revision = this.file.index.getBinary(idKey(streamNumber, id))?.readBigUInt64BE();
    if (revision === undefined) return undefined;
    const record = this.recordOf(streamNumber, revision);
    if (record === undefined || new StoredEvent(record).id !== id) {
      throw this.damaged(
        `the index says that event id ${id} is revision ${revision} of stream number ${streamNumber}, which it isn't`,
      );
    }
    return revision;
  }

  record(position: bigint): Buffer | undefined {
    const recent = this.recent.record(position);
    if (recent !== undefined) return recent;
    const record = this.file.log.getBinary(uint64(position));
    if (record !== undefined) return this.file.records.unpack(position, record).encoded;
    // Throws when it isn't known to have been left out.
    if (position >= 0n && position <= lastLogged(this.file)) this.lastUpTo(position);
    return undefined;
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

  *streamRecords(streamNumber: bigint, from: bigint, to: bigint, direction: Direction): Iterable<Buffer> {
    const step = direction === 'forwards' ? 1n : -1n;
    const firstRecent = this.recent.firstRevision(streamNumber) ?? DELETED;
    const isRecent = (revision: bigint) => revision >= firstRecent;
    let next = from;
    const isOver = () => (direction === 'forwards' ? next > to : next < to);
    for (; !isOver() && isRecent(next) && direction === 'backwards'; next += step) {
      yield this.recentRecord(streamNumber, next);
    }
    const lastFiled = direction === 'forwards' && to >= firstRecent ? firstRecent - 1n : to;
    if (!isOver() && !isRecent(next)) {
      for (const { key, value } of this.indexed(streamNumber, next, lastFiled, direction)) {
        if (!key.equals(revisionKey(streamNumber, next))) break;
        yield this.filedAt(streamNumber, next, value);
        next += step;
      }
      if (next !== lastFiled + step) {
        throw this.damaged(`revision ${next} of stream number ${streamNumber} is missing in the index`);
      }
    }
    for (; !isOver(); next += step) yield this.recentRecord(streamNumber, next);
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

  /** Puts all events into the event file. */
  async settle(): Promise<void> {
    if (this.recent.size > 0) await this.checkpoint();
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

  /** Messages of the event file between two positions, the second not included. */
  private *filed(from: bigint, to: bigint, direction: Direction): Iterable<Buffer> {
    const forwards = direction === 'forwards';
    const last = lastLogged(this.file);
    if (from < 0n || last < 0n || (forwards && from > last)) return;
    let next = forwards ? from : this.lastUpTo(from < last ? from : last);
    if (next < 0n) return;
    const range = { start: uint64(next), reverse: !forwards, ...(to < 0n ? {} : { end: uint64(to) }) };
    // Forwards, the first record may have positions before it that were left out.
    let before = -1;
    for (const { key, value } of this.file.log.getRange(range)) {
      const position = key.readBigUInt64BE();
      const { header, encoded } = this.file.records.unpack(position, value);
      if (forwards ? header.before < before || header.before >= Number(next) : position !== next) break;
      yield encoded;
      before = Number(position);
      next = forwards ? position + 1n : BigInt(header.before);
    }
    if (next !== (forwards ? last + 1n : -1n)) throw this.damaged(`the event at position ${next} is missing`);
  }

  /** Position of the last record up to one, itself if it is there; -1 when all of those were left out on purpose. */
  private lastUpTo(position: bigint): bigint {
    for (const { key, value } of this.file.log.getRange({ start: uint64(position), limit: 1 })) {
      const found = key.readBigUInt64BE();
      if (found === position) return position;
      const { before } = this.file.records.header(found, value);
      if (before < Number(position)) return BigInt(before);
    }
    throw this.damaged(`the event at position ${position} is missing`);
  }

  private indexed(streamNumber: bigint, from: bigint, to: bigint, direction: Direction) {
    return this.file.index.getRange({
      start: revisionKey(streamNumber, from),
      end: revisionKey(streamNumber, to),
      inclusiveEnd: true,
      reverse: direction === 'backwards',
    });
  }

  private recentRecord(streamNumber: bigint, revision: bigint): Buffer {
    const position = this.recent.positionOf(streamNumber, revision);
    const record = position === undefined ? undefined : this.recent.record(position);
    if (record === undefined) throw new Error(`Revision ${revision} of stream number ${streamNumber} is nowhere.`);
    return record;
  }

  /** The message to which an entry of the index leads, if it is the right one. */
  private filedAt(streamNumber: bigint, revision: bigint, entry: Buffer | undefined): Buffer {
    const what = `revision ${revision} of stream number ${streamNumber}`;
    if (entry?.length !== 8) throw this.damaged(`${what} is missing in the index`);
    const position = entry.readBigUInt64BE();
    const record = this.file.log.getBinary(uint64(position));
    const found = record === undefined ? undefined : this.file.records.unpack(position, record);
    if (found?.header.streamNumber !== Number(streamNumber) || found.header.revision !== revision) {
      throw this.damaged(`${what}: the index says position ${position}, where it isn't`);
    }
    return found.encoded;
  }

  private damaged(what: string): DamagedRecord {
    return new DamagedRecord(this.file.path, what);
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
      beginning: recent.beginning(number ?? position) ?? (number === undefined ? 0n : headOf(file, number).first),
      ...(number === undefined ? { newStreamName: stream } : {}),
    });
  }
};

/** Puts events into an event file, together with what continues it. Resolves when they are on disk. */
export const fileEvents = async (file: EventFile, recent: RecentEvents, salts: Salts | undefined): Promise<void> => {
  try {
    const { put, stored } = prepared(file, recent);
    await file.environment.batch(() => {
      put();
      putWalSalts(file, salts);
    });
    stored();
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

const readWhole = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new DataFolderUnusable(path, error);
    throw new DataFormatRefused(`${path} is missing; the newest events are in it. Put it back, or restore a backup.`);
  }
};
