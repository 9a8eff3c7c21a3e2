import type { PatientEvent } from '../../events/patient-events.ts';
import { subjectOf } from '../keys/key-rows.ts';
import type { Keys } from '../keys/keys.ts';
import { sealingOf } from '../keys/sealed-objects.ts';
import type { Sealing } from '../objects/sealed.ts';
import type { KeyOwner } from './recording-key.ts';

/** How a sealed object is opened, as the ledger says it. */
export type SealedInEvent = Extract<PatientEvent, { type: 'RecordingResealed' }>['data']['sealed'];

/** What a seal is bound to beside its key: an object in the place of another recording's, or another patient's, opens nothing. */
export const sealContext = ({ patientId, recordingId }: KeyOwner): Buffer =>
  Buffer.from(`${recordingId}/${subjectOf(patientId)}`);

/**
 * A seal for one object of a recording, under a fresh key of its own; undefined where nothing is sealed.
 * @throws KeysUnavailable, KeyStoreUnavailable, KeysDestroyed
 */
export const sealingFor = async (
  keys: Keys | undefined,
  owner: KeyOwner,
): Promise<
  { readonly sealing: Sealing /** Once the object is stored. */; readonly told: () => SealedInEvent } | undefined
> => {
  if (!keys) return undefined;
  const { patientId: personId, recordingId: objectId } = owner;
  const { sealing, sealed } = await sealingOf(keys, { personId, objectId }, sealContext(owner));
  return { sealing, told: () => ({ ...sealed, sha256: sealing.sha256() }) };
};
