import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, type FileHandle, lstat, mkdir, open, opendir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { refusalOfDisk } from '../flow/disk.ts';
import { within } from '../flow/within.ts';
import { guardedStream } from './guarded-stream.ts';
import { mayStand, type ObjectKey, objectKey } from './object-key.ts';
import {
  type ByteRange,
  type Holding,
  NoSuchObject,
  NotAnObject,
  ObjectKeyInUse,
  type ObjectStore,
  type ObjectStoreUnavailable,
  type StoredBytes,
  type StoredObject,
  type WriteOptions,
} from './object-store.ts';

const INCOMING = '.incoming';
const PAGE = 500;
/** Follows no link out of the folder, and does not wait for the other end of a pipe in an object's place. */
const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export type FileStoreOptions = {
  readonly holding: Holding;
  /** The folder of all objects; made when missing. */
  readonly folder: string;
  /** Longest wait for one call to the file system, and longest silence of a read: a network mount can hang for ever. */
  readonly timeoutMs?: number;
  /** Longest wait for a file to be on disk after its last byte was written. */
  readonly syncTimeoutMs?: number;
};

/**
 * Objects as files: `<folder>/<key>`, readable by this user alone. A file is written under `.incoming/`, synced, and renamed into
 * place, so that a name always stands for a whole object.
 */
export class FileObjectStore implements ObjectStore {
  readonly #holding: Holding;
  readonly #folder: string;
  readonly #incoming: string;
  readonly #timeoutMs: number;
  readonly #syncTimeoutMs: number;
  #begun = false;

  constructor({ holding, folder, timeoutMs = 15_000, syncTimeoutMs = 120_000 }: FileStoreOptions) {
    this.#holding = holding;
    this.#folder = folder;
    this.#incoming = join(folder, INCOMING);
    this.#timeoutMs = timeoutMs;
    this.#syncTimeoutMs = syncTimeoutMs;
  }

  async write(key: ObjectKey, body: Readable, { signal }: WriteOptions): Promise<{ bytes: number }> {
    const path = this.#path(key);
    const temporary = join(this.#incoming, `${randomUUID()}.part`);
    let file: FileHandle | undefined;
    body.on('error', () => undefined); // Read from it below; failing before that must not end the process.
    try {
      await this.#refuseExisting(key, path, signal);
      await this.#begin(signal);
      file = await this.#open(temporary, 'wx', signal);
      const bytes = await this.#fill(file, body, signal);
      await this.#io(file.sync(), signal, this.#syncTimeoutMs);
      for (const folder of this.#foldersOf(path).reverse()) await this.#make(folder, signal);
      signal?.throwIfAborted();
      // From here on an abort comes too late: the caller would be told "failed" of an object that is there.
      await this.#io(rename(temporary, path));
      await this.#syncFolders(path).catch(async (error) => {
        await unlink(path).catch(() => undefined);
        throw error;
      });
      return { bytes };
    } catch (error) {
      body.destroy();
      // Best effort: the failure that brought us here is the one to tell, and sweepIncomplete gets what stays.
      await within(unlink(temporary), this.#timeoutMs, () => new Error('unlink hangs')).catch(() => undefined);
      throw error;
    } finally {
      void file?.close().catch(() => undefined);
    }
  }

  async read(
    key: ObjectKey,
    { range, signal }: { range?: ByteRange; signal?: AbortSignal } = {},
  ): Promise<StoredBytes> {
    const path = this.#path(key);
    const file = await this.#open(path, READ_ONLY, signal, key);
    try {
      const found = await this.#io(file.stat(), signal);
      if (!found.isFile()) throw new NotAnObject(key);
      const totalBytes = found.size;
      if (range && (range.first >= totalBytes || range.last < range.first)) {
        throw new RangeError(`bytes ${range.first}-${range.last} lie outside ${totalBytes}`);
      }
      const source = createReadStream(path, { fd: file, start: range?.first ?? 0, end: range?.last });
      return {
        stream: guardedStream(source, {
          idleMs: this.#timeoutMs,
          failure: (error) => this.#unavailable(error),
          signal,
        }),
        totalBytes,
      };
    } catch (error) {
      void file.close().catch(() => undefined);
      throw error;
    }
  }

  async head(key: ObjectKey, signal?: AbortSignal): Promise<StoredObject> {
    const found = await this.#io(lstat(this.#path(key)), signal, this.#timeoutMs, key);
    if (!found.isFile()) throw new NotAnObject(key);
    return { key, bytes: found.size, modifiedAt: found.mtime };
  }

  async delete(key: ObjectKey, signal?: AbortSignal): Promise<void> {
    const path = this.#path(key);
    try {
      await this.#io(unlink(path), signal, this.#timeoutMs, key);
    } catch (error) {
      if (error instanceof NoSuchObject) return;
      throw error;
    }
    await this.#syncFolder(dirname(path));
  }

  async *list(signal?: AbortSignal, under?: string): AsyncGenerator<readonly StoredObject[]> {
    let page: StoredObject[] = [];
    if (under !== undefined && !mayStand(under, 0, this.#holding.segments)) return;
    for await (const key of this.#keys(under === undefined ? [] : [under], signal)) {
      const found = await this.head(key, signal).catch((error) => {
        // Deleted while we were listing; or nothing that we stored, so that it is not ours to tend.
        if (error instanceof NoSuchObject || error instanceof NotAnObject) return undefined;
        throw error;
      });
      if (found) page.push(found);
      if (page.length === PAGE) {
        yield page;
        page = [];
      }
    }
    if (page.length > 0) yield page;
  }

  /** An upload writes all the time, or its idle time-out ends it: a file untouched since `before` has no writer. */
  async sweepIncomplete(before: Date, signal?: AbortSignal): Promise<number> {
    let removed = 0;
    for await (const name of this.#names(this.#incoming, signal)) {
      const path = join(this.#incoming, name);
      try {
        if ((await this.#io(stat(path), signal, this.#timeoutMs, name)).mtime >= before) continue;
        await this.#io(unlink(path), signal, this.#timeoutMs, name);
        removed += 1;
      } catch (error) {
        if (!(error instanceof NoSuchObject)) throw error; // Another instance sweeps too.
      }
    }
    return removed;
  }

  /** Writes a byte and takes it back: a disk that is full or was remounted read-only still answers a stat. */
  async check(signal?: AbortSignal): Promise<void> {
    const probe = join(this.#incoming, `${randomUUID()}.probe`);
    await this.#begin(signal);
    const file = await this.#open(probe, 'wx', signal);
    try {
      await this.#io(file.write('0'), signal);
    } finally {
      await file.close().catch(() => undefined);
      await unlink(probe).catch(() => undefined);
    }
  }

  close(): void {}

  #path(key: ObjectKey): string {
    return join(this.#folder, objectKey(key, this.#holding));
  }

  /** The folders between a file and the store's own, the innermost first. */
  #foldersOf(path: string): string[] {
    const folders: string[] = [];
    for (let folder = dirname(path); folder !== this.#folder; folder = dirname(folder)) folders.push(folder);
    return folders;
  }

  async #refuseExisting(key: ObjectKey, path: string, signal?: AbortSignal): Promise<void> {
    const existing = access(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
    if (await this.#io(existing, signal)) throw new ObjectKeyInUse(key, this.#holding);
  }

  /** The folder of all objects is made once: one that is gone later was unmounted or moved, and another must not take its place. */
  async #begin(signal?: AbortSignal): Promise<void> {
    if (!this.#begun) await this.#io(mkdir(this.#folder, { recursive: true, mode: 0o700 }), signal);
    this.#begun = true;
    await this.#make(this.#incoming, signal);
  }

  async #make(folder: string, signal?: AbortSignal): Promise<void> {
    const made = mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await this.#io(made, signal);
  }

  /** Reads and writes overlap: while one chunk is with the disk, `body` fetches the next up to its high-water mark. */
  async #fill(file: FileHandle, body: Readable, signal?: AbortSignal): Promise<number> {
    if (signal) addAbortSignal(signal, body);
    let bytes = 0;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        for (let rest = chunk; rest.length > 0; ) {
          const { bytesWritten } = await this.#io(file.write(rest), signal);
          rest = rest.subarray(bytesWritten); // A disk that fills up takes a part first, and fails at the next call.
        }
        bytes += chunk.length;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
    return bytes;
  }

  async #open(path: string, flags: string | number, signal?: AbortSignal, key?: string): Promise<FileHandle> {
    const opening = open(path, flags, 0o600);
    try {
      return await this.#io(opening, signal, this.#timeoutMs, key);
    } catch (error) {
      // Given up on, it may still open later, and its caller would not close it.
      void opening.then((file) => file.close()).catch(() => undefined);
      throw error;
    }
  }

  /** The keys that begin with these segments. */
  async *#keys(begun: readonly string[], signal?: AbortSignal): AsyncGenerator<ObjectKey> {
    const { segments } = this.#holding;
    for await (const name of this.#names(join(this.#folder, ...begun), signal)) {
      if (!mayStand(name, begun.length, segments)) continue;
      const further = [...begun, name];
      if (further.length < segments.length) yield* this.#keys(further, signal);
      else yield objectKey(further.join('/'), this.#holding);
    }
  }

  async *#names(folder: string, signal?: AbortSignal): AsyncGenerator<string> {
    const entries = await opendir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined; // Nothing stored yet; a stray file.
      throw this.#unavailable(error);
    });
    if (!entries) return;
    try {
      for (;;) {
        const entry = await this.#io(entries.read(), signal);
        if (!entry) return;
        if (entry.name !== INCOMING) yield entry.name;
      }
    } finally {
      await entries.close();
    }
  }

  /** A rename is durable only when the folder that holds the new name is; a new folder, when the one above it is. */
  async #syncFolders(path: string): Promise<void> {
    for (const folder of [...this.#foldersOf(path), this.#folder, dirname(this.#folder)])
      await this.#syncFolder(folder);
  }

  async #syncFolder(folder: string): Promise<void> {
    const opened = await this.#open(folder, 'r');
    try {
      await this.#io(opened.sync(), undefined, this.#syncTimeoutMs);
    } finally {
      void opened.close().catch(() => undefined);
    }
  }

  /** One call to the file system: bounded, abortable, its failure in the store's words. */
  async #io<T>(work: Promise<T>, signal?: AbortSignal, ms = this.#timeoutMs, key?: string): Promise<T> {
    try {
      return await within(work, ms, () => new Error(`the file system did not answer for ${ms} ms`), signal);
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error;
      const { code } = error as NodeJS.ErrnoException;
      if (key !== undefined && code === 'ELOOP') throw new NotAnObject(key);
      if (key === undefined || (code !== 'ENOENT' && code !== 'ENOTDIR')) throw this.#unavailable(error as Error);
      // A store that is gone must not pass for one in which this object is not.
      await this.#begin(signal);
      throw new NoSuchObject(key, this.#holding);
    }
  }

  /** The error's own text stays in `cause`: it holds paths, and the message is shown to callers. */
  #unavailable(error: Error): ObjectStoreUnavailable {
    const { noun, unavailable } = this.#holding;
    const { code = '' } = error as NodeJS.ErrnoException;
    const gone = code === 'ENOENT' ? `the folder of ${noun}s in DATA_DIR is gone` : undefined;
    const why = gone ?? refusalOfDisk(error) ?? 'the file system of DATA_DIR does not answer as it should';
    return new unavailable(why, { cause: error });
  }
}
