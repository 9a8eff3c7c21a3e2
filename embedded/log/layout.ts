import { hash } from 'node:crypto';
import { chmodSync, closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DamagedRecord, DataFolderUnusable, DataFormatRefused, OlderFormat, usable } from './errors.ts';
import { type Database, open, type RootDatabase, type Transaction } from './lmdb.ts';
import { sealed, Unreadable, unsealed } from './packed-record.ts';
import type { RecentEvents } from './recent-events.ts';
import { Records } from './records.ts';
import { DELETED } from './stream-metadata.ts';
import { SALT_BYTES, type Salts } from './write-ahead-log.ts';

/*
 * Layout of events.mdb (all numbers big-endian, so that key order is number order; a sealed value has a CRC-32 before
 * it that covers the key too, see `packed-record.ts`):
 *   format   'format'                              → DATA_FORMAT as text
 *            'wal'                                 → salt:8 of the run in events.wal that continues the log · salt:8 of the
 *                                                    run before it, zeros when there was none; not in a backup
 *            'end'                                 → position:8 of the last record, sealed
 *   log      position:8                            → packed record, sealed. Each names the position before its own, so
 *                                                    that a missing event is told from one left out on purpose
 *   shapes   number:8                              → what events of one kind have in common, sealed
 *   streams  name in UTF-8                         → stream number:8, the position of the stream's first event, sealed
 *   names    stream number:8                       → name in UTF-8, sealed
 *   hashes   SHA-256 of a name, its first 16 bytes → stream number:8. A name that is in none of the two was never given:
 *                                                    a damaged page hides it from one of them alone
 *   index    stream number:8 · 0 · revision:8      → position:8
 *            stream number:8 · 0 · 2^64-1          → first revision:8 · last revision:8, DELETED with a tombstone, sealed.
 *                                                    None is missing between the two
 *            stream number:8 · 1 · event id:16     → revision:8
 *            (one of its places, where an id was written more than once)
 * Where the index leads is no more than a hint: the record there says whose it is.
 * The newest events are in events.wal alone (`write-ahead-log.ts`).
 */

/** Version of this layout. Raise it with every change that older code would misread. */
export const DATA_FORMAT = 4;

const REVISION_ENTRY = 0;
const ID_ENTRY = 1;
const HEAD = 0xffff_ffff_ffff_ffffn;
const FORMAT_KEY = Buffer.from('format');
const WAL_KEY = Buffer.from('wal');
const END_KEY = Buffer.from('end');

/** UTF-8 bytes of the longest stream name that LMDB can hold as a key. */
export const MAX_STREAM_NAME_BYTES = 1_978;

export const uint64 = (value: bigint): Buffer => {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};

/** The key of a record, in memory that is used again. */
export const withPosition = (key: Buffer, position: bigint): Buffer => {
  key.writeBigUInt64BE(position);
  return key;
};

export const revisionKey = (streamNumber: bigint, revision: bigint): Buffer => {
  const key = Buffer.allocUnsafe(17);
  key.writeBigUInt64BE(streamNumber);
  key[8] = REVISION_ENTRY;
  key.writeBigUInt64BE(revision, 9);
  return key;
};

/** The key of another revision of the same stream, in the same memory. */
export const withRevision = (key: Buffer, revision: bigint): Buffer => {
  key.writeBigUInt64BE(revision, 9);
  return key;
};

/** @param id UUID text. @throws RangeError when it isn't one */
export const idKey = (streamNumber: bigint, id: string): Buffer => {
  const key = Buffer.allocUnsafe(25);
  key.writeBigUInt64BE(streamNumber);
  key[8] = ID_ENTRY;
  return writeId(id, key, 9);
};

/** Where the first and the last revision of a stream stand, behind its revisions. */
export const headKey = (streamNumber: bigint): Buffer => revisionKey(streamNumber, HEAD);

/** What an entry of the index is about. */
export type IndexKey =
  | { readonly streamNumber: bigint; readonly head: true }
  | { readonly streamNumber: bigint; readonly revision: bigint }
  | { readonly streamNumber: bigint; readonly id: Buffer };

/** @throws RangeError when it is no key of the index */
export const parseIndexKey = (key: Buffer): IndexKey => {
  if (key.length === 17 && key[8] === REVISION_ENTRY) {
    const streamNumber = key.readBigUInt64BE();
    const revision = key.readBigUInt64BE(9);
    return revision === HEAD ? { streamNumber, head: true } : { streamNumber, revision };
  }
  if (key.length === 25 && key[8] === ID_ENTRY) return { streamNumber: key.readBigUInt64BE(), id: key.subarray(9) };
  throw new RangeError(`The index has a key of unknown form: ${key.toString('hex')}`);
};

/** UUID text → 16 bytes. @throws RangeError when it isn't one */
export const idBytes = (id: string): Buffer => writeId(id, Buffer.allocUnsafe(16), 0);

const writeId = (id: string, target: Buffer, offset: number): Buffer => {
  const digits = id.replaceAll('-', '');
  if (id.length !== 36 || digits.length !== 32 || target.write(digits, offset, 'hex') !== 16) {
    throw new RangeError('An event id must be a UUID.');
  }
  return target;
};

export const eventFile = (dir: string): string => join(dir, 'events.mdb');
export const walFile = (dir: string): string => join(dir, 'events.wal');
export const markFile = (dir: string): string => join(dir, 'events.mark');

export type EventFile = {
  readonly path: string;
  readonly environment: RootDatabase<Buffer, Buffer>;
  readonly log: Database<Buffer, Buffer>;
  readonly index: Database<Buffer, Buffer>;
  readonly streams: Database<Buffer, Buffer>;
  readonly names: Database<Buffer, Buffer>;
  /** Undefined in a file that is read, and was written before there were any. */
  readonly hashes: Database<Buffer, Buffer> | undefined;
  readonly shapes: Database<Buffer, Buffer>;
  readonly format: Database<Buffer, Buffer>;
  readonly records: Records;
};

/** As LMDB keeps it: counting would meet a damaged page before this node knows where it is. */
export const entriesIn = (database: EventFile['log']): number =>
  (database.getStats() as { entryCount: number }).entryCount;

/** Which moment is read; lmdb writes into what it is given, so each call takes a new one. */
export type At = { transaction?: Transaction };

/** Position of the last event in the file, -1 when it is empty. @throws DamagedRecord */
export const lastLogged = (file: EventFile, at: At = {}): bigint => {
  const end = file.format.get(END_KEY, { ...at });
  if (end !== undefined) return unsealedIn(file, 'its end', 0n, end).readBigUInt64BE();
  if (file.log.getKeysCount({ limit: 1, ...at }) > 0) throw new DamagedRecord(file.path, 'its end is missing');
  return -1n;
};

/** Position of the last event in a file of the format before this one, -1 when it is empty. */
export const lastOfOlder = ({ log }: OlderFile): bigint => {
  for (const key of log.getKeys({ reverse: true, limit: 1 })) return key.readBigUInt64BE();
  return -1n;
};

/** Within a transaction, together with the record. */
export const putEnd = ({ format }: EventFile, position: bigint): void => {
  void format.put(END_KEY, sealed(0n, uint64(position)));
};

const unsealedIn = ({ path }: EventFile, what: string, key: bigint, whole: Buffer): Buffer => {
  try {
    return unsealed(key, whole);
  } catch (error) {
    throw error instanceof Unreadable ? new DamagedRecord(path, `${what}: ${error.message}`) : error;
  }
};

/** Salts of the write-ahead log's runs; undefined when the file has no write-ahead log, as in a backup. */
export const walSalts = ({ format }: Pick<EventFile, 'format'>): Salts | undefined => {
  const salts = format.get(WAL_KEY);
  return salts && { current: salts.subarray(0, SALT_BYTES), previous: salts.subarray(SALT_BYTES) };
};

/** Names the run that continues the file from here on, or that none does; within a transaction, together with its events. */
export const putWalSalts = ({ format }: EventFile, salts: Salts | undefined): void => {
  void (salts === undefined
    ? format.remove(WAL_KEY)
    : format.put(WAL_KEY, Buffer.concat([salts.current, salts.previous])));
};

/**
 * Gets events ready to be added at the end of the log, with their places in the index. What it gives adds them, within
 * a transaction, and is then told that the transaction is on disk.
 */
export const prepared = (file: EventFile, recent: RecentEvents): { put: () => void; stored: () => void } => {
  const { log, index, records } = file;
  const first = recent.first ?? 0n;
  const last = lastLogged(file);
  const { records: packed, drafted } = records.pack(
    recent.events.map((event, place) => ({
      event,
      streamNumber: Number(recent.streamOf(place)),
      before: Number(place === 0 ? last : first) + Math.max(0, place - 1),
    })),
  );
  const put = () => {
    records.putShapes(drafted);
    let at = first;
    for (const record of packed) void log.put(uint64(at++), record);
    if (packed.length > 0) putEnd(file, at - 1n);
    for (const { streamNumber, name, beginning, first: from, positions, tombstone, ids } of recent.byStream()) {
      if (name !== undefined) putStream(file, name, streamNumber);
      let revision = from;
      for (const position of positions) void index.put(revisionKey(streamNumber, revision++), uint64(position));
      if (tombstone !== undefined) void index.put(revisionKey(streamNumber, DELETED), uint64(tombstone));
      putHead(file, streamNumber, { first: beginning, last: tombstone === undefined ? revision - 1n : DELETED });
      for (const [id, place] of ids) void index.put(idKey(streamNumber, id), uint64(place));
    }
  };
  return { put, stored: () => records.keep(drafted) };
};

/** Within a transaction. */
export const putStream = ({ streams, hashes, records }: EventFile, name: string, streamNumber: bigint): void => {
  const key = Buffer.from(name);
  void streams.put(key, sealed(nameSeed(key), uint64(streamNumber)));
  void hashes?.put(hashOf(key), uint64(streamNumber));
  records.putName(streamNumber, name);
};

/** Number of a stream, undefined when there is none of this name. @throws DamagedRecord */
export const filedNumber = (file: EventFile, name: string, at: At = {}): bigint | undefined => {
  const key = Buffer.from(name);
  const stored = file.streams.get(key, { ...at });
  if (stored !== undefined)
    return unsealedIn(file, `the number of stream '${name}'`, nameSeed(key), stored).readBigUInt64BE();
  const hidden = hashedNumber(file, name, at);
  // A stream that a damaged page hides must not be begun again.
  if (hidden !== undefined)
    throw new DamagedRecord(file.path, `stream '${name}', number ${hidden}, is missing among the names of streams`);
  return undefined;
};

/** Number of a stream by the hash of its name. */
export const hashedNumber = ({ hashes }: EventFile, name: string, at: At = {}): bigint | undefined =>
  hashes?.get(hashOf(Buffer.from(name)), { ...at })?.readBigUInt64BE();

const hashOf = (name: Buffer): Buffer => hash('sha256', name, 'buffer').subarray(0, 16);

/** Gives streams that were filed before there were hashes theirs. A name that can't be read any more is left out. */
const putMissingHashes = ({ environment, names, streams, hashes }: EventFile): void => {
  if (hashes === undefined || entriesIn(hashes) >= entriesIn(streams)) return;
  environment.transactionSync(() => {
    for (const { key, value } of names.getRange({})) {
      const streamNumber = key.readBigUInt64BE();
      const name = soundIn(streamNumber, value);
      if (name !== undefined) void hashes.put(hashOf(name), uint64(streamNumber));
    }
  });
};

const soundIn = (key: bigint, whole: Buffer): Buffer | undefined => {
  try {
    return unsealed(key, whole);
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
};

const nameSeed = (name: Buffer): bigint => BigInt(crc32(name));

/** The revisions of a stream that are in the file; `last` is DELETED when there is a tombstone. */
export type FiledHead = { readonly first: bigint; readonly last: bigint };

/** Within a transaction, together with the events. */
export const putHead = ({ index }: EventFile, streamNumber: bigint, { first, last }: FiledHead): void => {
  void index.put(headKey(streamNumber), sealed(streamNumber, uint64(first), uint64(last)));
};

/** Of a stream that is in the file. @throws DamagedRecord */
export const headOf = (file: EventFile, streamNumber: bigint, at: At = {}): FiledHead => {
  const what = `the head of stream number ${streamNumber}`;
  const stored = file.index.get(headKey(streamNumber), { ...at });
  if (stored === undefined) throw new DamagedRecord(file.path, `${what} is missing`);
  const head = unsealedIn(file, what, streamNumber, stored);
  return { first: head.readBigUInt64BE(), last: head.readBigUInt64BE(8) };
};

/**
 * Opens an event file; for writing, creates it when it isn't there.
 * @throws DataFolderUnusable, DataFormatRefused, OlderFormat
 */
export const openEventFile = (path: string, mode: 'write' | 'read'): EventFile =>
  opened(path, mode, (environment, database, found) => {
    const format = database('format');
    const log = database('log');
    const version = format.get(FORMAT_KEY)?.toString();
    if (version === undefined) {
      if (mode === 'read' || log.getKeysCount({ limit: 1 }) > 0) {
        throw new DataFormatRefused(`${path} carries no data format; it was not written by this node.`);
      }
      format.putSync(FORMAT_KEY, Buffer.from(String(DATA_FORMAT)));
    } else if (version === String(OLDER_FORMAT)) {
      throw new OlderFormat(path, version, DATA_FORMAT);
    } else if (version !== String(DATA_FORMAT)) {
      throw new DataFormatRefused(
        `${path} is in data format ${version}; this version reads format ${DATA_FORMAT}. ` +
          'Use the version that wrote it, or restore a backup of the right format.',
      );
    }
    const [index, streams, names, shapes] = [
      database('index'),
      database('streams'),
      database('names'),
      database('shapes'),
    ];
    const hashes = found('hashes');
    const records = new Records(path, { shapes, names });
    const file = { path, environment, format, log, index, streams, names, hashes, shapes, records };
    if (mode === 'write') putMissingHashes(file);
    return file;
  });

/** The format before this one: records are whole messages, nothing is sealed, and there are no names, shapes and heads. */
const OLDER_FORMAT = 3;

export type OlderFile = Pick<EventFile, 'path' | 'environment' | 'log' | 'index' | 'streams' | 'format'>;

/** For reading. @throws DataFolderUnusable, DataFormatRefused */
export const openOlderFile = (path: string): OlderFile =>
  opened(path, 'read', (environment, database) => {
    const [format, log, index, streams] = [database('format'), database('log'), database('index'), database('streams')];
    return { path, environment, format, log, index, streams };
  });

const opened = <File>(
  path: string,
  mode: 'write' | 'read',
  file: (
    environment: RootDatabase<Buffer, Buffer>,
    database: (name: string) => Database<Buffer, Buffer>,
    found: (name: string) => Database<Buffer, Buffer> | undefined,
  ) => File,
): File => {
  refuseForeign(path, mode);
  const environment = openEnvironment(path, mode);
  try {
    refuseTruncated(path, environment);
    // One that isn't there is created, unless the file is only read.
    const found = (name: string): Database<Buffer, Buffer> | undefined =>
      environment.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
    const database = (name: string) => {
      const one = found(name);
      if (one === undefined) throw new DataFormatRefused(`${path} was not written by this node.`);
      return one;
    };
    return file(environment, database, found);
  } catch (error) {
    void environment.close();
    throw error;
  }
};

const openEnvironment = (file: string, mode: 'write' | 'read') =>
  usable(file, () => {
    const environment = open<Buffer, Buffer>({
      path: file,
      noSubdir: true,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: 8,
      // Nothing may be visible before it is on disk: a reader must never act on an event that a power cut takes back.
      overlappingSync: false,
      // One commit per batch, started at once: the log does its own gathering.
      eventTurnBatching: false,
      readOnly: mode === 'read',
    });
    if (mode === 'write') chmodSync(file, 0o600);
    return environment;
  });

const LMDB_MAGIC = 0xbeefc0de;
const LMDB_MAGIC_AT = 24;

/** LMDB crashes the process on a file that isn't one of its own, so the file's first bytes are looked at before. */
const refuseForeign = (file: string, mode: 'write' | 'read'): void => {
  const head = Buffer.alloc(LMDB_MAGIC_AT + 4);
  let length: number;
  try {
    if (mode === 'write' && !existsSync(file)) return;
    const descriptor = openSync(file, 'r');
    length = readSync(descriptor, head);
    closeSync(descriptor);
  } catch (error) {
    throw new DataFolderUnusable(file, error);
  }
  // Creating the file and filling it are two steps; a crash between them leaves it empty.
  if (mode === 'write' && length === 0) return;
  if (head.readUInt32LE(LMDB_MAGIC_AT) !== LMDB_MAGIC) {
    throw new DataFormatRefused(`${file} is not an event file; it was not written by this node.`);
  }
};

/** Reading beyond the end of a file that was cut short would crash the process too. */
const refuseTruncated = (file: string, environment: RootDatabase<Buffer, Buffer>): void => {
  const { lastPageNumber, pageSize } = environment.getStats() as { lastPageNumber: number; pageSize: number };
  const needed = (lastPageNumber + 1) * pageSize;
  const { size } = statSync(file);
  if (size < needed) throw new DataFormatRefused(`${file} is cut short: it has ${size} of ${needed} bytes.`);
};
