import { DamagedRecord, DataFormatRefused } from './log/errors.ts';
import {
  type At,
  type EventFile,
  entriesIn,
  eventFile,
  type FiledHead,
  filedNumber,
  hashedNumber,
  headOf,
  idBytes,
  idKey,
  lastLogged,
  openEventFile,
  parseIndexKey,
  revisionKey,
  uint64,
} from './log/layout.ts';
import type { Transaction } from './log/lmdb.ts';
import { idIn } from './log/packed-record.ts';
import type { Unpacked } from './log/records.ts';
import { readWal } from './log/storage.ts';
import { DELETED } from './log/stream-metadata.ts';
import { NO_RUN, type Run, recordsFrom } from './log/write-ahead-log.ts';
import { StoredEvent } from './wire/stored-event.ts';

export type Verification = {
  readonly events: number;
  readonly streams: number;
  /** Position of the last event, -1 without events. */
  readonly lastPosition: bigint;
  /** The faults, in words; at most MAX_FAULTS of them. Empty when the file is sound. */
  readonly faults: readonly string[];
};

export type Progress = (done: number, total: number) => void;

/** Beyond this many faults an operator doesn't read on, and a file of garbage would fill the memory with them. */
const MAX_FAULTS = 100;
/** A page that can't be read ends the process: the progress told last says where it is. */
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
 * - Each record of the log has the right checksum, is a complete event and names the position before its own.
 * - Streams, their names and their heads belong together one to one, and no revision between the two ends is missing.
 * - The index has every event by its revision and by its id, and nothing else: compared as sums over all of them. Only
 *   when those differ is each looked up, to say which it is.
 * - The events of the write-ahead log continue their streams.
 *
 * @throws DataFolderUnusable, DataFormatRefused
 */
const verify = async (
  file: string,
  unfiled: (opened: EventFile) => Run,
  progress: Progress = () => {},
): Promise<Verification> => {
  const opened = openEventFile(file, 'read');
  try {
    // Read first: events put into the event file meanwhile are seen there.
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
    if (!(error instanceof DataFormatRefused || error instanceof DamagedRecord)) throw error;
    return { run: NO_RUN, faults: [error.message] };
  }
};

/** A sum over entries, whatever their order: of their 32-bit words, mixed entry by entry. */
class Sum {
  private total = 0;

  /** @param id 16 bytes of the entry besides its numbers, from a place on */
  add(streamNumber: number, revision: number, position: number, id?: Buffer, from = 0): void {
    let mixed = mixWords(mixWords(SEED, streamNumber), revision);
    mixed = mixWords(mixed, position);
    if (id !== undefined) for (let at = from; at < from + 16; at += 4) mixed = mix(mixed, id.readInt32BE(at));
    this.total = (this.total + mixed) | 0;
  }

  equals(other: Sum): boolean {
    return this.total === other.total;
  }
}

const SEED = 0x9747_b28c;
const mix = (hash: number, word: number): number => {
  const product = Math.imul(hash ^ word, 0x5bd1_e995);
  return product ^ (product >>> 15);
};
const mixWords = (hash: number, value: number): number => mix(mix(hash, value | 0), (value / 0x1_0000_0000) | 0);

/** Entries that lead from an id to a revision have no position. */
const NONE = 0;

class Walk {
  private readonly total: number;
  /** Last revisions of the streams that have events in the write-ahead log. */
  private readonly newest = new Map<string, bigint>();
  private created = 0n;
  private readonly logged = { revisions: new Sum(), ids: new Sum() };
  private readonly indexed = { revisions: new Sum(), ids: new Sum() };

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
  private get at(): At & { transaction: Transaction } {
    return { transaction: this.transaction };
  }

  run(): Verification {
    let events = 0;
    let streams = 0;
    let last = -1n;
    try {
      events = this.walkLog();
      last = lastLogged(this.file, this.at);
      const unfiled = this.walkUnfiled(last);
      streams = this.walkStreams();
      this.walkIndex(events, streams);
      if (!this.logged.revisions.equals(this.indexed.revisions) || !this.logged.ids.equals(this.indexed.ids)) {
        this.lookUpAll();
      }
      streams += this.newest.size;
      events += unfiled;
      last += BigInt(unfiled);
    } catch (error) {
      // Whatever stops the walk, LMDB's own complaints too, is damage.
      this.fault(`The walk was stopped: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.progress(this.total, this.total);
    return { events, streams, lastPosition: last, faults: this.faults };
  }

  /** Gives the number of records. */
  private walkLog(): number {
    const { revisions, ids } = this.logged;
    let last = -1n;
    let count = 0;
    for (const { key, value } of this.file.log.getRange(this.at)) {
      const position = key.readBigUInt64BE();
      const record = this.unpacked(position, value);
      if (record !== undefined) {
        if (BigInt(record.before) !== last)
          this.fault(`The log goes from position ${last} to ${position}, past others.`);
        const { streamNumber } = record;
        const revision = Number(record.revision);
        this.inOrder(position, record.event);
        revisions.add(streamNumber, revision, Number(position));
        ids.add(streamNumber, revision, NONE, value, idIn(value));
      }
      last = position;
      if (++count % PROGRESS_EVERY === 0) this.progress(count, this.total);
    }
    if (last !== lastLogged(this.file, this.at)) this.fault(`The log ends at position ${last}, before its end.`);
    return count;
  }

  /** Gives the number of events in the write-ahead log. */
  private walkUnfiled(last: bigint): number {
    let next = last + 1n;
    for (const encoded of recordsFrom(this.unfiled, next)) {
      try {
        this.checkContinues(next, this.inOrder(next, StoredEvent.of(encoded)));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        this.fault(`The event at position ${next} is damaged: ${error.message}`);
      }
      next++;
    }
    return Number(next - last - 1n);
  }

  private inOrder(position: bigint, event: StoredEvent): StoredEvent {
    if (event.position !== position) this.fault(`The event at position ${position} says it is at ${event.position}.`);
    if (event.created < this.created) this.fault(`The event at position ${position} is older than the one before it.`);
    this.created = event.created;
    return event;
  }

  private checkContinues(position: bigint, { stream, revision }: StoredEvent): void {
    const last = this.newest.get(stream) ?? this.lastFiled(stream);
    if (last === DELETED || (revision !== last + 1n && revision !== DELETED)) {
      this.fault(`Stream '${stream}' goes from revision ${last} to ${revision} at position ${position}.`);
    }
    this.newest.set(stream, revision);
  }

  private lastFiled(stream: string): bigint {
    const number = filedNumber(this.file, stream, this.at);
    return number === undefined ? -1n : headOf(this.file, number, this.at).last;
  }

  /** Every stream has a number, every number its name. */
  private walkStreams(): number {
    const { hashes } = this.file;
    let streams = 0;
    for (const key of this.file.streams.getKeys(this.at)) {
      streams++;
      const name = key.toString('utf8');
      this.collect(() => {
        const number = filedNumber(this.file, name, this.at);
        if (number === undefined || this.file.records.nameOf(number) !== name) {
          this.fault(`The number ${number} of stream '${name}' is another stream's.`);
        } else headOf(this.file, number, this.at);
        if (hashes !== undefined && hashedNumber(this.file, name, this.at) !== number) {
          this.fault(`Stream '${name}' is not found by the hash of its name.`);
        }
      });
      this.newest.delete(name);
    }
    const names = this.file.names.getKeysCount(this.at);
    if (names !== streams) this.fault(`There are ${streams} streams and ${names} names of streams.`);
    const hashed = hashes?.getKeysCount(this.at) ?? streams;
    if (hashed !== streams) this.fault(`There are ${streams} streams and ${hashed} hashes of their names.`);
    return streams;
  }

  private walkIndex(events: number, streams: number): void {
    const { revisions, ids } = this.indexed;
    let stream: bigint | undefined;
    /** Of the stream that is walked: its first revision, and the last one so far. */
    let first: bigint | undefined;
    let last: bigint | undefined;
    let heads = 0;
    let count = 0;
    let walked = 0;
    for (const { key, value } of this.file.index.getRange(this.at)) {
      if (++walked % PROGRESS_EVERY === 0) this.progress(events + walked, this.total);
      const entry = parseIndexKey(key);
      if (entry.streamNumber !== stream) {
        stream = entry.streamNumber;
        first = undefined;
        last = undefined;
      }
      if ('head' in entry) {
        heads++;
        this.collect(() => this.checkHead(entry.streamNumber, first, last));
      } else if (value.length !== 8) this.fault(`An entry of stream number ${stream} has ${value.length} bytes.`);
      else if ('revision' in entry) {
        count++;
        const { revision } = entry;
        if (last !== undefined && revision !== last + 1n && revision !== DELETED) {
          this.fault(`Stream number ${stream} goes from revision ${last} to ${revision}.`);
        }
        first ??= revision;
        last = revision;
        revisions.add(Number(stream), Number(revision), Number(value.readBigUInt64BE()));
      } else ids.add(Number(stream), Number(value.readBigUInt64BE()), NONE, entry.id);
    }
    if (count !== events) this.fault(`The index has ${count} revisions for ${events} events.`);
    if (heads !== streams) this.fault(`The index has ${heads} streams where there are ${streams}.`);
  }

  private checkHead(number: bigint, first: bigint | undefined, last: bigint | undefined): void {
    const head: FiledHead = headOf(this.file, number, this.at);
    // A stream of which nothing is left has its numbering alone; of a tombstoned one the tombstone is enough.
    const isSound =
      first === undefined || last === undefined
        ? head.first === head.last + 1n
        : head.last === last && (head.first === first || first === DELETED);
    if (!isSound) {
      this.fault(
        `Stream number ${number} has revisions ${first} to ${last}, its head says ${head.first} to ${head.last}.`,
      );
    }
  }

  /** Looks up every event in the index, and every entry of the index in the log, to say which of them is wrong. */
  private lookUpAll(): void {
    for (const { key, value } of this.file.log.getRange(this.at)) {
      const position = key.readBigUInt64BE();
      const record = this.unpacked(position, value);
      if (record !== undefined) this.checkFound(position, record);
    }
    for (const { key, value } of this.file.index.getRange(this.at)) {
      const entry = parseIndexKey(key);
      if ('head' in entry || value.length !== 8) continue;
      const number = entry.streamNumber;
      const target = value.readBigUInt64BE();
      if ('revision' in entry) {
        const found = this.record(target);
        if (found?.revision !== entry.revision || found.streamNumber !== Number(number)) {
          this.fault(
            `Revision ${entry.revision} of stream number ${number} leads to position ${target}, which is another event.`,
          );
        }
      } else if (!this.idAt(number, target)?.equals(entry.id)) {
        this.fault(
          `Id ${entry.id.toString('hex')} of stream number ${number} leads to revision ${target}, which is another event.`,
        );
      }
    }
  }

  /** The way from an event's stream, revision and id back to the event. */
  private checkFound(position: bigint, { revision, ...unpacked }: Unpacked): void {
    const streamNumber = BigInt(unpacked.streamNumber);
    const { stream, id } = unpacked.event;
    const indexed = this.number(this.file.index.get(revisionKey(streamNumber, revision), this.at));
    if (indexed !== position) {
      this.fault(`Revision ${revision} of '${stream}' is at position ${position}, the index says ${indexed}.`);
    }
    const found = this.number(this.file.index.get(idKey(streamNumber, id), this.at));
    // An id written twice is found at one of its places.
    if (found !== revision && (found === undefined || !this.idAt(streamNumber, found)?.equals(idBytes(id)))) {
      this.fault(`Id ${id} at position ${position} isn't found in '${stream}'.`);
    }
  }

  private idAt(streamNumber: bigint, revision: bigint): Buffer | undefined {
    const position = this.number(this.file.index.get(revisionKey(streamNumber, revision), this.at));
    const record = position === undefined ? undefined : this.record(position);
    return record === undefined ? undefined : idBytes(record.event.id);
  }

  private record(position: bigint): Unpacked | undefined {
    const record = this.file.log.get(uint64(position), this.at);
    return record === undefined ? undefined : this.unpacked(position, record);
  }

  private unpacked(position: bigint, record: Buffer): Unpacked | undefined {
    return this.collect(() => this.file.records.unpack(position, record));
  }

  /** Damage is a fault, and the walk continues. */
  private collect<Result>(read: () => Result): Result | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      this.fault(error.what);
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
