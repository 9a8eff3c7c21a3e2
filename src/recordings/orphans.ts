import type { ObjectKey } from '../objects/object-key.ts';
import type { ObjectStore } from '../objects/object-store.ts';

export type SweepOptions = {
  readonly store: Pick<ObjectStore, 'list' | 'delete'>;
  /** Whether the ledger knows of this recording. Throws when it cannot tell; the sweep then ends without deciding. */
  readonly isKnown: (key: ObjectKey) => Promise<boolean>;
  /** Objects younger than that are left alone. Must be longer than an upload's event can take to be appended. */
  readonly graceMs: number;
  readonly now: Date;
  /** Called before an object goes, so that none disappears without a trace; when it throws, the object stays. */
  readonly record?: (key: ObjectKey) => Promise<void>;
  /** Most removals of one sweep; the next sweep continues. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
};

/** So few are an accident of uploads; more, and most of all there is, are an accident of configuration. */
const FEW = 10;

/** The ledger knows hardly any of the recordings here. */
export class SweepRefused extends Error {
  constructor(orphans: number, objects: number) {
    super(
      `${orphans} of ${objects} recordings are unknown to the ledger; nothing was removed. ` +
        'Is this store paired with another ledger (STORE_URL, DATA_DIR, S3_BUCKET)?',
    );
    this.name = 'SweepRefused';
  }
}

/**
 * Removes objects that no event speaks of: what an upload leaves when the process dies between storing the object and
 * appending `RecordingStored`. Yields the key of each after it is gone.
 *
 * Everything is looked at before anything is removed: a store paired with the wrong ledger would look like nothing but
 * orphans, and sweeping it would destroy every recording there is.
 * @throws SweepRefused, or what `isKnown` and `record` throw
 */
export async function* sweepOrphans(options: SweepOptions): AsyncGenerator<ObjectKey> {
  const { store, isKnown, graceMs, now, record, limit = 1_000, signal } = options;
  const before = now.getTime() - graceMs;
  const orphans: ObjectKey[] = [];
  let objects = 0;
  let unknown = 0;
  for await (const page of store.list(signal)) {
    for (const { key, modifiedAt } of page) {
      if (modifiedAt.getTime() >= before) continue;
      objects += 1;
      if (await isKnown(key)) continue;
      unknown += 1;
      if (orphans.length < limit) orphans.push(key);
    }
  }
  if (unknown > FEW && unknown * 2 > objects) throw new SweepRefused(unknown, objects);

  for (const key of orphans) {
    signal?.throwIfAborted();
    // Asked again: listing took a while, and an event that came meanwhile must win.
    if (await isKnown(key)) continue;
    await record?.(key);
    await store.delete(key, signal);
    yield key;
  }
}
