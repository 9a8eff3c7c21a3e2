import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Id, UtcTime } from '../../events/values.ts';
import { KeysUnavailable } from './errors.ts';

/** A patient's key as it is kept: wrapped by the KMS, never in clear; or that it was destroyed, for ever. */
export const KeyRow = z.strictObject({
  keyId: Id,
  /** Whose it is, by `subjectOf`. */
  subject: z.string().regex(/^[0-9a-f]{64}$/),
  epoch: z.int().nonnegative(),
  kek: z.string().min(1).max(2_048),
  wrapped: z.string().max(8_192),
  createdAt: UtcTime,
  shreddedAt: UtcTime.optional(),
});
export type KeyRow = z.output<typeof KeyRow>;

/**
 * Where wrapped keys are kept, apart from the events and from their back-ups.
 *
 * A key has an id of its own and is never written over by another: two instances that make the first key of a patient at the same moment make two
 * keys, both are kept, and objects sealed under either can be opened.
 * @see contract test/keys/rows-contract.ts
 */
export interface KeyRows {
  /** Every row of a subject, also of keys that were destroyed. @throws KeysUnavailable, KeyStoreUnavailable, as all methods do */
  of(subject: string): Promise<readonly KeyRow[]>;

  /** Durable once it resolves. The key's id is fresh. @throws KeysDestroyed for a key of a subject whose keys were destroyed, and nothing is added */
  add(row: KeyRow): Promise<void>;

  /** The same key as it is wrapped now. False where it was destroyed meanwhile, or is not there: it stays as it is then. */
  rewrap(row: KeyRow): Promise<boolean>;

  /**
   * Destroys every key of a subject and leaves that it was there; durable once it resolves. Where there was none, one row says that there is to be
   * none. Done again it changes nothing.
   * @returns the ids of all that are destroyed
   */
  shred(subject: string, at: Date): Promise<readonly string[]>;

  /** Every row of every subject, those of a subject one after the other. */
  all(): AsyncIterable<KeyRow>;

  close(): Promise<void>;
}

/** By what name a person's keys are kept. No secret: it only keeps the id itself out of the key store. */
export const subjectOf = (patientId: string): string =>
  createHash('sha256').update(`consultation-ledger/subject/${patientId}`).digest('hex');

/** Whose keys seal the salts of events about no person: this ledger's own. No id has a slash. */
export const LEDGER = '/ledger';

/** The epoch of a row that stands for no key: it says that its subject is to have none. */
export const NO_KEY = 0;

export const noKeys = (keyId: string, subject: string, at: Date): KeyRow => ({
  ...{ keyId, subject, epoch: NO_KEY, createdAt: at.toISOString() },
  ...{ kek: 'none', wrapped: '', shreddedAt: at.toISOString() },
});

export const isDestroyed = ({ shreddedAt }: KeyRow): boolean => shreddedAt !== undefined;

export const destroyed = ({ keyId, subject, epoch, createdAt }: KeyRow, at: Date): KeyRow => ({
  ...{ keyId, subject, epoch, createdAt },
  ...{ kek: 'none', wrapped: '', shreddedAt: at.toISOString() },
});

/** @throws KeysUnavailable */
export const rowIn = (text: string): KeyRow => {
  try {
    return KeyRow.parse(JSON.parse(text));
  } catch (cause) {
    throw new KeysUnavailable('a row of the key store cannot be read: restore it from a back-up of the keys', {
      cause,
    });
  }
};
