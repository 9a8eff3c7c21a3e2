import type { SealedObject } from '../../../events/sealed.ts';
import { EnvelopeRefused } from '../../keys/errors.ts';
import { subjectOf } from '../../keys/key-rows.ts';
import type { Keys, Owner } from '../../keys/keys.ts';
import { openedOf, sealingOf } from '../../keys/sealed-objects.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { SealBroken, type Sealing } from '../../objects/sealed.ts';
import { ExportCorrupt } from '../errors.ts';
import { exportKey } from './stores.ts';

type Of = { readonly exportId: string; readonly requestedBy: string; readonly attemptId: string };

const ownerOf = ({ requestedBy, attemptId }: Of): Owner => ({ personId: requestedBy, objectId: attemptId });

const contextOf = ({ exportId, requestedBy, attemptId }: Of): Buffer =>
  Buffer.from(`${exportId}/${attemptId}/${subjectOf(requestedBy)}`);

/**
 * A seal for the file of an export, under a fresh key that the officer's opens; undefined where nothing is sealed.
 * @throws KeysUnavailable, KeyStoreUnavailable, KeysDestroyed
 */
export const sealingFor = async (
  keys: Keys | undefined,
  of: Of,
): Promise<{ readonly sealing: Sealing; readonly sealed: SealedObject } | undefined> => {
  if (!keys) return undefined;
  return sealingOf(keys, ownerOf(of), contextOf(of));
};

/**
 * The content of a sealed file, each part authentic before it is given; to be closed by who does not read it to its end.
 * @throws ExportCorrupt, KeysUnavailable, KeyStoreUnavailable, KeysDestroyed, and as `ObjectStore.read`
 */
export const openedFile = async (
  of: Of,
  { sealed, bytes }: { readonly sealed: SealedObject; readonly bytes: number },
  { keys, store }: { readonly keys: Keys; readonly store: ObjectStore },
): Promise<{ readonly parts: AsyncIterable<Buffer>; readonly close: () => void }> => {
  const seal = { envelope: sealed, context: contextOf(of), head: Buffer.from(sealed.head, 'base64'), bytes };
  const at = { store, key: exportKey(of) };
  const { next, close } = await openedOf(keys, ownerOf(of), seal, { first: 0, last: bytes - 1 }, at).catch(asCorrupt);
  const parts = (async function* () {
    for (let step = await next().catch(asCorrupt); step; step = await next().catch(asCorrupt)) yield* step;
  })();
  return { parts, close };
};

const asCorrupt = (error: unknown): never => {
  throw error instanceof SealBroken || error instanceof EnvelopeRefused ? new ExportCorrupt({ cause: error }) : error;
};
