import type { SealedObject } from '../../events/sealed.ts';
import type { ByteRange } from '../objects/object-store.ts';
import { type OpenedRange, openSealedRange, Sealing } from '../objects/sealed.ts';
import type { Envelope, Keys, Owner } from './keys.ts';

/**
 * A seal for one object, under a fresh key that the owner's opens.
 * @param context what the seal is bound to beside its key
 * @returns the seal, and how the object is opened, as an event says it
 * @throws KeysUnavailable, KeyStoreUnavailable, KeysDestroyed
 */
export const sealingOf = async (
  keys: Keys,
  owner: Owner,
  context: Buffer,
): Promise<{ readonly sealing: Sealing; readonly sealed: SealedObject }> => {
  const { key, envelope } = await keys.seal(owner);
  const sealing = new Sealing({ key, context });
  key.fill(0);
  return { sealing, sealed: { ...envelope, head: sealing.head.toString('base64') } };
};

/**
 * Opens a range of an object; resolves when its first bytes are authentic.
 * @throws EnvelopeRefused, SealBroken, KeysUnavailable, KeyStoreUnavailable, KeysDestroyed, and as `ObjectStore.read`
 */
export const openedOf = async (
  keys: Keys,
  owner: Owner,
  {
    envelope,
    ...seal
  }: { readonly envelope: Envelope; readonly context: Buffer; readonly head: Buffer; readonly bytes: number },
  range: ByteRange,
  at: Parameters<typeof openSealedRange>[2],
): Promise<OpenedRange> => {
  const key = await keys.open(owner, envelope);
  const opening = openSealedRange({ ...seal, key }, range, at);
  // Derived from by then: the key itself is needed no longer.
  key.fill(0);
  return opening;
};
