import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import type { Clock } from '../clock.ts';
import { EnvelopeRefused, KeysDestroyed, KeysUnavailable } from './errors.ts';
import { isDestroyed, type KeyRow, type KeyRows, LEDGER, NO_KEY, subjectOf } from './key-rows.ts';
import { KEY_BYTES, type Kms } from './kms.ts';
import { openText, sealText, unwrapKey, wrapKey } from './seal-key.ts';

/** Under which person's key an object's key is wrapped, and the wrapped key. */
export type Envelope = { readonly keyId: string; readonly objectKey: string };

/** What an object's key is bound to: the same bytes in another's place open nothing. */
export type Owner = { readonly personId: string; readonly objectId: string };

/** Where a text stands, and whose it is: the same text in another event, another field or of another person opens nothing. */
export type TextOwner = { readonly personId: string; readonly eventId: string; readonly field: string };

export type KeysOptions = {
  readonly rows: KeyRows;
  readonly kms: Kms;
  readonly clock: Clock;
  /** How many patients' keys are held unwrapped, and for how long: so long they can be used without the KMS, and so long after it refuses. */
  readonly kept?: number;
  readonly keptMs?: number;
};

const KEPT = 10_000;
const KEPT_MS = 300_000;

/** A patient's key in memory; zeroed when it is let go of. */
type Held = { readonly row: KeyRow; readonly key: Buffer };

/** A key that was fetched may be let go of again before its turn to be used comes. */
const TRIES = 10;

/**
 * Key-encryption key (in the KMS) → a patient's keys (wrapped, in the key store; one a year) → the key of each object (wrapped, beside the object).
 * Patients' keys never leave this class.
 */
export class Keys {
  private readonly held: LRUCache<string, Held>;
  /** By subject, the id of the key that new objects are sealed under. */
  private readonly current: LRUCache<string, string>;
  private readonly underWay = new Map<string, Promise<void>>();
  /** Subjects whose keys are not used here any more, whatever the key store has of them: an older copy of it may hold them again. */
  private readonly erased = new Set<string>();

  constructor(private readonly options: KeysOptions) {
    const { kept = KEPT, keptMs = KEPT_MS } = options;
    this.held = new LRUCache({ max: kept, ttl: keptMs, ttlAutopurge: true, dispose: ({ key }) => void key.fill(0) });
    this.current = new LRUCache({ max: kept, ttl: keptMs });
  }

  /**
   * A fresh key for an object of this person, to be zeroed after its use, and the envelope that opens it again. The person's key is durable by then.
   * @throws KeysUnavailable, KeyStoreUnavailable, KeysDestroyed
   */
  async seal(owner: Owner): Promise<{ key: Buffer; envelope: Envelope }> {
    return this.usingNewest(subjectOf(owner.personId), ({ row, key: personKey }) => {
      const key = randomBytes(KEY_BYTES);
      return { key, envelope: { keyId: row.keyId, objectKey: wrapKey(key, personKey, boundTo(row, owner)) } };
    });
  }

  /** The object's key, to be zeroed after its use. @throws KeysUnavailable, KeyStoreUnavailable, KeysDestroyed, EnvelopeRefused */
  async open(owner: Owner, { keyId, objectKey }: Envelope): Promise<Buffer> {
    return this.usingOne(subjectOf(owner.personId), keyId, ({ row, key: personKey }) => {
      const key = unwrapKey(objectKey, personKey, boundTo(row, owner));
      if (key?.length === KEY_BYTES) return key;
      throw new EnvelopeRefused(`it was not sealed under key ${keyId} for this object`);
    });
  }

  /** A text of an event, sealed under this person's key: which key, and what it opens. @throws as `seal` */
  async sealText(owner: TextOwner, text: string): Promise<string> {
    return this.usingNewest(subjectOf(owner.personId), ({ row, key }) => {
      const place = { eventId: owner.eventId, context: textBoundTo(row, owner) };
      return `v1:${row.keyId}:${sealText(text, key, place)}`;
    });
  }

  /** The text, with spaces behind it. @throws as `open` */
  async openText(owner: TextOwner, sealed: string): Promise<string> {
    const [version, keyId = '', box = ''] = sealed.split(':');
    if (version !== 'v1') throw new EnvelopeRefused('it was sealed by another release');
    return this.usingOne(subjectOf(owner.personId), keyId, ({ row, key }) => {
      const text = openText(box, key, { eventId: owner.eventId, context: textBoundTo(row, owner) });
      if (text !== undefined) return text;
      throw new EnvelopeRefused(`it was not sealed under key ${keyId} for this field of this event`);
    });
  }

  /** Whether something can be sealed under this person's key now, without asking for it. */
  isAtHand(personId: string): boolean {
    return this.newest(subjectOf(personId)) !== undefined;
  }

  /** A further key for this patient, on suspicion: objects are sealed under it from now on. @throws as `seal` */
  async renew(patientId: string): Promise<string> {
    const subject = subjectOf(patientId);
    requireNoneDestroyed(await this.options.rows.of(subject));
    return this.make(subject);
  }

  /**
   * From here on no key of this person is used in this process, neither one in memory nor one that is fetched at this moment, whatever the key store
   * says: no object that is sealed for them can be opened here again.
   */
  refuse(patientId: string): void {
    const subject = subjectOf(patientId);
    this.erased.add(subject);
    this.current.delete(subject);
    for (const [keyId, { row }] of this.held) if (row.subject === subject) this.held.delete(keyId);
  }

  /**
   * Destroys every key of this person, for good, and lets go of those in memory here; durable once it resolves. The KMS has no part in it.
   * @param sealedUnder ids of keys that events name: where one is not in the key store, it is another ledger's, and nothing is destroyed
   * @returns the ids of all keys that they ever had, in order
   * @throws KeysUnavailable, KeyStoreUnavailable; also where a key is left in spite of it
   */
  async destroy(patientId: string, sealedUnder: readonly string[]): Promise<readonly string[]> {
    this.refuse(patientId);
    const rows = await this.options.rows.of(subjectOf(patientId));
    const missing = sealedUnder.find((keyId) => !rows.some((row) => row.keyId === keyId));
    if (missing !== undefined) throw notInTheStore(missing);
    return this.shred(patientId);
  }

  /**
   * The same for a person whose keys were destroyed before: an older copy of the key store may have brought some of them back.
   * @param destroyed the ids of all that they ever had: where there is another, the key store is another ledger's, and nothing is destroyed
   * @throws as `destroy`
   */
  async destroyAgain(patientId: string, destroyed: readonly string[]): Promise<void> {
    this.refuse(patientId);
    const rows = await this.options.rows.of(subjectOf(patientId));
    const unknown = rows.find((row) => !isDestroyed(row) && !destroyed.includes(row.keyId));
    if (unknown)
      throw new KeysUnavailable(
        `key ${unknown.keyId} in the key store is of a person who was erased, and was never theirs: is it the one of this ledger?`,
      );
    await this.shred(patientId);
  }

  /** Lets go of every key. */
  async close(): Promise<void> {
    this.held.clear();
    this.options.kms.close();
    await this.options.rows.close();
  }

  private usingNewest<T>(subject: string, use: (held: Held) => T): Promise<T> {
    return this.using(
      subject,
      () => this.newest(subject),
      `newest ${subject}`,
      () => this.loadNewest(subject),
      use,
    );
  }

  private usingOne<T>(subject: string, keyId: string, use: (held: Held) => T): Promise<T> {
    const known = () => {
      const held = this.held.get(keyId);
      return held?.row.subject === subject ? held : undefined;
    };
    return this.using(subject, known, `${subject} ${keyId}`, () => this.load(subject, keyId), use);
  }

  private newest(subject: string): Held | undefined {
    const held = this.held.get(this.current.get(subject) ?? '');
    return held?.row.epoch === this.epoch() ? held : undefined;
  }

  /**
   * Uses a key in the turn in which it is found, so that it cannot be let go of, and zeroed, in between. Who needs the same at the same time waits for
   * one answer.
   */
  private async using<T>(
    subject: string,
    known: () => Held | undefined,
    what: string,
    load: () => Promise<void>,
    use: (held: Held) => T,
  ): Promise<T> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (this.erased.has(subject)) throw new KeysDestroyed();
      const held = known();
      if (held) return use(held);
      const loading = this.underWay.get(what) ?? load().finally(() => this.underWay.delete(what));
      this.underWay.set(what, loading);
      await loading;
    }
    throw new KeysUnavailable('too many are asked for at once');
  }

  private async loadNewest(subject: string): Promise<void> {
    const rows = await this.options.rows.of(subject);
    requireNoneDestroyed(rows);
    const [newest] = rows.toSorted(byAge);
    if (newest?.epoch !== this.epoch()) return void (await this.make(subject));
    await this.unwrap(newest);
    this.current.set(subject, newest.keyId, keptFor(subject));
  }

  private async load(subject: string, keyId: string): Promise<void> {
    const row = (await this.options.rows.of(subject)).find((one) => one.keyId === keyId);
    if (!row) throw notInTheStore(keyId);
    requireNoneDestroyed([row]);
    await this.unwrap(row);
  }

  private async unwrap(row: KeyRow): Promise<void> {
    if (!this.held.has(row.keyId)) this.hold(row, await this.options.kms.unwrap(row, row));
  }

  private async make(subject: string): Promise<string> {
    const { rows, kms, clock } = this.options;
    const context = { keyId: uuidv7(), subject, epoch: this.epoch() };
    const key = randomBytes(KEY_BYTES);
    const row = { ...context, ...(await kms.wrap(key, context)), createdAt: new Date(clock.now()).toISOString() };
    await rows.add(row);
    this.hold(row, key);
    this.current.set(subject, row.keyId, keptFor(subject));
    return row.keyId;
  }

  private async shred(patientId: string): Promise<readonly string[]> {
    const { rows, clock } = this.options;
    const subject = subjectOf(patientId);
    await rows.shred(subject, new Date(clock.now()));
    const left = await rows.of(subject);
    if (left.length === 0 || !left.every(isDestroyed)) throw new KeysUnavailable('a key is there that was destroyed');
    return left.flatMap(({ keyId, epoch }) => (epoch === NO_KEY ? [] : keyId)).sort();
  }

  private hold(row: KeyRow, key: Buffer): void {
    // Erased while the KMS was asked for it.
    if (this.erased.has(row.subject)) key.fill(0);
    else this.held.set(row.keyId, { row, key }, keptFor(row.subject));
  }

  private epoch(): number {
    return new Date(this.options.clock.now()).getUTCFullYear();
  }
}

const notInTheStore = (keyId: string): KeysUnavailable =>
  new KeysUnavailable(`key ${keyId} is not in the key store: is it the one of this ledger?`);

/** @throws KeysDestroyed */
const requireNoneDestroyed = (rows: readonly KeyRow[]): void => {
  if (rows.some(isDestroyed)) throw new KeysDestroyed();
};

/** The newest first: ids are made in the order of time. */
const byAge = (a: KeyRow, b: KeyRow): number => b.epoch - a.epoch || (a.keyId < b.keyId ? 1 : -1);

const OF_THE_LEDGER = subjectOf(LEDGER);

/** The ledger's own key opens salts alone, and is kept for as long as the process runs: incidents go on record while the KMS is away. */
const keptFor = (subject: string) => (subject === OF_THE_LEDGER ? { ttl: 0 } : {});

const textBoundTo = ({ keyId, subject }: KeyRow, { eventId, field }: TextOwner): string =>
  JSON.stringify([keyId, subject, eventId, field]);

const boundTo = ({ keyId, subject }: KeyRow, { objectId }: Owner): string => JSON.stringify([keyId, subject, objectId]);
