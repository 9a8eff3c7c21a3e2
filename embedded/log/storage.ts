import { StoredEvent } from '../wire/stored-event.ts';
import { freeBytes } from './disk-space.ts';
import { CommitFailed } from './errors.ts';
import {
  type EventFile,
  eventFile,
  INDEXED_KEY,
  idBytes,
  idKey,
  indexedTo,
  lastIndexedRevision,
  openEventFile,
  revisionKey,
  uint64,
} from './layout.ts';
import { idOfText, type Place, RecentIndex } from './recent-index.ts';
import { DELETED } from './stream-metadata.ts';

/** One event on its way to the disk. */
export type NewRecord = Place & { readonly encoded: Buffer };

/** What the log needs from what keeps its bytes. */
export interface Storage {
  lastPosition(): bigint;
  streamNumber(name: string): bigint | undefined;
  /** -1 when the stream has no events. */
  lastRevision(streamNumber: bigint): bigint;
  positionOf(streamNumber: bigint, revision: bigint): bigint | undefined;
  /** Where in this stream an event id was last written. */
  revisionOf(streamNumber: bigint, id: Buffer): bigint | undefined;
  record(position: bigint): Buffer | undefined;
  records(from: bigint, direction: Direction): Iterable<Buffer>;
  /** Positions of a stream's events between two revisions, both included, in the order asked for. */
  positions(streamNumber: bigint, from: bigint, to: bigint, direction: Direction): Iterable<bigint>;
  /** Resolves when all records are on disk; rejects with CommitFailed when none is. */
  commit(records: readonly NewRecord[]): Promise<void>;
  close(): Promise<void>;
}

export type Direction = 'forwards' | 'backwards';

/**
 * Events in the log that the index in the file may lack. A commit then touches the end of the log alone, a few pages
 * in a row, instead of two pages somewhere in the index for each event; the index follows in one go. Measured: half
 * the processor time of an append, a tenth of the bytes written.
 */
const UNINDEXED_EVENTS = 1_000;

/**
 * Keeps the log in an LMDB file (`layout.ts`). The log is the truth; what the index in the file lacks at start is read
 * from the end of the log.
 */
export class LmdbStorage implements Storage {
  private readonly recent = new RecentIndex();

  private constructor(
    private readonly dir: string,
    private readonly file: EventFile,
  ) {
    for (const record of this.records(indexedTo(file) + 1n, 'forwards')) {
      const { stream, position, revision, id } = new StoredEvent(record);
      const number = this.streamNumber(stream);
      this.recent.add({
        position,
        revision,
        id: idBytes(id),
        streamNumber: number ?? position,
        ...(number === undefined ? { newStreamName: stream } : {}),
      });
    }
  }

  /**
   * Opens or creates the event file of a data folder.
   * @throws DataFolderUnusable, DataFormatRefused
   */
  static open(dir: string): LmdbStorage {
    return new LmdbStorage(dir, openEventFile(eventFile(dir), 'write'));
  }

  lastPosition(): bigint {
    for (const key of this.file.log.getKeys({ reverse: true, limit: 1 })) return key.readBigUInt64BE();
    return -1n;
  }

  streamNumber(name: string): bigint | undefined {
    return this.recent.streamNumber(name) ?? this.file.streams.getBinaryFast(Buffer.from(name))?.readBigUInt64BE();
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

  revisionOf(streamNumber: bigint, id: Buffer): bigint | undefined {
    return (
      this.recent.revisionOf(streamNumber, id) ??
      this.file.index.getBinaryFast(idKey(streamNumber, id))?.readBigUInt64BE()
    );
  }

  record(position: bigint): Buffer | undefined {
    return this.file.log.getBinary(uint64(position));
  }

  *records(from: bigint, direction: Direction): Iterable<Buffer> {
    if (from < 0n) return;
    const range = this.file.log.getRange({ start: uint64(from), reverse: direction === 'backwards' });
    for (const { value } of range) yield value;
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
    const catchUp = this.recent.size >= UNINDEXED_EVENTS;
    try {
      await this.file.environment.batch(() => {
        for (const { position, encoded } of records) void this.file.log.put(uint64(position), encoded);
        if (catchUp) this.putIndex(first.position - 1n);
      });
    } catch (error) {
      // lmdb rejects with a bare "Commit failed" and hands the reason over separately.
      const { commitError } = error as { commitError?: Promise<unknown> };
      const reason = commitError === undefined ? error : await commitError.catch((cause: unknown) => cause);
      throw new CommitFailed(reason, isFull(this.dir, records));
    }
    if (catchUp) this.recent.clear();
    for (const record of records) this.recent.add(record);
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

  /** Writes what the index lacks, up to a position. */
  private putIndex(upTo: bigint): void {
    const { index, streams, format } = this.file;
    for (const { streamNumber, name, first, positions, tombstone, ids } of this.recent.unindexed()) {
      if (name !== undefined) void streams.put(Buffer.from(name), uint64(streamNumber));
      let revision = first;
      for (const position of positions) void index.put(revisionKey(streamNumber, revision++), uint64(position));
      if (tombstone !== undefined) void index.put(revisionKey(streamNumber, DELETED), uint64(tombstone));
      for (const [id, place] of ids) void index.put(idKey(streamNumber, idOfText(id)), uint64(place));
    }
    void format.put(INDEXED_KEY, uint64(upTo));
  }

  async close(): Promise<void> {
    await this.file.environment.close();
  }
}

/** LMDB reports a write that was cut short by a full disk as an I/O error, so the disk itself is asked. */
const isFull = (dir: string, records: readonly NewRecord[]): boolean => {
  const needed = records.reduce((sum, { encoded }) => sum + encoded.length, 256 * 1024);
  return freeBytes(dir) < needed;
};
