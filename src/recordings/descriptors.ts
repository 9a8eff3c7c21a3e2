import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { RecordingStoreUnavailable } from './errors.ts';

/** Descriptors kept free for everything else (sockets, the store's connections, logs): a tenth, at most so many. */
const MOST_RESERVED = 256;
/** Counting costs a look at each open file; so old a count will do. */
const FRESH_MS = 250;

/**
 * Watches how many more files and sockets this process may open. A transfer needs two, and a process that has none left can neither
 * answer a health check nor reach its store: it refuses recordings before that. Where there is no `/proc` nothing is known and nothing refused.
 */
@Injectable()
export class Descriptors {
  private latest: { readonly at: number; readonly free: Promise<number | undefined> } | undefined;
  private limit: Promise<number | undefined> | undefined;

  /** @throws RecordingStoreUnavailable when there are too few left */
  async requireFree(): Promise<void> {
    const limit = await this.softLimit();
    if (limit === undefined) return;
    const free = await this.free(limit);
    if (free === undefined || free >= Math.min(MOST_RESERVED, limit / 10)) return;
    throw new RecordingStoreUnavailable(`${free} of ${limit} files and sockets are left to this process (ulimit -n)`);
  }

  private async softLimit(): Promise<number | undefined> {
    this.limit ??= readFile(join(this.process, 'limits'), 'utf8').then(
      (limits) => {
        const soft = /^Max open files\s+(\d+)\s/m.exec(limits)?.[1];
        return soft === undefined ? undefined : Number(soft);
      },
      () => undefined,
    );
    return this.limit;
  }

  private free(limit: number): Promise<number | undefined> {
    const now = performance.now();
    if (!this.latest || now - this.latest.at > FRESH_MS) {
      const free = readdir(join(this.process, 'fd')).then(
        // One of them is the folder that is being read.
        (open) => limit - open.length + 1,
        // The one that reading it needs is not left either.
        (error: NodeJS.ErrnoException) => (error.code === 'EMFILE' ? 0 : undefined),
      );
      this.latest = { at: now, free };
    }
    return this.latest.free;
  }

  /** Where the kernel tells about this process. */
  protected get process(): string {
    return '/proc/self';
  }
}
