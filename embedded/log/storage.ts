import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { CommitFailed, DataFolderUnusable, DataFormatRefused } from './errors.ts';

/** Version of the layout below. Raise it with every change that older code would misread. */
export const DATA_FORMAT = 1;

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

/*
 * Layout of events.mdb (all numbers big-endian, so that key order is number order):
 *   format   'format'                              → DATA_FORMAT as text
 *   log      position:8                            → RecordedEvent message
 *   streams  name in UTF-8                         → stream number:8, the position of the stream's first event
 *   index    stream number:8 · 0 · revision:8      → position:8
 *            stream number:8 · 1 · event id:16     → revision:8
 * Both index entries of a stream share pages, so that an append touches one leaf of the index, not two.
 */
const REVISION_ENTRY = 0;
const ID_ENTRY = 1;
const FORMAT_KEY = Buffer.from('format');

/** UTF-8 bytes of the longest stream name that LMDB can hold as a key. */
export const MAX_STREAM_NAME_BYTES = 1_978;

const uint64 = (value: bigint): Buffer => {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};

const revisionKey = (streamNumber: bigint, revision: bigint): Buffer => {
  const key = Buffer.allocUnsafe(17);
  key.writeBigUInt64BE(streamNumber);
  key[8] = REVISION_ENTRY;
  key.writeBigUInt64BE(revision, 9);
  return key;
};

const idKey = (streamNumber: bigint, id: Buffer): Buffer => {
  const key = Buffer.allocUnsafe(25);
  key.writeBigUInt64BE(streamNumber);
  key[8] = ID_ENTRY;
  id.copy(key, 9);
  return key;
};

/** UUID text → 16 bytes. @throws RangeError when it isn't one. */
export const idBytes = (id: string): Buffer => {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16 || id.length !== 36) throw new RangeError('An event id must be a UUID.');
  return bytes;
};

const LARGEST_POSITION = 0x7fff_ffff_ffff_ffffn;

export class LmdbStorage implements Storage {
  private constructor(
    private readonly environment: RootDatabase<Buffer, Buffer>,
    private readonly log: Database<Buffer, Buffer>,
    private readonly index: Database<Buffer, Buffer>,
    private readonly streams: Database<Buffer, Buffer>,
  ) {}

  /**
   * Opens or creates the event file of a data folder.
   * @throws DataFolderUnusable, DataFormatRefused
   */
  static open(dir: string, options: { mapSize?: number; readOnly?: boolean } = {}): LmdbStorage {
    const file = join(dir, 'events.mdb');
    const environment = openEnvironment(dir, file, options);
    try {
      const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;
      const database = (name: string) => environment.openDB<Buffer, Buffer>({ name, ...binary });
      const format = database('format');
      const log = database('log');
      const found = format.get(FORMAT_KEY)?.toString();
      if (found === undefined) {
        if (options.readOnly || log.getKeysCount({ limit: 1 }) > 0) {
          throw new DataFormatRefused(`${file} carries no data format; it was not written by this node.`);
        }
        format.putSync(FORMAT_KEY, Buffer.from(String(DATA_FORMAT)));
      } else if (found !== String(DATA_FORMAT)) {
        throw new DataFormatRefused(
          `${file} is in data format ${found}; this version reads format ${DATA_FORMAT}. ` +
            'Use the version that wrote it, or restore a backup of the right format.',
        );
      }
      return new LmdbStorage(environment, log, database('index'), database('streams'));
    } catch (error) {
      void environment.close();
      throw error;
    }
  }

  lastPosition(): bigint {
    for (const key of this.log.getKeys({ reverse: true, limit: 1 })) return key.readBigUInt64BE();
    return -1n;
  }

  streamNumber(name: string): bigint | undefined {
    return this.streams.getBinaryFast(Buffer.from(name))?.readBigUInt64BE();
  }

  lastRevision(streamNumber: bigint): bigint {
    const range = {
      start: revisionKey(streamNumber, LARGEST_POSITION),
      end: revisionKey(streamNumber, 0n),
      inclusiveEnd: true,
      reverse: true,
      limit: 1,
    };
    for (const key of this.index.getKeys(range)) return key.readBigUInt64BE(9);
    return -1n;
  }

  positionOf(streamNumber: bigint, revision: bigint): bigint | undefined {
    return this.index.getBinaryFast(revisionKey(streamNumber, revision))?.readBigUInt64BE();
  }

  revisionOf(streamNumber: bigint, id: Buffer): bigint | undefined {
    return this.index.getBinaryFast(idKey(streamNumber, id))?.readBigUInt64BE();
  }

  record(position: bigint): Buffer | undefined {
    return this.log.getBinary(uint64(position));
  }

  *records(from: bigint, direction: Direction): Iterable<Buffer> {
    if (from < 0n) return;
    const range = this.log.getRange({ start: uint64(from), reverse: direction === 'backwards' });
    for (const { value } of range) yield value;
  }

  *positions(streamNumber: bigint, from: bigint, to: bigint, direction: Direction): Iterable<bigint> {
    const range = this.index.getRange({
      start: revisionKey(streamNumber, from),
      end: revisionKey(streamNumber, to),
      inclusiveEnd: true,
      reverse: direction === 'backwards',
    });
    for (const { value } of range) yield value.readBigUInt64BE();
  }

  async commit(records: readonly NewRecord[]): Promise<void> {
    try {
      await this.environment.batch(() => {
        for (const record of records) this.put(record);
      });
    } catch (error) {
      // lmdb rejects with a bare "Commit failed" and hands the reason over separately.
      const reason = (error as { commitError?: Promise<unknown> }).commitError;
      throw new CommitFailed(reason === undefined ? error : await reason.catch((cause: unknown) => cause));
    }
  }

  private put(record: NewRecord): void {
    const position = uint64(record.position);
    void this.log.put(position, record.encoded);
    void this.index.put(revisionKey(record.streamNumber, record.revision), position);
    if (record.indexId) void this.index.put(idKey(record.streamNumber, record.id), uint64(record.revision));
    if (record.newStreamName !== undefined) void this.streams.put(Buffer.from(record.newStreamName), position);
  }

  async close(): Promise<void> {
    await this.environment.close();
  }
}

const openEnvironment = (dir: string, file: string, options: { mapSize?: number; readOnly?: boolean }) => {
  try {
    if (!options.readOnly) mkdirSync(dir, { recursive: true, mode: 0o700 });
    const environment = open<Buffer, Buffer>({
      path: file,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: 8,
      // Nothing may be visible before it is on disk: a reader must never act on an event that a power cut takes back.
      overlappingSync: false,
      // One commit per batch, started at once: the log does its own gathering.
      eventTurnBatching: false,
      readOnly: options.readOnly ?? false,
      ...(options.mapSize === undefined ? {} : { mapSize: options.mapSize }),
    });
    if (!options.readOnly) chmodSync(file, 0o600);
    return environment;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataFolderUnusable(`The data folder ${dir} can't be used: ${reason}`, { cause: error });
  }
};
