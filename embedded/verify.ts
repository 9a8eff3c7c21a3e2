import type { Transaction } from 'lmdb';
import { DataFormatRefused } from './log/errors.ts';
import {
  type EventFile,
  eventFile,
  idBytes,
  idKey,
  lastIndexedRevision,
  openEventFile,
  parseIndexKey,
  revisionKey,
} from './log/layout.ts';
import { readWal } from './log/storage.ts';
import { DELETED } from './log/stream-metadata.ts';
import { NO_RUN, type Run, recordsFrom } from './log/write-ahead-log.ts';
import { StoredEvent } from './wire/stored-event.ts';

export type Verification = {
  readonly events: number;
  readonly streams: number;
  /** Position of the last event, -1 without events. */
  readonly lastPosition: bigint;
  /** What is wrong, in words; at most MAX_FAULTS of them. Empty when the file is sound. */
  readonly faults: readonly string[];
};

export type Progress = (done: number, total: number) => void;

/** Beyond this many faults nobody reads on, and a file of garbage would fill the memory with them. */
const MAX_FAULTS = 100;
/** A page that can't be read ends the process: what was told last says where it is. */
const PROGRESS_EVERY = 1_000;

/** Walks the event file and the write-ahead log of a data folder, as of one moment; a node may write meanwhile. */
export const verifyFolder = (dir: string, progress?: Progress): Promise<Verification> =>
  verify(eventFile(dir), (file) => readWal(dir, file), progress);

/** Walks an event file that has no write-ahead log: a backup. */
export const verifyFile = (file: string, progress?: Progress): Promise<Verification> =>
  verify(file, () => NO_RUN, progress);

/**
 * Says whether events are sound.
 *
 * - The log has every position from 0 to the last, and each record is a complete event that names that position.
 * - Every event of the event file is found through its stream's name, its revision and its id; those of the
 *   write-ahead log continue their streams.
 * - Every entry of the index and every stream name leads to such an event, and revisions have no gaps.
 *
 * Takes about 20 µs per event.
 * @throws DataFolderUnusable, DataFormatRefused
 */
const verify = async (
  file: string,
  unfiled: (opened: EventFile) => Run,
  progress: Progress = () => {},
): Promise<Verification> => {
  const opened = openEventFile(file, 'read');
  try {
    // Read first: what is put into the event file meanwhile is seen there.
    const { run, faults } = readable(() => unfiled(opened));
    const transaction = opened.environment.useReadTransaction();
    try {
      return new Walk(opened, transaction, run, faults, progress).run();
    } finally {
      transaction.done();
    }
  } finally {
    await opened.environment.close();
  }
};

/** A write-ahead log that can't be relied on is a fault, and the event file is worth walking all the same. */
const readable = (read: () => Run): { run: Run; faults: string[] } => {
  try {
    return { run: read(), faults: [] };
  } catch (error) {
    if (!(error instanceof DataFormatRefused)) throw error;
    return { run: NO_RUN, faults: [error.message] };
  }
};

/** As LMDB keeps it: counting would meet a damaged page before anybody knows where it is. */
const entriesIn = (database: EventFile['log']): number => (database.getStats() as { entryCount: number }).entryCount;

class Walk {
  private readonly total: number;
  /** Last revisions of the streams that have events in the write-ahead log. */
  private readonly newest = new Map<string, bigint>();
  private created = 0n;

  constructor(
    private readonly file: EventFile,
    private readonly transaction: Transaction,
    private readonly unfiled: Run,
    private readonly faults: string[],
    private readonly progress: Progress,
  ) {
    this.total = entriesIn(this.file.log) + entriesIn(this.file.index);
  }

  /** All reads see the same moment. lmdb writes into the options it is given, so they are made anew each time. */
  private get at(): { transaction: Transaction } {
    return { transaction: this.transaction };
  }

  run(): Verification {
    let filed = 0;
    let events = 0;
    let streams = 0;
    try {
      filed = this.walkLog();
      events = this.walkUnfiled(filed);
      streams = this.walkStreams();
      this.walkIndex(filed);
    } catch (error) {
      // Whatever stops the walk, LMDB's own complaints too, is damage.
      this.fault(`The walk was stopped: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.progress(this.total, this.total);
    return { events, streams, lastPosition: BigInt(events) - 1n, faults: this.faults };
  }

  private walkLog(): number {
    let next = 0n;
    for (const { key, value } of this.file.log.getRange(this.at)) {
      const position = key.readBigUInt64BE();
      if (position !== next) this.fault(`The log goes from position ${next - 1n} to ${position}.`);
      next = position + 1n;
      const event = this.inOrder(position, value);
      if (event !== undefined) this.checkFound(position, event);
      if (position % BigInt(PROGRESS_EVERY) === 0n) this.progress(Number(position), this.total);
    }
    return Number(next);
  }

  /** Gives the number of all events. */
  private walkUnfiled(filed: number): number {
    let next = BigInt(filed);
    for (const record of recordsFrom(this.unfiled, next)) {
      const event = this.inOrder(next, record);
      if (event !== undefined) this.checkContinues(next, event);
      next++;
    }
    return Number(next);
  }

  private inOrder(position: bigint, record: Buffer): StoredEvent | undefined {
    const event = this.parse(position, record);
    if (event === undefined) return undefined;
    if (event.position !== position) this.fault(`The event at position ${position} says it is at ${event.position}.`);
    if (event.created < this.created) this.fault(`The event at position ${position} is older than the one before it.`);
    this.created = event.created;
    return event;
  }

  /** The way from an event's name, revision and id back to the event. */
  private checkFound(position: bigint, event: StoredEvent): void {
    const number = this.number(this.file.streams.get(Buffer.from(event.stream), this.at));
    if (number === undefined) {
      this.fault(`Stream '${event.stream}' of position ${position} has no number.`);
      return;
    }
    const indexed = this.number(this.file.index.get(revisionKey(number, event.revision), this.at));
    if (indexed !== position) {
      this.fault(
        `Revision ${event.revision} of '${event.stream}' is at position ${position}, the index says ${indexed}.`,
      );
    }
    const revision = this.number(this.file.index.get(idKey(number, event.id), this.at));
    if (revision === event.revision) return;
    // An id written twice is found at one of its places.
    if (revision === undefined || this.eventAt(number, revision)?.id !== event.id) {
      this.fault(`Id ${event.id} at position ${position} isn't found in '${event.stream}'.`);
    }
  }

  private checkContinues(position: bigint, event: StoredEvent): void {
    const { stream, revision } = event;
    const last = this.newest.get(stream) ?? this.lastIndexed(stream);
    if (last === DELETED || (revision !== last + 1n && revision !== DELETED)) {
      this.fault(`Stream '${stream}' goes from revision ${last} to ${revision} at position ${position}.`);
    }
    this.newest.set(stream, revision);
  }

  private lastIndexed(stream: string): bigint {
    const number = this.number(this.file.streams.get(Buffer.from(stream), this.at));
    return number === undefined ? -1n : lastIndexedRevision(this.file, number, this.at);
  }

  private walkStreams(): number {
    let streams = 0;
    for (const { key, value } of this.file.streams.getRange(this.at)) {
      streams++;
      const name = key.toString('utf8');
      const number = this.number(value);
      const first = number === undefined ? undefined : this.record(number);
      if (first?.stream !== name) this.fault(`The number ${number} of stream '${name}' isn't its first event.`);
      else if (first.revision !== 0n && first.revision !== DELETED) {
        this.fault(`Stream '${name}' begins with revision ${first.revision}.`);
      }
      this.newest.delete(name);
    }
    return streams + this.newest.size;
  }

  private walkIndex(events: number): void {
    let stream = -1n;
    let last = -1n;
    let revisions = 0;
    let walked = 0;
    for (const { key, value } of this.file.index.getRange(this.at)) {
      if (++walked % PROGRESS_EVERY === 0) this.progress(events + walked, this.total);
      const entry = parseIndexKey(key);
      if (entry.streamNumber !== stream) {
        stream = entry.streamNumber;
        last = -1n;
      }
      const target = this.number(value);
      if ('revision' in entry) {
        revisions++;
        if (entry.revision !== last + 1n && entry.revision !== DELETED) {
          this.fault(`Stream number ${stream} goes from revision ${last} to ${entry.revision}.`);
        }
        last = entry.revision;
        const event = target === undefined ? undefined : this.record(target);
        if (event?.revision !== entry.revision) {
          this.fault(
            `Revision ${entry.revision} of stream number ${stream} leads to position ${target}, which is another event.`,
          );
        }
      } else {
        const event = target === undefined ? undefined : this.eventAt(stream, target);
        if (event === undefined || !idBytes(event.id).equals(entry.id)) {
          this.fault(
            `Id ${entry.id.toString('hex')} of stream number ${stream} leads to revision ${target}, which is another event.`,
          );
        }
      }
    }
    // Every event was found through the index, so equal numbers mean that nothing else is in it.
    if (revisions !== events) this.fault(`The index has ${revisions} revisions for ${events} events.`);
  }

  private eventAt(streamNumber: bigint, revision: bigint): StoredEvent | undefined {
    const position = this.number(this.file.index.get(revisionKey(streamNumber, revision), this.at));
    return position === undefined ? undefined : this.record(position);
  }

  private record(position: bigint): StoredEvent | undefined {
    const key = Buffer.allocUnsafe(8);
    key.writeBigUInt64BE(position);
    const record = this.file.log.get(key, this.at);
    return record === undefined ? undefined : this.parse(position, record);
  }

  private parse(position: bigint, record: Buffer): StoredEvent | undefined {
    try {
      const event = new StoredEvent(record);
      idBytes(event.id);
      return event;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.fault(`The event at position ${position} is damaged: ${error.message}`);
      return undefined;
    }
  }

  private number(value: Buffer | undefined): bigint | undefined {
    return value?.length === 8 ? value.readBigUInt64BE() : undefined;
  }

  private fault(what: string): void {
    if (this.faults.length < MAX_FAULTS && !this.faults.includes(what)) this.faults.push(what);
  }
}
