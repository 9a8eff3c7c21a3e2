import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  write as writeCallback,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { CommitFailed, CommitUncertain, DataFormatRefused, usable } from './errors.ts';

/*
 * Layout of events.wal (all numbers big-endian): a run of frames from the beginning of the file, one frame a commit,
 * each at a multiple of PAGE bytes, so that nothing durable is written over while its run lasts:
 *   salt:8 · position of the first event:8 · bytes of the body:4 · CRC-32 of salt, position, length and body:4 · body
 *   body, for each event: bytes:4 · RecordedEvent message
 * A run has a salt of its own, at random; the event file names the salt of the run that continues it and of the one
 * before. What comes after the last frame is left of former runs, or zeros.
 */

const PAGE = 4_096;
const HEADER_BYTES = 24;
export const SALT_BYTES = 8;

/** Of the run that continues an event file, and of the one before, which is still there until the first new frame. */
export type Salts = { readonly current: Buffer; readonly previous: Buffer };

/** Salts for the first run of a write-ahead log, or for the run after another. */
export const newSalts = (previous: Buffer = Buffer.alloc(SALT_BYTES)): Salts => ({
  current: randomBytes(SALT_BYTES),
  previous,
});

/**
 * Bytes of the file. It is filled with zeros when it is made and written over again and again, so that a commit
 * changes nothing but its own pages: the file system has no size or place to write down, and one wait is enough.
 */
export const WAL_BYTES = 4 * 1024 * 1024;

/**
 * Linux writes and syncs in one call, which saves a way to the thread pool and back: 6 % of the appends of 16 writers.
 * Elsewhere O_DSYNC is missing or doesn't reach the disk.
 */
const WRITES_THROUGH = process.platform === 'linux';

type Frame = {
  readonly salt: Buffer;
  readonly first: bigint;
  readonly records: readonly Buffer[];
  readonly end: number;
};

/** What a write-ahead log holds beyond its event file. */
export type Run = {
  /** Position of the first of the records. */
  readonly first: bigint;
  readonly records: readonly Buffer[];
  /** Byte at which the next frame belongs. */
  readonly end: number;
};

export const NO_RUN: Run = { first: 0n, records: [], end: 0 };

/** The records of a run from a position on; the event file may have moved on since the run was read. */
export const recordsFrom = ({ first, records }: Run, position: bigint): readonly Buffer[] =>
  records.slice(Math.max(0, Number(position - first)));

/** Appends frames to one run after the other. One append may be under way at a time. */
export class WriteAheadLog {
  private readonly frame = Buffer.allocUnsafeSlow(WAL_BYTES);

  private constructor(
    private readonly descriptor: number,
    private current: Buffer,
    private end: number,
  ) {}

  /** Of the run that is being written. */
  get salt(): Buffer {
    return this.current;
  }

  /** Makes a file without frames, in place of the one there, and puts it on disk. @throws DataFolderUnusable */
  static create(file: string): void {
    usable(file, () => {
      const descriptor = openSync(file, 'w', 0o600);
      try {
        writeFileSync(descriptor, Buffer.alloc(WAL_BYTES));
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      const folder = openSync(dirname(file), 'r');
      try {
        fsyncSync(folder);
      } finally {
        closeSync(folder);
      }
    });
  }

  /** Goes on with a run. The frames read of it are on disk before this returns. @throws DataFolderUnusable */
  static open(file: string, salt: Buffer, { end }: Run): WriteAheadLog {
    return usable(file, () => {
      const descriptor = openSync(file, constants.O_RDWR | (WRITES_THROUGH ? constants.O_DSYNC : 0));
      // A killed process may have left it with the kernel alone.
      fsyncSync(descriptor);
      return new WriteAheadLog(descriptor, salt, end);
    });
  }

  hasRoomFor(records: readonly Buffer[]): boolean {
    return this.end + frameBytes(records) <= WAL_BYTES;
  }

  /** Begins a run at the beginning of the file; the one before must not be needed any more. */
  restart(salt: Buffer): void {
    // Only a frame that is larger than the file makes it grow.
    if (this.end > WAL_BYTES) ftruncateSync(this.descriptor, WAL_BYTES);
    this.current = salt;
    this.end = 0;
  }

  /**
   * Resolves when the frame is on disk.
   * @throws CommitFailed when it isn't there, CommitUncertain when that is unknown
   */
  async append(first: bigint, records: readonly Buffer[]): Promise<void> {
    const bytes = frameBytes(records);
    const frame = bytes > this.frame.length ? Buffer.allocUnsafeSlow(bytes) : this.frame.subarray(0, bytes);
    fillFrame(frame, this.current, first, records);
    try {
      for (let written = 0; written < bytes; ) {
        written += (await write(this.descriptor, frame, written, bytes - written, this.end + written)).bytesWritten;
      }
      if (!WRITES_THROUGH) await synced(this.descriptor);
    } catch (error) {
      // Only a frame that is larger than the file asks for room. Cut off, it is no frame, and the next one is written there.
      if (isOutOfSpace(error) && this.end + bytes > WAL_BYTES) {
        ftruncateSync(this.descriptor, WAL_BYTES);
        throw new CommitFailed(error, true);
      }
      // The kernel may have dropped the pages or not, and says so only once.
      throw new CommitUncertain('The disk failed to store the last events.', error);
    }
    this.end += bytes;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/**
 * Reads the run that continues an event file which ends at position `last` and names `salts`.
 *
 * Only the last frame of a run may be incomplete, since each is on disk before the next is begun: such a one was never
 * acknowledged and doesn't count. Anything else would lose acknowledged events and is refused.
 * @throws DataFormatRefused
 */
export const readRun = (file: string, bytes: Buffer, { current, previous }: Salts, last: bigint): Run => {
  const begin = frameAt(bytes, 0);
  const isCurrent = begin?.salt.equals(current) === true;
  if (begin !== undefined && (isCurrent ? begin.first !== last + 1n : !begin.salt.equals(previous))) {
    throw new DataFormatRefused(
      `${file} doesn't belong to the events.mdb beside it, which ends at position ${last}: it begins with position ` +
        `${begin.first} and was written for another one. Put back the two that were written together, or restore a ` +
        'backup into an empty folder.',
    );
  }
  const run = isCurrent ? runFrom(bytes, begin) : NO_RUN;
  for (let at = run.end; at < bytes.length; at += PAGE) {
    if (!bytes.subarray(at, at + SALT_BYTES).equals(current) || frameAt(bytes, at) === undefined) continue;
    throw new DataFormatRefused(
      `${file} is damaged at byte ${run.end}: acknowledged events follow at byte ${at}. Restore a backup.`,
    );
  }
  return run;
};

/**
 * Refuses a write-ahead log that lost acknowledged events: it is shorter than any node leaves it, or the events end
 * before the high-water mark.
 * @param last position of the last event in the event file
 * @param acknowledged how many events there must be at least; undefined when there is no mark
 * @throws DataFormatRefused
 */
export const refuseLoss = (
  file: string,
  bytes: Buffer,
  { first, records, end }: Run,
  last: bigint,
  acknowledged: bigint | undefined,
): void => {
  const unfiledEnd = first + BigInt(records.length);
  const events = unfiledEnd > last + 1n ? unfiledEnd : last + 1n;
  const missing =
    acknowledged !== undefined && acknowledged > events
      ? `The events at positions ${events} to ${acknowledged - 1n} were acknowledged and are missing. `
      : '';
  if (bytes.length < WAL_BYTES) {
    throw new DataFormatRefused(
      `${file} is damaged: it is cut short at byte ${bytes.length} of ${WAL_BYTES}. ${missing}${WHAT_TO_DO}`,
    );
  }
  if (missing !== '') {
    throw new DataFormatRefused(
      `${file} is damaged at byte ${end}, or is an older one than the events.mdb beside it needs. ${missing}${WHAT_TO_DO}`,
    );
  }
};

/** By removing the mark the operator accepts that the missing events are lost for good. */
const WHAT_TO_DO =
  "Put back the file, or restore a backup into an empty folder. Nothing was changed. embedded/README.md, 'Damage', says " +
  'how to go on without the missing events.';

const runFrom = (bytes: Buffer, begin: Frame): Run => {
  const { salt, first } = begin;
  const records: Buffer[] = [];
  let end = 0;
  for (let frame: Frame | undefined = begin; frame !== undefined; frame = frameAt(bytes, end)) {
    if (!frame.salt.equals(salt) || frame.first !== first + BigInt(records.length)) break;
    for (const record of frame.records) records.push(record);
    end = frame.end;
  }
  return { first, records, end };
};

/** The frame that begins at a byte; undefined when there is none, or not all of it. */
const frameAt = (bytes: Buffer, at: number): Frame | undefined => {
  if (at + HEADER_BYTES > bytes.length) return undefined;
  const body = at + HEADER_BYTES;
  const bodyEnd = body + bytes.readUInt32BE(at + 16);
  if (bodyEnd === body || bodyEnd > bytes.length) return undefined;
  if (bytes.readUInt32BE(at + 20) !== checksum(bytes.subarray(at, bodyEnd))) return undefined;
  const records: Buffer[] = [];
  for (let next = body; next < bodyEnd; ) {
    const recordEnd = next + 4 + bytes.readUInt32BE(next);
    records.push(bytes.subarray(next + 4, recordEnd));
    next = recordEnd;
  }
  const salt = bytes.subarray(at, at + SALT_BYTES);
  return { salt, first: bytes.readBigUInt64BE(at + 8), records, end: at + wholePages(bodyEnd - at) };
};

const fillFrame = (frame: Buffer, salt: Buffer, first: bigint, records: readonly Buffer[]): void => {
  let at = HEADER_BYTES;
  for (const record of records) {
    frame.writeUInt32BE(record.length, at);
    record.copy(frame, at + 4);
    at += 4 + record.length;
  }
  salt.copy(frame);
  frame.writeBigUInt64BE(first, 8);
  frame.writeUInt32BE(at - HEADER_BYTES, 16);
  frame.writeUInt32BE(checksum(frame.subarray(0, at)), 20);
  frame.fill(0, at);
};

/** Of a whole frame but the place where the checksum itself stands. */
const checksum = (frame: Buffer): number => crc32(frame.subarray(HEADER_BYTES), crc32(frame.subarray(0, 20)));

const frameBytes = (records: readonly Buffer[]): number =>
  wholePages(records.reduce((sum, { length }) => sum + 4 + length, HEADER_BYTES));

const wholePages = (bytes: number): number => Math.ceil(bytes / PAGE) * PAGE;

const write = promisify(writeCallback);
const synced = promisify(fdatasync);

const isOutOfSpace = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '');
