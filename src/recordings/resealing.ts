import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { patientStreams } from '../../events/categories.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { evolve, noConsultations, type PatientLedger } from '../consultations/evolve.ts';
import type { Keys } from '../keys/keys.ts';
import { type Cause, type Ledger, lookingUp } from '../ledger/ledger.ts';
import type { ObjectKey } from '../objects/object-key.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { resealRecording } from './decide.ts';
import { SEALED_TYPE } from './media-type.ts';
import { checking, Damaged, eachOf, type Filed, isOfTheObject } from './moving.ts';
import { ObjectDamaged } from './proved-range.ts';
import { type KeyOwner, keyOwner, recordingKey, sealIdIn, sealIdOf, storedAs } from './recording-key.ts';
import { openSealedRecording } from './sealed-range.ts';
import { type SealedInEvent, sealingFor } from './sealing.ts';

export type Resealed = {
  sealed: number;
  bytes: number;
  /** Erased or sealed by another run meanwhile. */
  overtaken: number;
  /** One line for each recording that is damaged or not there: it stays as it is. */
  readonly problems: string[];
};

export type Resealing = {
  readonly store: ObjectStore;
  readonly keys: Keys;
  readonly ledger: Ledger;
  readonly cause: Cause;
};

/** The recordings that are stored in clear. */
export const inClear = (filed: Iterable<Filed>): Filed[] =>
  [...filed].filter(({ key }) => keyOwner(key)?.sealId === undefined);

/**
 * Seals recordings that are stored in clear:
 *
 *   read and compared with its hash ─▶ sealed object ─▶ read back and compared ─▶ RecordingResealed ─▶ the object in clear is removed
 *
 * A sealed object has a name of its own, so that two runs at once do not touch each other's: the event says which counts, and what a run that was
 * killed left is an object that no event speaks of.
 * @throws KeysUnavailable, KeyStoreUnavailable, RecordingStoreUnavailable, LedgerUnavailable; recordings sealed by then stay sealed
 */
export const resealAll = async (
  clear: readonly Filed[],
  resealing: Resealing,
  progress: (bytes: number) => void = () => {},
): Promise<Resealed> => {
  const done: Resealed = { sealed: 0, bytes: 0, overtaken: 0, problems: [] };
  await eachOf(clear, async (recording) => {
    try {
      if (await reseal(recording, resealing, progress)) {
        done.sealed += 1;
        done.bytes += recording.bytes;
      } else done.overtaken += 1;
    } catch (error) {
      if (!isOfTheObject(error) && !(error instanceof ObjectDamaged)) throw error;
      done.problems.push(`${recording.key}: ${error.message}`);
    }
  });
  return done;
};

/** Removes objects in clear of recordings that are sealed: what a run left that was killed after the event. */
export const removeClear = async (filed: Iterable<Filed>, store: ObjectStore): Promise<number> => {
  const sealed = new Set<string>();
  for (const { key } of filed) {
    const named = keyOwner(key);
    if (named?.sealId !== undefined) sealed.add(recordingKey(named));
  }
  let removed = 0;
  for await (const page of store.list())
    for (const { key } of page)
      if (sealed.has(key)) {
        await store.delete(key);
        removed += 1;
      }
  return removed;
};

/** @returns whether it is on record that this seal counts */
const reseal = async (
  recording: Filed,
  { store, keys, ledger, cause }: Resealing,
  progress: (bytes: number) => void,
): Promise<boolean> => {
  const { key: clearKey, consultationId } = recording;
  const owner = ownerIn(clearKey);
  const seal = await sealingFor(keys, owner);
  if (!seal) throw new TypeError('there are no keys to seal with');
  const { sealing, told } = seal;
  const sealedKey = storedAs(owner, sealIdOf(sealing.head));
  let mayBeOnRecord = false;
  try {
    const { stream } = await store.read(clearKey);
    const checked = checking(recording, progress);
    const written = Readable.from(sealing.through(checked), { objectMode: false });
    await Promise.all([pipeline(stream, checked), store.write(sealedKey, written, { contentType: SEALED_TYPE })]);
    const sealed = told();
    await requireOpens(recording, owner, sealed, { store, keys });
    mayBeOnRecord = true;
    const isOnRecord = await putOnRecord({ ...owner, consultationId, sealed }, ledger, cause);
    await store.delete(isOnRecord ? clearKey : sealedKey);
    return isOnRecord;
  } catch (error) {
    // Where an append was not answered the event may be there, and must not lose its object: the orphan sweep asks later.
    if (!mayBeOnRecord) await store.delete(sealedKey).catch(() => undefined);
    throw error;
  }
};

/** Opens it as a viewer would, from what the event is going to say. @throws ObjectDamaged, KeysUnavailable */
const requireOpens = async (
  { bytes, sha256 }: Filed,
  owner: KeyOwner,
  { keyId, objectKey, head }: SealedInEvent,
  { store, keys }: Pick<Resealing, 'store' | 'keys'>,
): Promise<void> => {
  const hash = createHash('sha256');
  const sealed = { keyId, objectKey, head: Buffer.from(head, 'base64') };
  const range = { first: 0, last: bytes - 1 };
  const opened = await openSealedRecording({ ...owner, bytes, sealed }, range, { keys, store });
  for (let step = await opened.next(); step; step = await opened.next()) for (const piece of step) hash.update(piece);
  opened.close();
  if (hash.digest('hex') !== sha256) throw new Damaged('its sealed object does not open to the bytes that were stored');
};

const putOnRecord = (
  data: Extract<PatientEvent, { type: 'RecordingResealed' }>['data'],
  ledger: Ledger,
  cause: Cause,
): Promise<boolean> => {
  const stream = patientStreams.of(data.patientId);
  return lookingUp(stream, async () => {
    let [patient, revision]: [PatientLedger, number] = [noConsultations(), -1];
    for await (const event of ledger.store.read(stream)) {
      patient = evolve(patient, event);
      revision = event.revision;
    }
    // A run before that was not answered may have put this very seal on record.
    const known = patient.consultations.get(data.consultationId)?.recordings.get(data.recordingId)?.sealed;
    if (sealIdIn(known) === sealIdIn(data.sealed)) return true;
    const events = resealRecording(patient, data);
    if (events.length > 0) await ledger.append(stream, revision, events, cause);
    return events.length > 0;
  });
};

const ownerIn = (key: ObjectKey): KeyOwner => {
  const named = keyOwner(key);
  if (!named) throw new TypeError(`not the key of a recording: ${key}`);
  return named;
};
