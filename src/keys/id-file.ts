import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { UtcTime } from '../../events/values.ts';
import { refusalOfDisk } from '../flow/disk.ts';
import { latest } from '../flow/latest.ts';
import { type Database, type RootDatabase, whyNotCommitted } from '../flow/lmdb.ts';
import { within } from '../flow/within.ts';
import { type IdMapping, isPseudonym } from '../request/person-id.ts';
import { openDurable } from './durable-file.ts';
import { IdsNotOpened, IdTakenMeanwhile, KeysUnavailable } from './errors.ts';

/*
 * Which random id the ledger keeps for an id as it was issued (PATIENT_ID_MODE=pseudonym). Layout of ids.mdb, an LMDB file; the second key has a reader
 * of its own for it, and docs/identity.md has the format:
 *
 *   ids   i:<HMAC-SHA-256 of the issued id>  → the ledger's id, sealed
 *         l:<the ledger's id>                → the issued id, sealed; or `forgotten <time>`
 *
 * Sealed: base64url of nonce (12) ‖ AES-256-GCM ‖ tag (16), with the entry's own key as associated data. The two keys come out of PATIENT_ID_SECRET by
 * HKDF-SHA-256: neither the events nor this file say which person an id is, and not both of them either.
 */
const NONCE = 12;
const TAG = 16;
const RANDOM = 16;
const FORGOTTEN = 'forgotten ';
const CLOSE_MS = 2_000;
const PAGE = 500;
const REMEMBERED = 20_000;
/** So long an id may be shown by a process that does not know yet that another one forgot it. */
const REMEMBERED_MS = 60_000;

const PSEUDONYMS = /_\.\.p[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])/g;

/** An entry as it is kept and backed up: as it stands, sealed. */
export const IdRow = z.strictObject({
  ledgerId: z.string().refine(isPseudonym),
  /** The sealed issued id. Missing: it was forgotten. */
  issued: z.string().min(1).optional(),
  /** Where the issued id leads here: the entry's key, and its value. */
  index: z.tuple([z.string().regex(/^i:[0-9a-f]{64}$/), z.string().min(1)]).optional(),
  forgottenAt: UtcTime.optional(),
});
export type IdRow = z.output<typeof IdRow>;

/** The ids of this ledger's persons, in one LMDB file for the processes of one machine. Reads are of memory that is mapped, and wait for nothing. */
export class IdFile implements IdMapping {
  private readonly index: Buffer;
  private readonly seal: Buffer;
  /** Ids that were given to persons whom no event names yet: kept when the first one is to be written. */
  private readonly given = new Map<string, string>();
  private readonly givenTo = new Map<string, string>();
  private readonly remembered = latest<string, string>(REMEMBERED, { ttl: REMEMBERED_MS });

  private isInUse = false;

  private constructor(
    private readonly environment: RootDatabase,
    private readonly rows: Database<string, string>,
    secret: string,
  ) {
    const derived = (name: string) =>
      Buffer.from(hkdfSync('sha256', secret, '', `consultation-ledger/person-ids/${name}`, 32));
    this.index = derived('index');
    this.seal = derived('seal');
  }

  /** @throws KeysUnavailable for a file that is damaged or none of ours, or that another secret sealed */
  static open(dir: string, secret: string): IdFile {
    try {
      return openDurable(dir, 'ids.mdb', (environment) => {
        const ids = new IdFile(environment, environment.openDB({ name: 'ids', encoding: 'string' }), secret);
        ids.assertSecret();
        return ids;
      });
    } catch (error) {
      throw unusable(error);
    }
  }

  /** The ledger's id of a person. One who has none yet is given one, which is kept by `keep`. @throws KeysUnavailable */
  keptOf(issued: string): string {
    const known = this.known(issued) ?? this.given.get(issued);
    if (known !== undefined) return known;
    const fresh = `_..p${randomBytes(RANDOM).toString('base64url')}`;
    this.give(issued, fresh);
    return fresh;
  }

  /** The id as it was issued; undefined for a person who was forgotten. @throws KeysUnavailable for an id that this file does not know */
  issuedOf(ledgerId: string): string | undefined {
    const remembered = this.remembered.get(ledgerId) ?? this.givenTo.get(ledgerId);
    if (remembered !== undefined) return remembered;
    const place = `l:${ledgerId}`;
    const row = this.row(place);
    if (row === undefined) throw notKnown();
    if (row.startsWith(FORGOTTEN)) return undefined;
    const issued = this.opened(place, row);
    this.remembered.set(ledgerId, issued);
    return issued;
  }

  /** From here on people are added: the file is the one of this ledger. */
  use(): void {
    this.isInUse = true;
  }

  /** Whether it is an id of this file, also of a person who was forgotten. @throws KeysUnavailable */
  knows(ledgerId: string): boolean {
    return this.row(`l:${ledgerId}`) !== undefined;
  }

  /**
   * Keeps every id in this text that was given to a person and is not kept yet; durable once it resolves.
   * @throws KeysUnavailable, also for an id that is of no person here; IdTakenMeanwhile where another process gave the person one, and then nothing with this one may be written
   */
  async keep(text: string): Promise<void> {
    for (const ledgerId of new Set(text.match(PSEUDONYMS))) {
      const issued = this.givenTo.get(ledgerId);
      if (issued === undefined) {
        if (this.knows(ledgerId)) continue;
        throw notKnown();
      }
      if (!this.isInUse) throw new KeysUnavailable('it is not known yet whether ids.mdb is the one of this ledger');
      const place = this.placeOf(issued);
      const isKept = await this.change(() => {
        const before = this.rows.get(place);
        if (before !== undefined) return this.opened(place, before) === ledgerId;
        void this.rows.put(place, this.sealed(place, ledgerId));
        void this.rows.put(`l:${ledgerId}`, this.sealed(`l:${ledgerId}`, issued));
        return true;
      });
      this.take(issued);
      if (!isKept) throw new IdTakenMeanwhile();
    }
  }

  /** Forgets which person this is, for good; durable once it resolves. Done again it changes nothing. @throws KeysUnavailable */
  async forget(ledgerId: string, at: Date): Promise<void> {
    const place = `l:${ledgerId}`;
    if (!isPseudonym(ledgerId) || this.row(place)?.startsWith(FORGOTTEN)) return;
    await this.change(() => {
      const row = this.rows.get(place);
      if (row?.startsWith(FORGOTTEN)) return;
      if (row !== undefined) {
        const index = this.placeOf(this.opened(place, row));
        const led = this.rows.get(index);
        // An older copy may have brought back the id of one who came again since, as another person to the ledger.
        if (led !== undefined && this.opened(index, led) === ledgerId) void this.rows.remove(index);
      }
      void this.rows.put(place, `${FORGOTTEN}${at.toISOString()}`);
    });
    this.remembered.delete(ledgerId);
  }

  /** Every person, as kept. @throws KeysUnavailable */
  *all(): Generator<IdRow> {
    let after = 'l:';
    for (;;) {
      const page = this.page(after);
      for (const [place, row] of page) {
        const ledgerId = place.slice(2);
        if (row.startsWith(FORGOTTEN)) yield { ledgerId, forgottenAt: row.slice(FORGOTTEN.length) };
        else {
          const index = this.placeOf(this.opened(place, row));
          const led = this.row(index);
          yield { ledgerId, issued: row, ...(led !== undefined && { index: [index, led] as [string, string] }) };
        }
      }
      after = page.at(-1)?.[0] ?? '';
      if (page.length < PAGE) return;
    }
  }

  /**
   * Adds a person out of a back-up. Who is forgotten here stays so, and who was forgotten by then is forgotten here; an issued id that leads to another
   * person by now stays with that one.
   * @returns whether there was none
   * @throws KeysUnavailable, also for a row that another secret sealed
   */
  async add({ ledgerId, issued, index, forgottenAt }: IdRow): Promise<boolean> {
    const place = `l:${ledgerId}`;
    const isNew = this.row(place) === undefined;
    if (forgottenAt !== undefined) await this.forget(ledgerId, new Date(forgottenAt));
    if (!isNew || issued === undefined) return isNew;
    this.opened(place, issued);
    await this.change(() => {
      if (this.rows.get(place) !== undefined) return;
      void this.rows.put(place, issued);
      if (index && this.rows.get(index[0]) === undefined) void this.rows.put(...index);
    });
    return true;
  }

  async close(): Promise<void> {
    await within(this.environment.close(), CLOSE_MS, () => new KeysUnavailable('ids.mdb cannot be closed'));
  }

  private known(issued: string): string | undefined {
    const place = this.placeOf(issued);
    const row = this.row(place);
    return row === undefined ? undefined : this.opened(place, row);
  }

  private give(issued: string, ledgerId: string): void {
    // Most of them are asked for once, by a request that writes nothing.
    if (this.given.size >= REMEMBERED) {
      const [oldest] = this.given.keys();
      if (oldest !== undefined) this.take(oldest);
    }
    this.given.set(issued, ledgerId);
    this.givenTo.set(ledgerId, issued);
  }

  private take(issued: string): void {
    this.givenTo.delete(this.given.get(issued) ?? '');
    this.given.delete(issued);
  }

  private placeOf(issued: string): string {
    return `i:${createHmac('sha256', this.index).update(issued).digest('hex')}`;
  }

  private row(place: string): string | undefined {
    try {
      // The library reads the file as it was at its first read of this turn of the event loop; another process may have written since.
      this.environment.resetReadTxn();
      return this.rows.get(place);
    } catch (error) {
      throw unusable(error);
    }
  }

  private page(after: string): [string, string][] {
    try {
      this.environment.resetReadTxn();
      const range = { start: after, end: 'l;', limit: PAGE, exclusiveStart: true };
      return [...this.rows.getRange(range)].map(({ key, value }) => [key, value]);
    } catch (error) {
      throw unusable(error);
    }
  }

  private assertSecret(): void {
    for (const { key, value } of this.rows.getRange({ start: 'i:', end: 'i;', limit: 1 })) this.opened(key, value);
  }

  private sealed(place: string, text: string): string {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.seal, nonce).setAAD(Buffer.from(place));
    return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    );
  }

  private opened(place: string, row: string): string {
    try {
      const box = Buffer.from(row, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', this.seal, box.subarray(0, NONCE), { authTagLength: TAG });
      decipher.setAAD(Buffer.from(place)).setAuthTag(box.subarray(-TAG));
      return Buffer.concat([decipher.update(box.subarray(NONCE, -TAG)), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new IdsNotOpened({ cause });
    }
  }

  private async change<T>(work: () => T): Promise<T> {
    try {
      return await this.environment.transaction(work);
    } catch (error) {
      throw unusable(await whyNotCommitted(error));
    }
  }
}

const notKnown = (): KeysUnavailable =>
  new KeysUnavailable('an id of the ledger is not in ids.mdb: is it the one of this ledger, or an older copy of it?');

/** The error's own text stays in `cause`: it holds paths, and the message is shown to callers. */
const unusable = (error: unknown): KeysUnavailable =>
  error instanceof KeysUnavailable
    ? error
    : new KeysUnavailable(refusalOfDisk(error) ?? 'ids.mdb in DATA_DIR cannot be used', { cause: error });
