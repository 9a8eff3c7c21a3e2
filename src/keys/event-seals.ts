import { randomBytes } from 'node:crypto';
import {
  auditorStreams,
  categories,
  categoryOf,
  diaryStreams,
  patientStreams,
  personStreams,
  privacyStreams,
  viewerStreams,
} from '../../events/categories.ts';
import type { Category } from '../../events/category.ts';
import type { EventMetadata } from '../../events/event.ts';
import {
  ERASED,
  isSealed,
  type Salt,
  type Sealable,
  type Sealed,
  type SealedField,
  saysSomething,
  sealedFieldsOf,
  type Under,
} from '../../events/sealed.ts';
import { within } from '../flow/within.ts';
import { KeyStoreUnavailable, KeysDestroyed, KeysUnavailable, notSet } from './errors.ts';
import type { IdFile } from './id-file.ts';
import { LEDGER } from './key-rows.ts';
import type { Keys, TextOwner } from './keys.ts';

/** The keys of this application: see `KeyRing`. */
export type Ring = {
  readonly sealing: Keys | undefined;
  readonly opening: Keys;
  readonly ofLedger: Keys | undefined;
  readonly ids?: Pick<IdFile, 'keep'> | undefined;
};

/** The keys of a command, which uses them from its first step on. */
export const ringOf = (keys: Keys | undefined, ids?: IdFile): Ring => ({
  ids,
  sealing: keys,
  ofLedger: keys,
  get opening() {
    if (keys) return keys;
    throw notSet();
  },
});

/** What of an event says whose it is. */
type Of = { readonly id: string; readonly data: object; readonly metadata: EventMetadata };

const SALT_BYTES = 32;
const SALT = '$salt';
/** So long a salt waits for a person's key, and so long after one could not be had none waits again: it is the event that must not. */
const SALT_WAITS_MS = 500;
const AWAY_MS = 5_000;

const fieldsOf: ReadonlyMap<string, ReadonlyMap<string, readonly SealedField[]>> = new Map(
  categories.map(({ prefix, catalogue }) => [prefix, sealedFieldsOf(catalogue)]),
);

const fieldsIn = (stream: string, type: string): readonly SealedField[] =>
  fieldsOf.get(categoryOf(stream)?.prefix ?? '')?.get(type) ?? [];

/** Shown in place of a text whose key cannot be had now, where the rest of an answer is needed whatever becomes of the keys. */
export const AWAY_TEXT = '[not readable now]';

/** Shown in place of a text whose keys were destroyed. */
export const ERASED_TEXT = '[erased]';

/** The data of an event with its texts in clear. */
export type Shown<D> = { readonly [F in keyof D]: Exclude<D[F], Sealed> };

/** Streams of one person each: the salt of an event there is sealed under that person's key. */
const PERSONAL: readonly Pick<Category, 'idIn'>[] = [
  ...[patientStreams, privacyStreams, viewerStreams, diaryStreams, personStreams, auditorStreams],
];

/** Seals what of an event is not to be stored in clear, on its way to the store, and opens it for those who may read it. */
export class EventSeals {
  private awaySince = Number.NEGATIVE_INFINITY;

  constructor(private readonly ring: Ring) {}

  /**
   * Makes durable whose the ids in this are, before anything with them is stored.
   * @throws KeysUnavailable, also for an id that is not known, and then nothing of it may be stored
   */
  async keepIds(...ofThem: readonly unknown[]): Promise<void> {
    await this.ring.ids?.keep(JSON.stringify(ofThem));
  }

  /**
   * An event as it is stored: the fields that its schema marks are sealed, and it has a salt. Without keys all of it is in clear.
   * @throws KeysUnavailable, KeyStoreUnavailable, and then nothing of it may be stored
   */
  async seal<E extends Of & { readonly type: string }>(stream: string, event: E): Promise<E & { readonly salt: Salt }> {
    let { data } = event;
    for (const field of fieldsIn(stream, event.type)) data = await this.withSealed(data, field, event);
    return { ...event, data, salt: await this.salt(stream, event.id) };
  }

  /**
   * A value as it was before it was sealed; undefined where the keys of the one whose it is were destroyed.
   * @param field as its schema has it, below `data`
   * @throws KeysUnavailable, KeyStoreUnavailable, EnvelopeRefused
   */
  async open<T>(value: Sealable<T>, owner: TextOwner): Promise<T | undefined> {
    if (!isSealed(value)) return value;
    if (value.sealed === ERASED.sealed) return undefined;
    try {
      return JSON.parse(await this.ring.opening.openText(owner, value.sealed));
    } catch (error) {
      if (error instanceof KeysDestroyed) return undefined;
      throw error;
    }
  }

  /**
   * What an event says, for one who may read all of it: `[erased]` in place of texts whose keys were destroyed.
   * @param whereAway in place of a text whose key cannot be had now, where the rest is needed all the same
   * @throws as `open`
   */
  async shown<E extends Of & { readonly type: string; readonly stream: string }>(
    event: E,
    { whereAway }: { readonly whereAway?: string } = {},
  ): Promise<Shown<E['data']>> {
    let data: object = event.data;
    for (const { field, under } of fieldsIn(event.stream, event.type)) {
      const value = (data as Readonly<Record<string, unknown>>)[field];
      if (!isSealed(value)) continue;
      const owner = { personId: personIn(event, under), eventId: event.id, field };
      const opening = this.open(value, owner).catch((error: unknown) => {
        if (whereAway !== undefined && areKeysAway(error)) return whereAway;
        throw error;
      });
      data = { ...data, [field]: (await opening) ?? ERASED_TEXT };
    }
    return data as Shown<E['data']>;
  }

  private async withSealed(data: object, { field, under }: SealedField, event: Of): Promise<object> {
    const value = (data as Readonly<Record<string, unknown>>)[field];
    if (value === undefined || !saysSomething(value)) return data;
    if (isSealed(value)) {
      if (value.sealed === ERASED.sealed) return data;
      throw new Error(`${field} was sealed in another event: it is opened before it is written again`);
    }
    const keys = this.ring.sealing;
    if (!keys) return data;
    const owner = { personId: personIn(event, under), eventId: event.id, field };
    return { ...data, [field]: await sealedUnder(keys, owner, value) };
  }

  private async salt(stream: string, eventId: string): Promise<Salt> {
    const salt = saltInClear();
    const keys = this.ring.ofLedger;
    if (!keys) return salt;
    const owner = { eventId, field: SALT };
    const personId = personOf(stream);
    if (personId !== undefined && this.mayWaitFor(keys, personId))
      try {
        const sealing = (this.ring.sealing ?? keys).sealText({ ...owner, personId }, salt);
        return { sealed: await within(sealing, SALT_WAITS_MS, () => new KeysUnavailable('it takes too long')) };
      } catch (error) {
        // An event about a person whose keys were destroyed is on record all the same, and so is one while their key cannot be had.
        if (areKeysAway(error)) this.awaySince = performance.now();
        else if (!(error instanceof KeysDestroyed)) throw error;
      }
    return { sealed: await keys.sealText({ ...owner, personId: LEDGER }, salt), of: 'ledger' };
  }

  private mayWaitFor(keys: Keys, personId: string): boolean {
    return keys.isAtHand(personId) || performance.now() - this.awaySince > AWAY_MS;
  }
}

/** Where there are no keys, and in events about no person that a command writes without any. */
export const saltInClear = (): string => randomBytes(SALT_BYTES).toString('base64url');

/** Whether keys can be had later: it says nothing of what they seal. */
export const areKeysAway = (error: unknown): boolean =>
  error instanceof KeysUnavailable || error instanceof KeyStoreUnavailable;

const personIn = ({ data, metadata }: Of, under: Under): string =>
  under === 'author' ? metadata.actor.id : ((data as Readonly<Record<string, unknown>>)[under] as string);

const personOf = (stream: string): string | undefined => {
  for (const { idIn } of PERSONAL) {
    const personId = idIn(stream);
    if (personId !== undefined) return personId;
  }
  return undefined;
};

/** Words about a person who was erased are not kept: there is no key left that could be destroyed for them. */
const sealedUnder = async (keys: Keys, owner: TextOwner, value: unknown): Promise<Sealed> => {
  try {
    return { sealed: await keys.sealText(owner, JSON.stringify(value)) };
  } catch (error) {
    if (error instanceof KeysDestroyed) return ERASED;
    throw error;
  }
};
