import { chmodSync, closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase, type Transaction } from 'lmdb';
import { DataFolderUnusable, DataFormatRefused, usable } from './errors.ts';
import type { RecentEvents } from './recent-events.ts';
import { DELETED } from './stream-metadata.ts';
import { SALT_BYTES, type Salts } from './write-ahead-log.ts';

/*
 * Layout of events.mdb (all numbers big-endian, so that key order is number order):
 *   format   'format'                              → DATA_FORMAT as text
 *            'wal'                                 → salt:8 of the run in events.wal that continues the log · salt:8 of the
 *                                                    run before it, zeros when there was none; not in a backup
 *   log      position:8                            → RecordedEvent message
 *   streams  name in UTF-8                         → stream number:8, the position of the stream's first event
 *   index    stream number:8 · 0 · revision:8      → position:8
 *            stream number:8 · 1 · event id:16     → revision:8
 *            (the last place, where an id was written more than once)
 * The newest events are in events.wal alone (`write-ahead-log.ts`).
 */

/** Version of this layout. Raise it with every change that older code would misread. */
export const DATA_FORMAT = 3;

const REVISION_ENTRY = 0;
const ID_ENTRY = 1;
const FORMAT_KEY = Buffer.from('format');
const WAL_KEY = Buffer.from('wal');

/** UTF-8 bytes of the longest stream name that LMDB can hold as a key. */
export const MAX_STREAM_NAME_BYTES = 1_978;

export const uint64 = (value: bigint): Buffer => {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};

export const revisionKey = (streamNumber: bigint, revision: bigint): Buffer => {
  const key = Buffer.allocUnsafe(17);
  key.writeBigUInt64BE(streamNumber);
  key[8] = REVISION_ENTRY;
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

/** What an entry of the index is about. */
export type IndexKey =
  | { readonly streamNumber: bigint; readonly revision: bigint }
  | { readonly streamNumber: bigint; readonly id: Buffer };

/** @throws RangeError when it is no key of the index */
export const parseIndexKey = (key: Buffer): IndexKey => {
  if (key.length === 17 && key[8] === REVISION_ENTRY) {
    return { streamNumber: key.readBigUInt64BE(), revision: key.readBigUInt64BE(9) };
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
  readonly environment: RootDatabase<Buffer, Buffer>;
  readonly log: Database<Buffer, Buffer>;
  readonly index: Database<Buffer, Buffer>;
  readonly streams: Database<Buffer, Buffer>;
  readonly format: Database<Buffer, Buffer>;
};

/** Position of the last event in the file, -1 when it is empty. */
export const lastLogged = ({ log }: EventFile): bigint => {
  for (const key of log.getKeys({ reverse: true, limit: 1 })) return key.readBigUInt64BE();
  return -1n;
};

/** Salts of the write-ahead log's runs; undefined when the file has no write-ahead log, as in a backup. */
export const walSalts = ({ format }: EventFile): Salts | undefined => {
  const salts = format.get(WAL_KEY);
  return salts && { current: salts.subarray(0, SALT_BYTES), previous: salts.subarray(SALT_BYTES) };
};

/** Names the run that continues the file from here on, or that none does; within a transaction, together with its events. */
export const putWalSalts = ({ format }: EventFile, salts: Salts | undefined): void => {
  void (salts === undefined
    ? format.remove(WAL_KEY)
    : format.put(WAL_KEY, Buffer.concat([salts.current, salts.previous])));
};

/** Adds events at the end of the log, with their places in the index; within a transaction. */
export const putEvents = ({ log, index, streams }: EventFile, recent: RecentEvents): void => {
  let at = recent.first ?? 0n;
  for (const record of recent.records) void log.put(uint64(at++), record);
  for (const { streamNumber, name, first, positions, tombstone, ids } of recent.byStream()) {
    if (name !== undefined) void streams.put(Buffer.from(name), uint64(streamNumber));
    let revision = first;
    for (const position of positions) void index.put(revisionKey(streamNumber, revision++), uint64(position));
    if (tombstone !== undefined) void index.put(revisionKey(streamNumber, DELETED), uint64(tombstone));
    for (const [id, place] of ids) void index.put(idKey(streamNumber, id), uint64(place));
  }
};

/** A stream's last revision in the index, DELETED with a tombstone, -1 without events. */
export const lastIndexedRevision = (
  { index }: EventFile,
  streamNumber: bigint,
  at: { transaction?: Transaction } = {},
): bigint => {
  const range = { start: revisionKey(streamNumber, DELETED), end: revisionKey(streamNumber, 0n) };
  for (const key of index.getKeys({ ...range, inclusiveEnd: true, reverse: true, limit: 1, ...at }))
    return key.readBigUInt64BE(9);
  return -1n;
};

/**
 * Opens an event file; for writing, creates it when it isn't there.
 * @throws DataFolderUnusable, DataFormatRefused
 */
export const openEventFile = (file: string, mode: 'write' | 'read'): EventFile => {
  refuseForeign(file, mode);
  const environment = openEnvironment(file, mode);
  try {
    refuseTruncated(file, environment);
    const database = (name: string): Database<Buffer, Buffer> => {
      const opened = environment.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
      if (opened === undefined) throw new DataFormatRefused(`${file} was not written by this node.`);
      return opened;
    };
    const format = database('format');
    const log = database('log');
    const found = format.get(FORMAT_KEY)?.toString();
    if (found === undefined) {
      if (mode === 'read' || log.getKeysCount({ limit: 1 }) > 0) {
        throw new DataFormatRefused(`${file} carries no data format; it was not written by this node.`);
      }
      format.putSync(FORMAT_KEY, Buffer.from(String(DATA_FORMAT)));
    } else if (found !== String(DATA_FORMAT)) {
      throw new DataFormatRefused(
        `${file} is in data format ${found}; this version reads format ${DATA_FORMAT}. ` +
          'Use the version that wrote it, or restore a backup of the right format.',
      );
    }
    return { environment, format, log, index: database('index'), streams: database('streams') };
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
