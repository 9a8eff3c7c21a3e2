import type { PatientEvent } from '../../events/patient-events.ts';
import { OwnCase, RecordingIsErased } from '../access/errors.ts';
import { type Caller, consultationFor, isBoundTo, type SessionOwner } from '../consultations/decide.ts';
import { PatientIsErased, RecordingNotFound } from '../consultations/errors.ts';
import type { Consultation, PatientLedger, Recording } from '../consultations/evolve.ts';
import type { ConsultationRef, RecordingRef } from '../consultations/refs.ts';
import { ConsentMissing, NotTheRecorder, ReviewRefused } from './errors.ts';

type Of<T extends PatientEvent['type']> = Extract<PatientEvent, { type: T }>;

/** How many participants must have been in a media session for its recording to count as one of this consultation. */
const PEOPLE_IN_A_CONSULTATION = 2;

/** Why a stored recording is not available at once. */
export const PROVENANCE = 'provenance';
export const SAME_BYTES = 'same-bytes';

/**
 * The consultation, if the caller may file a recording with it now: services and the booked clinician, while the patient consents.
 * @throws ConsultationNotFound, PatientIsErased, NotTheRecorder, ConsentMissing
 */
export function recordableFor(patient: PatientLedger, target: ConsultationRef, caller: Caller): Consultation {
  const consultation = consultationFor(patient, target, caller);
  if (patient.erasedBy !== undefined) throw new PatientIsErased();
  if (caller !== 'service' && caller.personId !== consultation.clinicianId) throw new NotTheRecorder();
  if (!consultation.recordingConsent) throw new ConsentMissing();
  return consultation;
}

/**
 * Whether the recording belongs where it is filed: its media session is this very consultation's, and at least two participants joined it
 * while the consultation was open, the patient among them, or a guardian for them. A recording filed under the wrong patient has the
 * right viewers, so that no other check would notice.
 * @param owner whose session it is; undefined while no participant has joined it
 */
export const isOf = (consultation: Consultation, mediaSessionId: string, owner: SessionOwner | undefined): boolean => {
  const joined = [...(consultation.sessions.get(mediaSessionId)?.values() ?? [])];
  return (
    owner !== undefined &&
    isBoundTo(owner, consultation) &&
    joined.length >= PEOPLE_IN_A_CONSULTATION &&
    joined.some((capacity) => capacity === 'patient' || capacity === 'guardian')
  );
};

export type StoreRecording = Of<'RecordingStored'>['data'] & {
  readonly caller: Caller;
  readonly sessionOwner: SessionOwner | undefined;
  /** Whether the recorder ran while the media session did, where its times are known. */
  readonly isOfSession?: boolean | undefined;
  /** Whether the same bytes are filed with another patient. */
  readonly isAnothers?: boolean;
};

/** The recording of these bytes that is filed here already: a recorder that tries again sends no second one. */
export const filedAlready = (
  { consultations }: PatientLedger,
  { consultationId, sha256 }: Pick<StoreRecording, 'consultationId' | 'sha256'>,
): Recording | undefined =>
  [...(consultations.get(consultationId)?.recordings.values() ?? [])].find(
    (recording) => recording.sha256 === sha256 && recording.state !== 'erased',
  );

/** Whether a recording of these bytes was filed with the patient, and all of them are erased. */
export const wasErased = ({ consultations }: PatientLedger, sha256: string): boolean => {
  const same = [...consultations.values()]
    .flatMap(({ recordings }) => [...recordings.values()])
    .filter((recording) => recording.sha256 === sha256);
  return same.length > 0 && same.every(({ state }) => state === 'erased');
};

/**
 * A stored recording is recorded either way; one that cannot show where it belongs is quarantined in the same append. One that is there
 * already changes nothing.
 */
export function storeRecording(
  patient: PatientLedger,
  { caller, sessionOwner, isOfSession = true, isAnothers = false, ...data }: StoreRecording,
): (Of<'RecordingStored'> | Of<'RecordingQuarantined'>)[] {
  const consultation = recordableFor(patient, data, caller);
  if (filedAlready(patient, data)) return [];
  const { patientId, consultationId, recordingId } = data;
  const stored: Of<'RecordingStored'> = { type: 'RecordingStored', data };
  const belongs = isOfSession && isOf(consultation, data.mediaSessionId, sessionOwner);
  if (belongs && !isAnothers) return [stored];
  const reason = belongs ? SAME_BYTES : PROVENANCE;
  return [stored, { type: 'RecordingQuarantined', data: { patientId, consultationId, recordingId, reason } }];
}

/**
 * Puts a sealed object in the place of the one in clear. Of one that is erased or sealed already nothing changes: the object that was made is of no use then.
 * @throws RecordingNotFound
 */
export function resealRecording(
  patient: PatientLedger,
  data: Of<'RecordingResealed'>['data'],
): Of<'RecordingResealed'>[] {
  const { state, sealed } = filed(patient, data);
  return state === 'erased' || sealed !== undefined ? [] : [{ type: 'RecordingResealed', data }];
}

/** A recording, and why a step is taken with it. */
export type CustodyOf = RecordingRef & {
  /** A code, never a text. */
  readonly reason: string;
};

/** @throws RecordingNotFound unless this recording is filed in this consultation of this patient */
const filed = (patient: PatientLedger, { consultationId, recordingId }: RecordingRef): Recording => {
  const recording = patient.consultations.get(consultationId)?.recordings.get(recordingId);
  if (!recording) throw new RecordingNotFound();
  return recording;
};

/**
 * Keeps the recording from all viewers. Quarantining a quarantined recording changes nothing.
 * @throws RecordingNotFound, RecordingIsErased
 */
export function quarantineRecording(patient: PatientLedger, data: CustodyOf): Of<'RecordingQuarantined'>[] {
  const { state } = filed(patient, data);
  if (state === 'erased') throw new RecordingIsErased();
  return state === 'quarantined' ? [] : [{ type: 'RecordingQuarantined', data }];
}

/**
 * Ends a quarantine, whatever its reason: a person other than its uploader has reviewed it. Releasing an available recording changes nothing.
 * @param by who reviewed it
 * @throws RecordingNotFound, RecordingIsErased, OwnCase
 */
export function releaseRecording(patient: PatientLedger, data: CustodyOf, by: string): Of<'RecordingReleased'>[] {
  const { state, uploadedBy } = filed(patient, data);
  if (state === 'erased') throw new RecordingIsErased();
  if (by === uploadedBy) throw new OwnCase('a recording cannot be released by its uploader');
  return state === 'available' ? [] : [{ type: 'RecordingReleased', data }];
}

/** Far longer than a review takes, and over before anyone forgets it. */
const LONGEST_REVIEW_MS = 86_400_000;

export type ReviewOf = CustodyOf & { readonly reviewerId: string; readonly until: string };

/**
 * Lets a person of the desk watch the recording for a review: it takes both keys as ever, and ends at its time. The same again changes nothing.
 * @param by who assigns, for another person than themself
 * @throws RecordingNotFound, RecordingIsErased, OwnCase, ReviewRefused
 */
export function assignReviewer(
  patient: PatientLedger,
  data: ReviewOf,
  { by, now }: { readonly by: string; readonly now: number },
): Of<'ReviewerAssigned'>[] {
  const { state, reviewers } = filed(patient, data);
  if (by === data.reviewerId) throw new OwnCase('a reviewer is assigned by another person');
  const until = Date.parse(data.until);
  if (until <= now || until > now + LONGEST_REVIEW_MS) throw new ReviewRefused();
  if (state === 'erased') throw new RecordingIsErased();
  return reviewers.get(data.reviewerId) === data.until ? [] : [{ type: 'ReviewerAssigned', data }];
}

/**
 * For good: the bytes go, the ledger keeps that they were there and who saw them. Erasing an erased recording changes nothing.
 * @throws RecordingNotFound
 */
export function eraseRecording(patient: PatientLedger, data: CustodyOf): Of<'RecordingErased'>[] {
  return filed(patient, data).state === 'erased' ? [] : [{ type: 'RecordingErased', data }];
}

/** What one append may have: a recording's event is some hundred bytes, and a server takes a megabyte. */
const MOST_AN_APPEND = 1_000;
export const SUBJECT_ERASURE = 'subject-erasure';

/**
 * Erases the patient with each recording that is there: from then on both keys refuse all of them, and no further one is filed. Of more recordings than one
 * append takes, the first are erased before; decided again it gives the others, and nothing once it is done.
 */
export function erasePatient(
  patient: PatientLedger,
  { patientId, erasureId }: Of<'PatientErased'>['data'],
): (Of<'PatientErased'> | Of<'RecordingErased'>)[] {
  if (patient.erasedBy !== undefined) return [];
  const left = [...patient.consultations.values()].flatMap(({ consultationId, recordings }) =>
    [...recordings.values()]
      .filter(({ state }) => state !== 'erased')
      .map(({ recordingId }): Of<'RecordingErased'> => {
        const data = { patientId, consultationId, recordingId, reason: SUBJECT_ERASURE };
        return { type: 'RecordingErased', data };
      }),
  );
  if (left.length >= MOST_AN_APPEND) return left.slice(0, MOST_AN_APPEND);
  return [{ type: 'PatientErased', data: { patientId, erasureId } }, ...left];
}
