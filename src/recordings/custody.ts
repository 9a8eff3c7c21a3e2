import { Inject, Injectable, Logger } from '@nestjs/common';
import { patientStreams } from '../../events/categories.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { Clock } from '../clock.ts';
import type { PatientLedger, RecordingState } from '../consultations/evolve.ts';
import { type PatientState, Patients } from '../consultations/patients.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { forRequest } from '../telemetry/logger.ts';
import {
  assignReviewer,
  type CustodyOf,
  erasePatient,
  eraseRecording,
  quarantineRecording,
  type ReviewOf,
  releaseRecording,
} from './decide.ts';
import { recordingsOf, sealIdIn, storedAs } from './recording-key.ts';
import { RECORDING_STORE } from './stores.ts';

export type CustodyAnswer = {
  readonly recordingId: string;
  readonly consultationId: string;
  readonly state: RecordingState;
  readonly revision: number;
};

export type ReviewAnswer = Omit<CustodyAnswer, 'state'> & { readonly reviewerId: string; readonly until: string };

export type ErasureAnswer = CustodyAnswer & { readonly objectRemoved: boolean };

/** The erasure is decided by then; its answer does not wait for a store that is silent. */
const REMOVAL_WAIT_MS = 5_000;

/** What becomes of a recording after it was stored. Each takes effect at once, also on transfers under way (`Cuts`). */
@Injectable()
export class Custody {
  private readonly logger = new Logger(Custody.name);

  constructor(
    private readonly ledger: Ledger,
    private readonly patients: Patients,
    private readonly clock: Clock,
    @Inject(RECORDING_STORE) private readonly store: ObjectStore,
  ) {}

  /** @throws RecordingNotFound, RecordingIsErased, LedgerUnavailable, RevisionMismatch */
  async quarantine(recording: CustodyOf, cause: Cause, ifMatch?: number): Promise<CustodyAnswer> {
    return (await this.change(recording, quarantineRecording, cause, ifMatch)).answer;
  }

  /** @throws RecordingNotFound, RecordingIsErased, OwnCase, LedgerUnavailable, RevisionMismatch */
  async release(recording: CustodyOf, cause: Cause, ifMatch?: number): Promise<CustodyAnswer> {
    const decide = (patient: PatientLedger) => releaseRecording(patient, recording, cause.actor.id);
    return (await this.change(recording, decide, cause, ifMatch)).answer;
  }

  /** @throws RecordingNotFound, RecordingIsErased, OwnCase, ReviewRefused, LedgerUnavailable, RevisionMismatch */
  async assign({ reviewerId, until, ...recording }: ReviewOf, cause: Cause, ifMatch?: number): Promise<ReviewAnswer> {
    const asked = { by: cause.actor.id, now: this.clock.now() };
    const decide = (patient: PatientLedger) => assignReviewer(patient, { ...recording, reviewerId, until }, asked);
    const { answer } = await this.change(recording, decide, cause, ifMatch);
    const { recordingId, consultationId, revision } = answer;
    return { recordingId, consultationId, reviewerId, until, revision };
  }

  /**
   * The event first, so that from then on no viewer is sent a byte; then the object. Asked again for an erased recording it tries to
   * remove the object again.
   * @returns `objectRemoved` is false when the store could not be asked; the housekeeping keeps trying
   * @throws RecordingNotFound, LedgerUnavailable, RevisionMismatch
   */
  async erase(recording: CustodyOf, cause: Cause, ifMatch?: number): Promise<ErasureAnswer> {
    const { sealId, answer } = await this.change(recording, eraseRecording, cause, ifMatch);
    const objectRemoved = await this.store
      .delete(storedAs(recording, sealId), AbortSignal.timeout(REMOVAL_WAIT_MS))
      .then(
        () => true,
        (error: unknown) => {
          this.logger.warn(
            `the object of erased recording ${recording.recordingId} stays until the next sweep: ${error}`,
            forRequest(cause),
          );
          return false;
        },
      );
    return { ...answer, objectRemoved };
  }

  /**
   * Every recording of a patient at once, and all that is filed or booked for them later: in the ledger, before anything of it is destroyed.
   * @returns every recording that they ever had, and the key that its last object is sealed under; undefined for one in clear
   * @throws LedgerUnavailable
   */
  async erasePatient(
    ids: { readonly patientId: string; readonly erasureId: string },
    cause: Cause,
  ): Promise<readonly { readonly recordingId: string; readonly keyId: string | undefined }[]> {
    const stream = patientStreams.of(ids.patientId);
    const decide = ({ ledger }: PatientState) => erasePatient(ledger, ids);
    for (;;) {
      const { state, events } = await this.ledger.handle(this.patients.folds, stream, decide, cause);
      if (events.length > 0) continue;
      return [...state.ledger.consultations.values()].flatMap(({ recordings }) =>
        [...recordings.values()].map(({ recordingId, sealed }) => ({ recordingId, keyId: sealed?.keyId })),
      );
    }
  }

  /** Every object of a patient, whatever it is of: also what an upload left that found them erased. @throws RecordingStoreUnavailable */
  async removeObjects(patientId: string, signal?: AbortSignal): Promise<number> {
    let removed = 0;
    for await (const page of this.store.list(signal, recordingsOf(patientId)))
      for (const { key } of page) {
        await this.store.delete(key, signal);
        removed += 1;
      }
    return removed;
  }

  private async change(
    recording: CustodyOf,
    decide: (patient: PatientLedger, recording: CustodyOf) => readonly PatientEvent[],
    cause: Cause,
    ifMatch: number | undefined,
  ): Promise<{ readonly answer: CustodyAnswer; readonly sealId: string | undefined }> {
    const { patientId, consultationId, recordingId } = recording;
    const { state, revision } = await this.ledger.handle(
      this.patients.folds,
      patientStreams.of(patientId),
      ({ ledger }) => decide(ledger, recording),
      cause,
      { ifMatch },
    );
    const kept = state.ledger.consultations.get(consultationId)?.recordings.get(recordingId);
    return {
      answer: { recordingId, consultationId, state: kept?.state ?? 'erased', revision },
      sealId: sealIdIn(kept?.sealed),
    };
  }
}
