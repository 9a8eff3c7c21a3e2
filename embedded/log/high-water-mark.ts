import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { DataFolderUnusable, DataFormatRefused, usable } from './errors.ts';

/*
 * Layout of events.mark: how many events are acknowledged:8 · CRC-32 of that:4 (big-endian)
 *
 * The file is the witness of what the other two must hold, and holds nothing itself. It is written once a commit is on
 * disk and before its writers are answered, into the kernel's memory: so it is exact however the process ends, never
 * ahead of the events, and costs no wait. The disk has it a second later, for when the power fails.
 */

const BYTES = 12;
const TO_DISK_AFTER_MS = 1_000;

export class HighWaterMark {
  private flushDue: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private failure: unknown;

  private constructor(private readonly descriptor: number) {}

  /** Sets the mark to the events on disk when a log opens, and makes the file if need be. @throws DataFolderUnusable */
  static begin(file: string, events: bigint): HighWaterMark {
    // Written over where it is there: a full disk has no room for another one, and its events can be read all the same.
    if (!existsSync(file)) replaceHighWaterMark(file, events);
    return usable(file, () => {
      const mark = new HighWaterMark(openSync(file, 'r+'));
      mark.set(events);
      return mark;
    });
  }

  /** Says that so many events are on disk. @throws the disk's own error */
  set(events: bigint): void {
    if (this.failure !== undefined) throw this.failure;
    writeSync(this.descriptor, encoded(events), 0, BYTES, 0);
    this.flushDue ??= setTimeout(() => this.flush(), TO_DISK_AFTER_MS).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.flushDue);
    await this.flushing;
    fdatasyncSync(this.descriptor);
    closeSync(this.descriptor);
  }

  private flush(): void {
    this.flushing = new Promise((done) =>
      fdatasync(this.descriptor, (error) => {
        this.failure = error ?? undefined;
        this.flushDue = undefined;
        done();
      }),
    );
  }
}

/**
 * How many events were acknowledged; undefined without such a file, as in a folder of an earlier version.
 * @throws DataFormatRefused, DataFolderUnusable
 */
export const readHighWaterMark = (file: string): bigint | undefined => {
  for (let before: Buffer | undefined; ; ) {
    const bytes = read(file);
    if (bytes === undefined) return undefined;
    const events = decoded(bytes);
    if (events !== undefined) return events;
    // A node may write it meanwhile, and reading isn't one step.
    if (before?.equals(bytes) === true) {
      throw new DataFormatRefused(
        `${file} is damaged: it can't tell any more how many events were acknowledged. Put it back, or restore a ` +
          'backup; to go on with the events that are there, remove it.',
      );
    }
    before = bytes;
  }
};

/** Makes the file anew. It gets its name as a whole, so that one that can't be read is a damaged one. @throws DataFolderUnusable */
export const replaceHighWaterMark = (file: string, events: bigint): void =>
  usable(file, () => {
    const partial = `${file}.partial`;
    writeFileSync(partial, encoded(events), { mode: 0o600, flush: true });
    renameSync(partial, file);
    const folder = openSync(dirname(file), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  });

const encoded = (events: bigint): Buffer => {
  const bytes = Buffer.allocUnsafe(BYTES);
  bytes.writeBigUInt64BE(events);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  return bytes;
};

const decoded = (bytes: Buffer): bigint | undefined =>
  bytes.length === BYTES && bytes.readUInt32BE(8) === crc32(bytes.subarray(0, 8)) ? bytes.readBigUInt64BE() : undefined;

const read = (file: string): Buffer | undefined => {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DataFolderUnusable(file, error);
  }
};
