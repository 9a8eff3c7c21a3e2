import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { latest } from '../flow/latest.ts';
import { within } from '../flow/within.ts';
import type { ObjectKey } from '../objects/object-key.ts';
import { type ObjectStore } from '../objects/object-store.ts';
import type { RecordingProof } from '../second-key/recording-proof.ts';
import { RecordingStoreUnavailable } from './errors.ts';
import { damaged, type Proof, proveWhole } from './proved-range.ts';
import { recordingKey } from './recording-key.ts';
import { RECORDING_STORE } from './stores.ts';

/** Hashes of chunks that were made here: of 250 recordings of 2 GiB, or of as good as all smaller ones that are watched. */
const KEPT_BYTES = 64 * 2 ** 20;
const PROOF_BYTES = 512;
const VERSIONS_KEPT = 100_000;
/** The largest recording at the pace of a slow disk. */
const LONGEST_PASS_MS = 30 * 60_000;

/** Proves whole objects where the ledger has no hashes of their chunks, or where they leave from elsewhere and no chunk can be checked. */
@Injectable()
export class Proofs {
  private readonly made = new LRUCache<string, Proof>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ chunks }) => PROOF_BYTES + chunks.hashes.length,
  });
  private readonly passes = new Map<string, Promise<Proof>>();
  private readonly provedVersions = latest<string, string>(VERSIONS_KEPT);
  private readonly stopping = new AbortController();

  constructor(@Inject(RECORDING_STORE) private readonly store: ObjectStore) {}

  /** Passes under way end, and their waiters are told. */
  stop(): void {
    this.stopping.abort(new RecordingStoreUnavailable('the server is stopping'));
  }

  /**
   * The proof with the hashes of its chunks. Recordings stored before there were any are read whole for that, once.
   * @throws ObjectDamaged, RecordingStoreUnavailable, the reason of the signal
   */
  async chunked(proof: RecordingProof, signal: AbortSignal): Promise<Proof> {
    const { chunks, ...recording } = proof;
    if (chunks) return { ...recording, chunks };
    const key = recordingKey(proof);
    return this.made.get(key) ?? this.pass(key, recording, signal);
  }

  /**
   * Resolves when the object that is there now is the one stored, whole. A proved object is remembered by the version that the store
   * gives it, and asked for again each time; where it gives none, the object is read each time.
   * @throws ObjectDamaged, RecordingStoreUnavailable, the reason of the signal
   */
  async whole(proof: RecordingProof, signal: AbortSignal): Promise<void> {
    const key = recordingKey(proof);
    const before = await this.store.head(key, signal).catch(damaged);
    if (before.version !== undefined && this.provedVersions.get(key) === before.version) return;
    await this.pass(key, proof, signal);
    const after = await this.store.head(key, signal).catch(damaged);
    if (after.version !== undefined && after.version === before.version) this.provedVersions.set(key, after.version);
  }

  /** One pass at a time for each object and all its waiters; it continues when one of them leaves. */
  private async pass(key: ObjectKey, recording: Omit<Proof, 'chunks'>, signal: AbortSignal): Promise<Proof> {
    let pass = this.passes.get(key);
    if (!pass) {
      pass = proveWhole(recording, { store: this.store, key, signal: this.stopping.signal })
        .then((proof) => {
          this.made.set(key, proof);
          return proof;
        })
        .finally(() => this.passes.delete(key));
      this.passes.set(key, pass);
    }
    const late = () => new RecordingStoreUnavailable(`a recording could not be read in ${LONGEST_PASS_MS} ms`);
    return within(pass, LONGEST_PASS_MS, late, signal);
  }
}
