import type { Readable } from 'node:stream';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { patientStreams } from '../../events/categories.ts';
import { CONFIG, type Config } from '../config/config.ts';
import type { Caller, SessionOwner } from '../consultations/decide.ts';
import type { Recording } from '../consultations/evolve.ts';
import { type PatientState, Patients } from '../consultations/patients.ts';
import type { ConsultationRef } from '../consultations/refs.ts';
import { Sessions } from '../consultations/sessions.ts';
import { KeyRing } from '../keys/keys.module.ts';
import { LedgerUnavailable } from '../ledger/errors.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import type { ObjectKey } from '../objects/object-key.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { forRequest } from '../telemetry/logger.ts';
import { filedAlready, recordableFor, storeRecording } from './decide.ts';
import { Descriptors } from './descriptors.ts';
import { DigestMissing, TooManyUploads } from './errors.ts';
import { ingest } from './ingest.ts';
import { sealIdOf, storedAs } from './recording-key.ts';
import { SameBytes } from './same-bytes.ts';
import { sealingFor } from './sealing.ts';
import { RECORDING_STORE } from './stores.ts';

export type Upload = ConsultationRef & {
  readonly body: Readable;
  /** Called before its first byte is read. */
  readonly begin?: (() => void) | undefined;
  readonly mediaSessionId: string;
  readonly caller: Caller;
  readonly contentType: string;
  readonly declaredBytes?: number | undefined;
  /** Hex. */
  readonly expectedSha256?: string | undefined;
  /** What the sender says; what the container says wins. */
  readonly durationSeconds?: number | undefined;
  readonly signal: AbortSignal;
  /** The bytes are those of one state of an object that another store vouches for: no digest of the sender's is needed. */
  readonly isPinned?: boolean;
  /** False where its times show that the recorder ran outside of the media session. */
  readonly isOfSession?: boolean | undefined;
};

export type RecordingAnswer = {
  readonly recordingId: string;
  readonly consultationId: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly contentType: string;
  readonly durationSeconds: number | null;
  /** As it was stored: one that cannot show that it belongs here is kept from all viewers until compliance has decided. */
  readonly state: 'available' | 'quarantined';
  readonly truncated: boolean;
  readonly revision: number;
};

/** A sender may be slow for as long as a call takes to pick up again. */
const PACE_MS = 30_000;

/** A recording that is filed, as its recorder and its claimant are answered. */
export const recordingAnswer = (
  { recordingId, sha256, bytes, contentType, durationSeconds, truncated, state }: Recording,
  consultationId: string,
  revision: number,
): RecordingAnswer => ({
  ...{ recordingId, consultationId, sha256, bytes, contentType, durationSeconds, truncated },
  state: state === 'available' ? 'available' : 'quarantined',
  revision,
});

/** Takes recordings in: the object first, the event second, so that no event ever speaks of bytes that are not there. */
@Injectable()
export class Uploads {
  private readonly logger = new Logger(Uploads.name);
  /** How many uploads each caller has under way on this instance. */
  private readonly underWay = new Map<string, number>();

  constructor(
    private readonly ledger: Ledger,
    private readonly patients: Patients,
    private readonly sessions: Sessions,
    private readonly sameBytes: SameBytes,
    private readonly descriptors: Descriptors,
    private readonly keys: KeyRing,
    @Inject(RECORDING_STORE) private readonly objects: ObjectStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @throws TooManyUploads, DigestMissing, RecordingStoreUnavailable, ConsultationNotFound, NotTheRecorder, ConsentMissing, KeysUnavailable,
   * KeysDestroyed before a byte is read; what `ingest` throws, with nothing stored
   */
  async take(upload: Upload, cause: Cause): Promise<RecordingAnswer> {
    const { caller } = upload;
    const callerId = cause.actor.id;
    const { uploadsPerCaller, uploadsPerService, digestRequired } = this.config.recordings;
    if (caller === 'service' && digestRequired && upload.expectedSha256 === undefined && !upload.isPinned)
      throw new DigestMissing();
    const most = caller === 'service' ? uploadsPerService : uploadsPerCaller;
    const others = this.underWay.get(callerId) ?? 0;
    if (others >= most) throw new TooManyUploads(most);
    this.underWay.set(callerId, others + 1);
    try {
      return await this.store(upload, cause);
    } finally {
      const left = (this.underWay.get(callerId) ?? 1) - 1;
      if (left > 0) this.underWay.set(callerId, left);
      else this.underWay.delete(callerId);
    }
  }

  private async store(upload: Upload, cause: Cause): Promise<RecordingAnswer> {
    const { patientId, consultationId, mediaSessionId, caller, isOfSession } = upload;
    await this.descriptors.requireFree();
    recordableFor((await this.patients.known(patientId)).state.ledger, upload, caller);

    const recordingId = uuidv7();
    const owner = { patientId, recordingId };
    const sealed = await sealingFor(this.keys.sealing, owner);
    const key = storedAs(owner, sealed && sealIdOf(sealed.sealing.head));
    const { maxBytes, idleTimeoutMs, leastBytesPerSecond } = this.config.recordings;
    const taken = await ingest(upload.body, {
      store: this.objects,
      ...{ owner, sealing: sealed?.sealing },
      ...{ maxBytes, idleTimeoutMs },
      leastRate: leastBytesPerSecond === 0 ? undefined : { bytesPerSecond: leastBytesPerSecond, overMs: PACE_MS },
      claimedType: upload.contentType,
      signal: upload.signal,
      begin: upload.begin,
      ...(upload.declaredBytes !== undefined && { declaredBytes: upload.declaredBytes }),
      ...(upload.expectedSha256 !== undefined && { expectedSha256: upload.expectedSha256 }),
    });
    const { sha256, bytes, contentType } = taken;
    const chunks = taken.chunks && { bytes: taken.chunks.bytes, sha256: taken.chunks.hashes.toString('base64') };
    const durationSeconds = taken.durationSeconds ?? upload.durationSeconds ?? null;
    const data = {
      patientId,
      consultationId,
      recordingId,
      mediaSessionId,
      sha256,
      bytes,
      contentType,
      durationSeconds,
      ...(taken.truncated && { truncated: taken.truncated }),
      // No recording is empty; if one were, it would have no chunks.
      ...(bytes > 0 && chunks && { chunks }),
      ...(sealed && { sealed: sealed.told() }),
    };

    const handled = await Promise.all([this.sessionOwner(upload, cause), this.areAnothers(upload, sha256, cause)])
      .then(([sessionOwner, isAnothers]) =>
        this.ledger.handle(
          this.patients.folds,
          patientStreams.of(patientId),
          ({ ledger }) => storeRecording(ledger, { ...data, caller, sessionOwner, isOfSession, isAnothers }),
          withBody(cause, sha256),
        ),
      )
      .catch(async (error: unknown) => {
        // Without an answer from the store the event may be there, and must not lose its object; the orphan sweep asks later.
        if (!(error instanceof LedgerUnavailable)) await this.discard(key, cause);
        throw error;
      });
    const first = handled.events.find((event) => event.type === 'RecordingStored')?.data;
    const filed = handled.state.ledger.consultations.get(consultationId)?.recordings;
    const stored = (first && filed?.get(first.recordingId)) ?? filedAlready(handled.state.ledger, data);
    if (!stored) throw new Error(`recording ${recordingId} is not among those of its consultation`);
    if (stored.recordingId !== recordingId) await this.discard(key, cause);
    return recordingAnswer(stored, consultationId, handled.revision);
  }

  /**
   * Whose media session was recorded. One that was joined before sessions were bound belongs to the first that files a recording of it,
   * or joins it again.
   */
  private async sessionOwner(
    { patientId, consultationId, mediaSessionId }: Upload,
    cause: Cause,
  ): Promise<SessionOwner | undefined> {
    const joined = ({ ledger }: PatientState) => ledger.consultations.get(consultationId)?.sessions.has(mediaSessionId);
    const known = joined((await this.patients.known(patientId)).state);
    // On another instance a moment ago, perhaps.
    if (!known && !joined((await this.patients.folds.refresh(patientStreams.of(patientId))).state)) return undefined;
    return this.sessions.bind(mediaSessionId, { patientId, consultationId }, cause);
  }

  private areAnothers(upload: Upload, sha256: string, cause: Cause): Promise<boolean> {
    return this.config.recordings.sameBytes === 'keep'
      ? Promise.resolve(false)
      : this.sameBytes.areAnothers(sha256, upload, cause);
  }

  private async discard(key: ObjectKey, cause: Cause): Promise<void> {
    await this.objects.delete(key).catch((error: unknown) => {
      this.logger.warn(`an unused object stays until the next sweep: ${String(error)}`, forRequest(cause));
    });
  }
}

/** The same Idempotency-Key with other bytes is another request. */
const withBody = ({ idempotency, ...cause }: Cause, sha256: string): Cause => ({
  ...cause,
  ...(idempotency && { idempotency: { key: idempotency.key, request: [idempotency.request, sha256] } }),
});
