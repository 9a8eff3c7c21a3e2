import type { ExportJob } from '../../../projections/exports.ts';
import { EnvelopeRefused } from '../../keys/errors.ts';
import { subjectOf } from '../../keys/key-rows.ts';
import type { Keys } from '../../keys/keys.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { openSealedRange, SealBroken, Sealing } from '../../objects/sealed.ts';
import { ExportCorrupt } from '../errors.ts';
import { exportKey } from './stores.ts';

type Of = { readonly exportId: string; readonly requestedBy: string; readonly attemptId: string };
type Seal = NonNullable<NonNullable<ExportJob['file']>['sealed']>;

const contextOf = ({ exportId, requestedBy, attemptId }: Of): Buffer =>
  Buffer.from(`${exportId}/${attemptId}/${subjectOf(requestedBy)}`);

/**
 * A seal for the file of an export, under a fresh key that the officer's opens; undefined where nothing is sealed.
 * @throws KeysUnavailable, KeyStoreUnavailable, KeysDestroyed
 */
export const sealingFor = async (
  keys: Keys | undefined,
  of: Of,
): Promise<{ readonly sealing: Sealing; readonly told: Seal } | undefined> => {
  if (!keys) return undefined;
  const { key, envelope } = await keys.seal({ patientId: of.requestedBy, objectId: of.attemptId });
  const sealing = new Sealing({ key, context: contextOf(of) });
  key.fill(0);
  return { sealing, told: { ...envelope, head: sealing.head.toString('base64') } };
};

/**
 * The content of a sealed file, each part authentic before it is given; to be closed by who does not read it to its end.
 * @throws ExportCorrupt, KeysUnavailable, KeyStoreUnavailable, KeysDestroyed, and as `ObjectStore.read`
 */
export const openedFile = async (
  of: Of,
  { sealed, bytes }: { readonly sealed: Seal; readonly bytes: number },
  { keys, store }: { readonly keys: Keys; readonly store: ObjectStore },
): Promise<{ readonly parts: AsyncIterable<Buffer>; readonly close: () => void }> => {
  const key = await keys.open({ patientId: of.requestedBy, objectId: of.attemptId }, sealed).catch(asCorrupt);
  const seal = { key, context: contextOf(of), head: Buffer.from(sealed.head, 'base64'), bytes };
  const opening = openSealedRange(seal, { first: 0, last: bytes - 1 }, { store, key: exportKey(of) });
  key.fill(0);
  const { next, close } = await opening.catch(asCorrupt);
  const parts = (async function* () {
    for (let step = await next().catch(asCorrupt); step; step = await next().catch(asCorrupt)) yield* step;
  })();
  return { parts, close };
};

const asCorrupt = (error: unknown): never => {
  throw error instanceof SealBroken || error instanceof EnvelopeRefused ? new ExportCorrupt({ cause: error }) : error;
};
