import { freeBytes } from './disk-space.ts';
import { CommitFailed } from './errors.ts';
import { type EventFile, eventFile, idKey, openEventFile, revisionKey, uint64 } from './layout.ts';

/** One event on its way to the disk. */
export type NewRecord = {
  readonly position: bigint;
  readonly encoded: Buffer;
  readonly streamNumber: bigint;
  readonly revision: bigint;
  readonly id: Buffer;
  /** Set on the first event of a stream. */
  readonly newStreamName?: string;
  /** False for the second of two equal ids inside one append: the first keeps the entry. */
  readonly indexId: boolean;
};

/** What the log needs from what keeps its bytes. */
export interface Storage {
  lastPosition(): bigint;
  streamNumber(name: string): bigint | undefined;
  /** -1 when the stream has no events. */
  lastRevision(streamNumber: bigint): bigint;
  positionOf(streamNumber: bigint, revision: bigint): bigint | undefined;
  /** Revision of the last append of this id to this stream. */
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

const LARGEST_REVISION = 0x7fff_ffff_ffff_ffffn;

/** Keeps the log in an LMDB file (`layout.ts`). */
export class LmdbStorage implements Storage {
  private constructor(
    private readonly dir: string,
    private readonly file: EventFile,
  ) {}

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
    return this.file.streams.getBinaryFast(Buffer.from(name))?.readBigUInt64BE();
  }

  lastRevision(streamNumber: bigint): bigint {
    const range = {
      start: revisionKey(streamNumber, LARGEST_REVISION),
      end: revisionKey(streamNumber, 0n),
      inclusiveEnd: true,
      reverse: true,
      limit: 1,
    };
    for (const key of this.file.index.getKeys(range)) return key.readBigUInt64BE(9);
    return -1n;
  }

  positionOf(streamNumber: bigint, revision: bigint): bigint | undefined {
    return this.file.index.getBinaryFast(revisionKey(streamNumber, revision))?.readBigUInt64BE();
  }

  revisionOf(streamNumber: bigint, id: Buffer): bigint | undefined {
    return this.file.index.getBinaryFast(idKey(streamNumber, id))?.readBigUInt64BE();
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
    const range = this.file.index.getRange({
      start: revisionKey(streamNumber, from),
      end: revisionKey(streamNumber, to),
      inclusiveEnd: true,
      reverse: direction === 'backwards',
    });
    for (const { value } of range) yield value.readBigUInt64BE();
  }

  async commit(records: readonly NewRecord[]): Promise<void> {
    try {
      await this.file.environment.batch(() => {
        for (const record of records) this.put(record);
      });
    } catch (error) {
      // lmdb rejects with a bare "Commit failed" and hands the reason over separately.
      const { commitError } = error as { commitError?: Promise<unknown> };
      const reason = commitError === undefined ? error : await commitError.catch((cause: unknown) => cause);
      throw new CommitFailed(reason, isFull(this.dir, records));
    }
  }

  private put(record: NewRecord): void {
    const position = uint64(record.position);
    void this.file.log.put(position, record.encoded);
    void this.file.index.put(revisionKey(record.streamNumber, record.revision), position);
    if (record.indexId) void this.file.index.put(idKey(record.streamNumber, record.id), uint64(record.revision));
    if (record.newStreamName !== undefined) void this.file.streams.put(Buffer.from(record.newStreamName), position);
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
