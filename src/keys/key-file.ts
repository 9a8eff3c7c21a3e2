import { v7 as uuidv7 } from 'uuid';
import { refusalOfDisk } from '../flow/disk.ts';
import { type Database, type RootDatabase, whyNotCommitted } from '../flow/lmdb.ts';
import { within } from '../flow/within.ts';
import { openDurable } from './durable-file.ts';
import { KeysDestroyed, KeysUnavailable } from './errors.ts';
import { destroyed, isDestroyed, type KeyRow, type KeyRows, noKeys, rowIn } from './key-rows.ts';

/*
 * Layout of keys.mdb, an LMDB file:
 *   rows   [subject, keyId]  → JSON of the row
 */
type Place = [subject: string, keyId: string];

const CLOSE_MS = 2_000;
const PAGE = 500;

/** Keys in one LMDB file, for the instances of one machine: several processes may have it open. */
export class KeyFile implements KeyRows {
  private constructor(
    private readonly environment: RootDatabase,
    private readonly rows: Database<string, Place>,
  ) {}

  /** @throws KeysUnavailable for a file that is damaged or none of ours */
  static open(dir: string): KeyFile {
    try {
      return openDurable(
        dir,
        'keys.mdb',
        (environment) => new KeyFile(environment, environment.openDB({ name: 'rows', encoding: 'string' })),
      );
    } catch (error) {
      throw unusable(error);
    }
  }

  async of(subject: string): Promise<readonly KeyRow[]> {
    try {
      this.lookAnew();
      return this.rowsOf(subject);
    } catch (error) {
      throw unusable(error);
    }
  }

  async add(row: KeyRow): Promise<void> {
    const isAdded = await this.change(() => {
      const place: Place = [row.subject, row.keyId];
      if (this.rows.get(place) !== undefined) throw new Error(`there is a key ${row.keyId} already`);
      // Their keys may be destroyed while the KMS wraps one more.
      if (!isDestroyed(row) && this.rowsOf(row.subject).some(isDestroyed)) return false;
      void this.rows.put(place, JSON.stringify(row));
      return true;
    });
    if (!isAdded) throw new KeysDestroyed();
  }

  async rewrap(row: KeyRow): Promise<boolean> {
    return this.change(() => {
      const place: Place = [row.subject, row.keyId];
      const before = this.rows.get(place);
      if (before === undefined || rowIn(before).shreddedAt !== undefined) return false;
      void this.rows.put(place, JSON.stringify(row));
      return true;
    });
  }

  async shred(subject: string, at: Date): Promise<readonly string[]> {
    return this.change(() => {
      const found = this.rowsOf(subject);
      const put = (row: KeyRow) => void this.rows.put([subject, row.keyId], JSON.stringify(row));
      const none = noKeys(uuidv7(), subject, at);
      if (found.length === 0) put(none);
      for (const row of found) if (!isDestroyed(row)) put(destroyed(row, at));
      return (found.length > 0 ? found : [none]).map(({ keyId }) => keyId);
    });
  }

  async *all(): AsyncGenerator<KeyRow> {
    let after: Place | undefined;
    for (;;) {
      const page = this.page(after);
      for (const [, text] of page) yield rowIn(text);
      after = page.at(-1)?.[0];
      if (page.length < PAGE) return;
    }
  }

  async close(): Promise<void> {
    // After a write that the disk refused, the library waits for its end for ever.
    await within(this.environment.close(), CLOSE_MS, () => new KeysUnavailable('the key store cannot be closed'));
  }

  /** Each page is a read of its own: a cursor that stays open keeps the file from giving room back. */
  private page(after: Place | undefined): [Place, string][] {
    try {
      this.lookAnew();
      const range = { limit: PAGE, ...(after && { start: after, exclusiveStart: true }) };
      return [...this.rows.getRange(range)].map(({ key, value }) => [key, value]);
    } catch (error) {
      throw unusable(error);
    }
  }

  /** The library reads the file as it was at its first read of this turn of the event loop; another process may have destroyed keys since. */
  private lookAnew(): void {
    this.environment.resetReadTxn();
  }

  private rowsOf(subject: string): KeyRow[] {
    const range = { start: [subject, ''] as Place, end: [subject, '\uffff'] as Place };
    return [...this.rows.getRange(range)].map(({ value }) => rowIn(value));
  }

  private async change<T>(work: () => T): Promise<T> {
    try {
      return await this.environment.transaction(work);
    } catch (error) {
      throw unusable(await whyNotCommitted(error));
    }
  }
}

/** The error's own text stays in `cause`: it holds paths, and the message is shown to callers. */
const unusable = (error: unknown): KeysUnavailable =>
  error instanceof KeysUnavailable
    ? error
    : new KeysUnavailable(refusalOfDisk(error) ?? 'the key store in DATA_DIR cannot be used', { cause: error });
