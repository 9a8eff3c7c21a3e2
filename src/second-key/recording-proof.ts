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
  /** What opens the object beside its patient's key; undefined where the bytes are stored in clear. */
  readonly sealed?: { readonly keyId: string; readonly objectKey: string; readonly head: Buffer };
};

export type ProofRequest = {
  readonly patientId: string;
  readonly recordingId: string;
  /** Where on the patient's stream RecordingStored is, as the first key has it. A wrong one finds an event that is refused. */
  readonly storedRevision: number;
  /** Where RecordingResealed is that holds, if one does. */
  readonly resealedRevision?: number | undefined;
};

/** The event at this place is not the one that stored this recording. Its message is for the log. */
export class ProofRefused extends Error {
  constructor({ patientId, recordingId, storedRevision, resealedRevision }: ProofRequest, why: string) {
    super(
      `revision ${resealedRevision ?? storedRevision} of patient-${patientId} does not prove recording ${recordingId}: ${why}`,
    );
    this.name = 'ProofRefused';
  }
}

const HASH_BYTES = 32;
/** Salt and commitment of a sealed object. */
const HEAD_BYTES = 56;
const MOST_TEXT = 1_024;
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
    const { patientId, recordingId, storedRevision, resealedRevision } = asked;
    const name = JSON.stringify([patientId, recordingId, storedRevision, resealedRevision]);
    const known = this.known.get(name);
    if (known) return known;
    const [stored, resealed] = await Promise.all([
      this.read(patientId, storedRevision),
      resealedRevision === undefined ? undefined : this.read(patientId, resealedRevision),
    ]);
    const proof = proofIn(asked, stored, resealed);
    this.known.set(name, proof);
    return proof;
  }

  private async read(patientId: string, revision: number): Promise<readonly StoredEvent[]> {
    const { store } = this.ledger;
    const stream = `patient-${patientId}`;
    const reading = async () => {
      const found: StoredEvent[] = [];
      try {
        // Read to its end: a call that is broken off never counts as finished, and closing the client would wait for it.
        const options = { fromRevision: BigInt(revision), maxCount: 1 };
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

type Refuse = (why: string) => ProofRefused;
type Data = Readonly<Record<string, unknown>>;

/** @throws ProofRefused */
const proofIn = (
  asked: ProofRequest,
  stored: readonly StoredEvent[],
  resealed: readonly StoredEvent[] | undefined,
): RecordingProof => {
  const refused: Refuse = (why) => new ProofRefused(asked, why);
  const { patientId, recordingId } = asked;
  const data = dataOf(stored, { asked, revision: asked.storedRevision, type: 'RecordingStored', refused });
  const { consultationId, bytes, sha256, contentType } = data;
  if (typeof consultationId !== 'string') throw refused('it names no consultation');
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0) throw refused('it has no length');
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) throw refused('it has no SHA-256');
  if (typeof contentType !== 'string' || !/^(video|audio)\/[\w.+-]{1,64}$/.test(contentType))
    throw refused('it has no content type');
  const proof = { patientId, consultationId, recordingId, bytes, sha256, contentType };
  if (resealed && asked.resealedRevision !== undefined) {
    const at = { asked, revision: asked.resealedRevision, type: 'RecordingResealed', refused };
    return { ...proof, sealed: sealIn(dataOf(resealed, at), refused) };
  }
  if (data.sealed !== undefined) return { ...proof, sealed: sealIn(data, refused) };
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

const dataOf = (
  found: readonly StoredEvent[],
  { asked, revision, type, refused }: { asked: ProofRequest; revision: number; type: string; refused: Refuse },
): Data => {
  const [event] = found;
  if (!event || found.length !== 1) throw refused('there is no event');
  if (event.streamId !== `patient-${asked.patientId}`) throw refused('it is on another stream');
  if (event.revision !== BigInt(revision)) throw refused('it is at another revision');
  if (event.type !== type) throw refused('it is of another type');
  const { data } = event;
  if (!isRecord(data)) throw refused('it has no data');
  if (data.patientId !== asked.patientId) throw refused('it is of another patient');
  if (data.recordingId !== asked.recordingId) throw refused('it is of another recording');
  return data;
};

const sealIn = ({ sealed }: Data, refused: Refuse): NonNullable<RecordingProof['sealed']> => {
  const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MOST_TEXT;
  if (!isRecord(sealed)) throw refused('its seal cannot be read');
  const { keyId, objectKey, head } = sealed;
  if (!isText(keyId) || !isText(objectKey) || !isText(head)) throw refused('its seal cannot be read');
  const bytes = Buffer.from(head, 'base64');
  if (bytes.length !== HEAD_BYTES || bytes.toString('base64') !== head)
    throw refused('the head of its seal has no 56 bytes');
  return { keyId, objectKey, head: bytes };
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
