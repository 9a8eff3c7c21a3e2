import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { Deaths } from '../../flow/deaths.ts';
import {
  assertOwn,
  assertWhole,
  type Database,
  open,
  type RootDatabase,
  trialOf,
  whyNotCommitted,
} from '../../flow/lmdb.ts';
import { within } from '../../flow/within.ts';
import type { Anchor } from '../event-store.ts';
import { KeptAnchor, keptAnchor } from '../kept-anchor.ts';
import { type Batch, type Gap, type Row, type ViewStore, ViewsShared, ViewsUnusable } from './view-store.ts';

/*
 * Layout of views.mdb, an LMDB file:
 *   meta   'about'             → JSON: format, projection, size, checkpoint, how often it was written
 *   rows   key                 → CRC-32 of what follows:4 · JSON of the row
 *   index  ['', place]         → key
 *          [shelf, place]      → key
 *   gaps   [stream, revision]  → ''
 */

/** Version of this layout and of what a row says. Raise it with every change that older code would misread. */
const FORMAT = 1;
const CLOSE_MS = 2_000;
const About = z.object({
  format: z.literal(FORMAT),
  projection: z.string(),
  size: z.int().nonnegative(),
  written: z.int().nonnegative(),
  checkpoint: KeptAnchor,
});
type About = z.output<typeof About>;

/**
 * Views in a file that survives restarts. A write is one transaction, so that a process killed at any moment leaves the views as some
 * write left them, with the checkpoint of that write. What cannot be relied on is refused (`ViewsUnusable`), never repaired.
 */
export class FileViews implements ViewStore {
  private readonly meta: Database<Buffer, string>;
  private readonly rowsByKey: Database<Buffer, string>;
  private readonly index: Database<string, [shelf: string, place: number]>;
  private readonly gapsByPlace: Database<string, [stream: string, revision: number]>;
  private about: About | undefined;
  gaps: readonly Gap[];

  private constructor(
    private readonly environment: RootDatabase,
    private readonly projection: string,
    private readonly deaths: Deaths,
  ) {
    const binary = { encoding: 'binary' } as const;
    // In one transaction: each of a new file is a commit otherwise, for which the disk is waited for.
    const [meta, rowsByKey, index, gapsByPlace] = environment.transactionSync(
      () =>
        [
          environment.openDB<Buffer, string>({ name: 'meta', ...binary }),
          environment.openDB<Buffer, string>({ name: 'rows', ...binary }),
          environment.openDB<string, [string, number]>({ name: 'index', encoding: 'string' }),
          environment.openDB<string, [string, number]>({ name: 'gaps', encoding: 'string' }),
        ] as const,
    );
    this.meta = meta;
    this.rowsByKey = rowsByKey;
    this.index = index;
    this.gapsByPlace = gapsByPlace;
    this.about = this.readAbout();
    this.gaps = [...this.gapsByPlace.getKeys()].map(([stream, revision]) => ({ stream, revision }));
  }

  /**
   * Opens or makes the file of a projection.
   * @param dir of this projection alone
   * @throws ViewsUnusable for a file that is damaged, of another format or another projection: `discard` it
   */
  static async open(dir: string, projection: string): Promise<FileViews> {
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const file = join(dir, 'views.mdb');
      assertOwn(file);
      const deaths = await Deaths.before(join(dir, 'deaths'), trialOf(file));
      // A turn's batch has a promise of its own, which is the library's alone: one that fails would end the process.
      const environment = open({ path: file, noSubdir: true, maxDbs: 4, eventTurnBatching: false });
      try {
        chmodSync(file, 0o600);
        assertWhole(environment, file);
        return new FileViews(environment, projection, deaths);
      } catch (error) {
        void environment.close();
        throw error;
      }
    } catch (error) {
      throw unusable(error);
    }
  }

  /** Throws away whatever is kept there. */
  static discard(dir: string): void {
    rmSync(dir, { recursive: true, force: true });
  }

  get checkpoint(): Anchor | undefined {
    return this.about?.checkpoint;
  }

  get size(): number {
    return this.about?.size ?? 0;
  }

  get(key: string): Row | undefined {
    try {
      return this.row(key);
    } catch (error) {
      throw unusable(error);
    }
  }

  *rows(shelf: string | undefined, before: number): Iterable<readonly [string, Row]> {
    const start = Math.min(before, this.size) - 1;
    if (start < 0) return;
    const on = shelf ?? '';
    try {
      const range = { start: [on, start], end: [on, -1], reverse: true } as const;
      for (const {
        key: [, place],
        value,
      } of this.index.getRange(range as never)) {
        const row = this.row(value);
        if (row?.place !== place || (shelf !== undefined && row.shelf !== shelf))
          throw new ViewsUnusable(`its index does not fit its rows`);
        yield [value, row];
      }
    } catch (error) {
      throw unusable(error);
    }
  }

  count(shelf: string): number {
    try {
      return this.index.getKeysCount({ start: [shelf, 0], end: [shelf, Number.MAX_SAFE_INTEGER] });
    } catch (error) {
      throw unusable(error);
    }
  }

  async write(batch: Batch): Promise<void> {
    const written = (this.about?.written ?? 0) + 1;
    const created = [...batch.rows.values()].filter(({ place }) => place >= this.size).length;
    const about = { format: FORMAT, projection: this.projection, size: this.size + created, written } as const;
    try {
      await this.environment.transaction(() => {
        // Another process with the same folder: the one that comes second must not go on from what the first no longer has.
        if ((this.readAbout()?.written ?? 0) !== written - 1) throw new ViewsShared('another process writes it, too');
        for (const [key, row] of batch.rows) this.put(key, row);
        for (const { stream, revision } of batch.gaps) void this.gapsByPlace.put([stream, revision], '');
        void this.meta.put('about', sealed(JSON.stringify({ ...about, checkpoint: keptAnchor(batch.checkpoint) })));
      });
    } catch (error) {
      throw unusable(await whyNotCommitted(error));
    }
    this.about = { ...about, checkpoint: batch.checkpoint };
    this.gaps = [...this.gaps, ...batch.gaps];
  }

  async clear(): Promise<void> {
    try {
      await this.environment.transaction(() => {
        for (const database of [this.meta, this.rowsByKey, this.index, this.gapsByPlace]) database.clearSync();
      });
    } catch (error) {
      throw unusable(await whyNotCommitted(error));
    }
    this.about = undefined;
    this.gaps = [];
  }

  async close(): Promise<void> {
    // After a write that the disk refused, the library waits for its end for ever.
    await within(this.environment.close(), CLOSE_MS, () => new ViewsUnusable('it cannot be closed')).finally(() =>
      this.deaths.survived(),
    );
  }

  private put(key: string, row: Row): void {
    const before = this.row(key);
    if (before && before.shelf !== row.shelf) void this.index.remove([before.shelf, before.place]);
    void this.rowsByKey.put(key, sealed(JSON.stringify(row)));
    void this.index.put(['', row.place], key);
    if (row.shelf !== '') void this.index.put([row.shelf, row.place], key);
  }

  private row(key: string): Row | undefined {
    const bytes = this.rowsByKey.get(key);
    return bytes && JSON.parse(unsealed(bytes));
  }

  private readAbout(): About | undefined {
    const bytes = this.meta.get('about');
    if (!bytes) return undefined;
    const about = About.safeParse(JSON.parse(unsealed(bytes)));
    if (!about.success) throw new ViewsUnusable('it is of another format');
    if (about.data.projection !== this.projection) throw new ViewsUnusable(`it is of ${about.data.projection}`);
    return about.data;
  }
}

const sealed = (text: string): Buffer => {
  const bytes = Buffer.allocUnsafe(4 + Buffer.byteLength(text));
  bytes.write(text, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(4)));
  return bytes;
};

const unsealed = (bytes: Buffer): string => {
  if (bytes.length < 4 || crc32(bytes.subarray(4)) !== bytes.readUInt32BE())
    throw new ViewsUnusable('a row of it is damaged');
  return bytes.toString('utf8', 4);
};

const unusable = (error: unknown): ViewsUnusable =>
  error instanceof ViewsUnusable
    ? error
    : new ViewsUnusable(error instanceof Error ? error.message : String(error), { cause: error });
