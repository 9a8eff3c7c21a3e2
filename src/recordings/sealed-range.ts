import { EnvelopeRefused } from '../keys/errors.ts';
import type { Keys } from '../keys/keys.ts';
import { openedOf } from '../keys/sealed-objects.ts';
import type { ByteRange, ObjectStore } from '../objects/object-store.ts';
import { type OpenedRange, SealBroken } from '../objects/sealed.ts';
import { damaged, ObjectDamaged, type ProvedRange } from './proved-range.ts';
import { type KeyOwner, sealIdOf, storedAs } from './recording-key.ts';
import { sealContext } from './sealing.ts';

/** What a sealed recording must be, by the ledger. */
export type SealedProof = KeyOwner & {
  readonly bytes: number;
  readonly sealed: { readonly keyId: string; readonly objectKey: string; readonly head: Buffer };
};

/**
 * Opens a range of a sealed recording; resolves when its first bytes are authentic, as `openProvedRange` does for one in clear.
 * @throws ObjectDamaged, KeysUnavailable, KeyStoreUnavailable, KeysDestroyed, RecordingStoreUnavailable, the reason of the signal
 */
export const openSealedRecording = async (
  { bytes, sealed, ...owner }: SealedProof,
  range: ByteRange,
  { keys, store, signal }: { readonly keys: Keys; readonly store: ObjectStore; readonly signal?: AbortSignal },
): Promise<ProvedRange> => {
  const { patientId, recordingId } = owner;
  const at = { store, key: storedAs(owner, sealIdOf(sealed.head)), ...(signal && { signal }) };
  const seal = { envelope: sealed, context: sealContext(owner), head: sealed.head, bytes };
  return told(await openedOf(keys, { personId: patientId, objectId: recordingId }, seal, range, at).catch(asDamaged));
};

const told = ({ next, close }: OpenedRange): ProvedRange => ({ next: () => next().catch(asDamaged), close });

const asDamaged = (error: unknown): never => {
  if (error instanceof SealBroken || error instanceof EnvelopeRefused)
    throw new ObjectDamaged(error.message, { cause: error });
  return damaged(error);
};
