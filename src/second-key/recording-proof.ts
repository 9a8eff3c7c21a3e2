import { StreamDeletedError, StreamNotFoundError } from '@eventstore/db-client';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Ledger } from '../ledger/ledger.ts';

/** What a recording's bytes must be, as the stored event says it. */
export type RecordingProof = {
  readonly patientId: string;
  readonly consultationId: string;
  readonly recordingId: string;
  readonly bytes: number;
  /** Hex, of the whole. */
  readonly sha256: string;
  readonly contentType: string;
  /** Length of a chunk and the SHA-256 of each, joined; undefined where the event is older than chunks. */
  readonly chunks?: { readonly bytes: number; readonly hashes: Buffer };
};

export type ProofRequest = {
  readonly patientId: string;
  readonly recordingId: string;
  /** Where on the patient's stream RecordingStored is, as the first key has it. A wrong one finds an event that is refused. */
  readonly storedRevision: number;
};

/** The event at this place is not the one that stored this recording. Its message is for the log. */
export class ProofRefused extends Error {
  constructor({ patientId, recordingId, storedRevision }: ProofRequest, why: string) {
    super(`revision ${storedRevision} of patient-${patientId} does not prove recording ${recordingId}: ${why}`);
    this.name = 'ProofRefused';
  }
}

const HASH_BYTES = 32;
/** A recording of 2 GiB or more has 256 KiB of hashes. */
const KEPT_BYTES = 64 * 2 ** 20;
/** What a proof weighs beside its hashes. */
const PROOF_BYTES = 512;

/**
 * Reads from the store itself what the bytes of a recording must be. Nothing of it comes from the fold that commands and the policy use,
 * nor through the gate that stored events are read by there: with a bug in either, another recording's bytes still match nothing.
 */
@Injectable()
export class RecordingProofs {
  private readonly known = new LRUCache<string, RecordingProof>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ chunks }) => PROOF_BYTES + (chunks?.hashes.length ?? 0),
  });

  constructor(private readonly ledger: Ledger) {}

  /** @throws ProofRefused, LedgerUnavailable */
  async of(asked: ProofRequest): Promise<RecordingProof> {
    const name = JSON.stringify([asked.patientId, asked.recordingId, asked.storedRevision]);
    const known = this.known.get(name);
    if (known) return known;
    const proof = proofIn(asked, await this.read(asked));
    this.known.set(name, proof);
    return proof;
  }

  private async read({ patientId, storedRevision }: ProofRequest): Promise<readonly StoredEvent[]> {
    const { store } = this.ledger;
    const stream = `patient-${patientId}`;
    const reading = async () => {
      const found: StoredEvent[] = [];
      try {
        // Read to its end: a call that is broken off never counts as finished, and closing the client would wait for it.
        const options = { fromRevision: BigInt(storedRevision), maxCount: 1 };
        for await (const { event } of store.raw.readStream(stream, options)) if (event) found.push(event);
      } catch (error) {
        if (!(error instanceof StreamNotFoundError || error instanceof StreamDeletedError)) throw error;
      }
      return found;
    };
    return store.bounded(reading(), stream);
  }
}

type StoredEvent = {
  readonly streamId: string;
  readonly type: string;
  readonly revision: bigint;
  readonly data: unknown;
};

/** Exported for its tests. @throws ProofRefused */
const proofIn = (asked: ProofRequest, found: readonly StoredEvent[]): RecordingProof => {
  const refused = (why: string) => new ProofRefused(asked, why);
  const [event] = found;
  if (!event || found.length !== 1) throw refused('there is no event');
  if (event.streamId !== `patient-${asked.patientId}`) throw refused('it is on another stream');
  if (event.revision !== BigInt(asked.storedRevision)) throw refused('it is at another revision');
  if (event.type !== 'RecordingStored') throw refused('it is of another type');
  const data = event.data;
  if (!isRecord(data)) throw refused('it has no data');
  const { patientId, consultationId, recordingId, bytes, sha256, contentType } = data;
  if (patientId !== asked.patientId) throw refused('it is of another patient');
  if (recordingId !== asked.recordingId) throw refused('it is of another recording');
  if (typeof consultationId !== 'string') throw refused('it names no consultation');
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0) throw refused('it has no length');
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) throw refused('it has no SHA-256');
  if (typeof contentType !== 'string' || !/^(video|audio)\/[\w.+-]{1,64}$/.test(contentType))
    throw refused('it has no content type');
  const proof = { patientId, consultationId, recordingId, bytes, sha256, contentType };
  if (data.chunks === undefined) return proof;
  if (!isRecord(data.chunks)) throw refused('its chunks cannot be read');
  const { bytes: length, sha256: joined } = data.chunks;
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 1 || typeof joined !== 'string')
    throw refused('its chunks cannot be read');
  const hashes = Buffer.from(joined, 'base64');
  if (hashes.toString('base64') !== joined) throw refused('the hashes of its chunks are not base64');
  if (hashes.length !== Math.ceil(bytes / length) * HASH_BYTES) throw refused('it has not a hash for each chunk');
  return { ...proof, chunks: { bytes: length, hashes } };
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
