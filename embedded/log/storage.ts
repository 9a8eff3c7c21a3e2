import { existsSync, readFileSync } from 'node:fs';
import { StoredEvent } from '../wire/stored-event.ts';
import { refuseToBeginAgain } from './begun-before.ts';
import { freeBytes } from './disk-space.ts';
import { type DiskWrite, DiskWrites } from './disk-writes.ts';
import { CommitFailed, CommitUncertain, DamagedRecord, DataFolderUnusable, DataFormatRefused } from './errors.ts';
import { HighWaterMark, readHighWaterMark, replaceHighWaterMark } from './high-water-mark.ts';
import {
  type EventFile,
  eventFile,
  filedNumber,
  headOf,
  idKey,
  lastLogged,
  lastOfOlder,
  markFile,
  type OlderFile,
  openEventFile,
  prepared,
  putWalSalts,
  revisionKey,
  uint64,
  walFile,
  walSalts,
  withPosition,
  withRevision,
} from './layout.ts';
import { Peek } from './peek.ts';
import { type NewRecord, RecentEvents } from './recent-events.ts';
import { DELETED } from './stream-metadata.ts';
import { NO_RUN, newSalts, type Run, readRun, refuseLoss, type Salts, WriteAheadLog } from './write-ahead-log.ts';

export type { NewRecord };

/** What the log needs from what keeps its bytes. Damaged data is never given: everything throws DamagedRecord instead. */
export interface Storage {
  lastPosition(): bigint;
  streamNumber(name: string): bigint | undefined;
  /** The revisions that are there of a stream; none is missing between the two. `last` is DELETED with a tombstone. */
  ends(streamNumber: bigint): Ends;
  /** An event of a stream. */
  eventOf(streamNumber: bigint, revision: bigint): StoredEvent | undefined;
  /** Where in this stream an event id was written; of several places any. */
  revisionOf(streamNumber: bigint, id: string): bigint | undefined;
  event(position: bigint): StoredEvent | undefined;
  events(from: bigint, direction: Direction): Iterable<StoredEvent>;
  /** A stream's events between two revisions that it has, both included, in the order asked for. */
  streamEvents(streamNumber: bigint, from: bigint, to: bigint, direction: Direction): Iterable<StoredEvent>;
  /** Resolves when all records are on disk; rejects with CommitFailed when none is, with CommitUncertain if unknown. */
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
  private readonly log: Peek;
  private readonly index: Peek;

  private constructor(
    private readonly dir: string,
    private readonly file: EventFile,
    private readonly wal: WriteAheadLog,
    private readonly mark: HighWaterMark,
    private readonly recent: RecentEvents,
    private readonly writes: DiskWrites,
  ) {
    this.log = new Peek(file.log);
    this.index = new Peek(file.index);
  }

  /**
   * Opens or creates the files of a data folder.
   * @throws DataFolderUnusable, DataFormatRefused
   */
  static open(dir: string, writes = new DiskWrites()): DiskStorage {
    refuseToBeginAgain(dir);
    const file = openEventFile(eventFile(dir), 'write');
    try {
      const { current } = walSalts(file) ?? beginWal(dir, file);
      const run = readWal(dir, file);
      const recent = new RecentEvents();
      addUnfiled(recent, file, run.records);
      const wal = WriteAheadLog.open(walFile(dir), current, run);
      const mark = HighWaterMark.begin(markFile(dir), lastOf(file, recent) + 1n);
      return new DiskStorage(dir, file, wal, mark, recent, writes);
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

  eventOf(streamNumber: bigint, revision: bigint): StoredEvent | undefined {
    const recent = this.recent.positionOf(streamNumber, revision);
    if (recent !== undefined) return this.recent.at(recent);
    const { first, last } = this.ends(streamNumber);
    if (revision < first || revision > last || (last === DELETED && revision !== DELETED)) return undefined;
    return this.filedAt(streamNumber, revision, revisionKey(streamNumber, revision));
  }

  revisionOf(streamNumber: bigint, id: string): bigint | undefined {
    const recent = this.recent.revisionOf(streamNumber, id);
    if (recent !== undefined) return recent;
    const revision = this.file.index.getBinary(idKey(streamNumber, id))?.readBigUInt64BE();
    if (revision === undefined) return undefined;
    if (this.eventOf(streamNumber, revision)?.id !== id) {
      throw this.damaged(
        `the index says that event id ${id} is revision ${revision} of stream number ${streamNumber}, which it isn't`,
      );
    }
    return revision;
  }

  event(position: bigint): StoredEvent | undefined {
    const recent = this.recent.at(position);
    if (recent !== undefined) return recent;
    const record = this.log.get(uint64(position));
    if (record !== undefined) return this.file.records.unpack(position, record).event;
    // Throws when it isn't known to have been left out.
    if (position >= 0n && position <= lastLogged(this.file)) this.lastUpTo(position);
    return undefined;
  }

  *events(from: bigint, direction: Direction): Iterable<StoredEvent> {
    const firstRecent = this.recent.first ?? this.lastPosition() + 1n;
    if (direction === 'forwards') {
      yield* this.filedForwards(from, firstRecent - 1n);
      for (let at = from > firstRecent ? from : firstRecent; ; at++) {
        const event = this.recent.at(at);
        if (event === undefined) return;
        yield event;
      }
    } else {
      let at = from;
      for (; at >= firstRecent; at--) {
        const event = this.recent.at(at);
        if (event !== undefined) yield event;
      }
      yield* this.filedBackwards(at);
    }
  }

  *streamEvents(streamNumber: bigint, from: bigint, to: bigint, direction: Direction): Iterable<StoredEvent> {
    const step = direction === 'forwards' ? 1n : -1n;
    const firstRecent = this.recent.firstRevision(streamNumber) ?? DELETED;
    const isRecent = (revision: bigint) => revision >= firstRecent;
    let next = from;
    const isOver = () => (direction === 'forwards' ? next > to : next < to);
    for (; !isOver() && isRecent(next) && direction === 'backwards'; next += step) {
      yield this.recentEvent(streamNumber, next);
    }
    const lastFiled = direction === 'forwards' && to >= firstRecent ? firstRecent - 1n : to;
    if (!isOver() && !isRecent(next)) {
      const key = revisionKey(streamNumber, next);
      for (; next !== lastFiled + step; next += step) {
        yield this.filedAt(streamNumber, next, withRevision(key, next));
      }
    }
    for (; !isOver(); next += step) yield this.recentEvent(streamNumber, next);
  }

  async commit(records: readonly NewRecord[]): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    const encoded = records.map(({ event }) => event.encoded);
    const isDue = this.recent.size >= CHECKPOINT_EVENTS || !this.wal.hasRoomFor(encoded);
    if (isDue && this.recent.size > 0) await this.checkpoint();
    await this.timed('commit', this.wal.append(first.event.position, encoded));
    this.acknowledge(first.event.position + BigInt(records.length));
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

  /** One that fails took its time, too. */
  private async timed(write: DiskWrite, written: Promise<void>): Promise<void> {
    const begun = performance.now();
    try {
      await written;
    } finally {
      this.writes.took(write, (performance.now() - begun) / 1_000);
    }
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
      await this.timed('checkpoint', fileEvents(this.file, this.recent, salts));
    } catch (error) {
      // LMDB reports a write that was cut short by a full disk as an I/O error, so the disk itself is asked.
      if (freeBytes(this.dir) < roomFor(this.recent)) throw new CommitFailed(error, true);
      throw new CommitUncertain('The disk failed to store the last events.', error);
    }
    this.wal.restart(salts.current);
    this.recent.clear();
  }

  /** Events of the event file from a position to its end, which is given: a checkpoint may just have moved it. */
  private *filedForwards(from: bigint, last: bigint): Iterable<StoredEvent> {
    const key = Buffer.allocUnsafe(8);
    let before: number | undefined;
    for (let next = from < 0n ? 0n : from; next <= last; next++) {
      let record = this.log.get(withPosition(key, next));
      if (record === undefined) {
        next = this.recordFrom(next).found;
        record = this.log.get(withPosition(key, next));
      }
      const found = record === undefined ? undefined : this.file.records.unpack(next, record);
      // Before the first record there may be positions that were left out; each record after it names the one before.
      if (found === undefined || (before !== undefined && found.before !== before)) {
        throw this.damaged(`the event at position ${before === undefined ? next : before + 1} is missing`);
      }
      yield found.event;
      before = Number(next);
    }
  }

  private *filedBackwards(from: bigint): Iterable<StoredEvent> {
    const key = Buffer.allocUnsafe(8);
    for (let next = from < 0n ? from : this.lastUpTo(from); next >= 0n; ) {
      const record = this.log.get(withPosition(key, next));
      if (record === undefined) throw this.damaged(`the event at position ${next} is missing`);
      const { before, event } = this.file.records.unpack(next, record);
      yield event;
      next = BigInt(before);
    }
  }

  /** Position of the last record up to one, itself if it is there; -1 when all of those were left out on purpose. */
  private lastUpTo(position: bigint): bigint {
    const { found, before } = this.recordFrom(position);
    return found === position ? position : BigInt(before);
  }

  /** The first record from a position on, which follows one before it: what lies between was left out on purpose. */
  private recordFrom(position: bigint): { found: bigint; before: number } {
    for (const { key, value } of this.file.log.getRange({ start: uint64(position), limit: 1 })) {
      const found = key.readBigUInt64BE();
      // A search that a damaged page sent astray ends before what it looked for.
      if (found < position) break;
      const { before } = this.file.records.placeOf(found, value);
      if (before < Number(position)) return { found, before };
    }
    throw this.damaged(`the event at position ${position} is missing`);
  }

  private recentEvent(streamNumber: bigint, revision: bigint): StoredEvent {
    const position = this.recent.positionOf(streamNumber, revision);
    const event = position === undefined ? undefined : this.recent.at(position);
    if (event === undefined) throw new Error(`Revision ${revision} of stream number ${streamNumber} is nowhere.`);
    return event;
  }

  /** The event to which an entry of the index leads, if it is the right one. */
  private filedAt(streamNumber: bigint, revision: bigint, key: Buffer): StoredEvent {
    const entry = this.index.get(key);
    if (entry?.length !== 8) {
      throw this.damaged(`revision ${revision} of stream number ${streamNumber} is missing in the index`);
    }
    const position = entry.readBigUInt64BE();
    const record = this.log.get(uint64(position));
    const found = record === undefined ? undefined : this.file.records.unpack(position, record);
    if (found?.streamNumber !== Number(streamNumber) || found.revision !== revision) {
      throw this.damaged(
        `revision ${revision} of stream number ${streamNumber}: the index says position ${position}, where it isn't`,
      );
    }
    return found.event;
  }

  private damaged(what: string): DamagedRecord {
    return new DamagedRecord(this.file.path, what);
  }
}

/**
 * What the write-ahead log of a data folder holds beyond its event file, and that no acknowledged event is missing. A
 * node may go on writing meanwhile: an event acknowledged before the call is in the event file or in the result.
 * @throws DataFormatRefused, DataFolderUnusable
 */
export const readWal = (dir: string, file: EventFile | OlderFile): Run => {
  const path = walFile(dir);
  for (let before: Buffer | undefined; ; ) {
    // First of all, so that everything that was acknowledged until then must be in the data read now.
    const acknowledged = readHighWaterMark(markFile(dir));
    file.environment.resetReadTxn();
    const salts = walSalts(file);
    if (salts === undefined) return NO_RUN;
    const last = 'records' in file ? lastLogged(file) : lastOfOlder(file);
    const bytes = readWhole(path);
    file.environment.resetReadTxn();
    // A checkpoint in between: the data read may be half of one run and half of the next.
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
    const event = StoredEvent.of(encoded);
    const { stream, position, id } = event;
    // A stream that begins here isn't looked for: damage beside its place is no reason not to start.
    const number = recent.streamNumber(stream) ?? (event.revision === 0n ? undefined : filedNumber(file, stream));
    recent.add({
      event,
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
const roomFor = ({ events }: RecentEvents): number =>
  events.reduce((sum, { encoded }) => sum + 2 * encoded.length, 1024 * 1024);

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
