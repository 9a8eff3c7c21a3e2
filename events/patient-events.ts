import { z } from 'zod';
import type { EventOf } from './event.ts';
import { SealedObject, sealed } from './sealed.ts';
import {
  GuestCapacity,
  Id,
  Medium,
  MissedBy,
  ProviderId,
  Purpose,
  REASON_MAX,
  ReasonCode,
  ReleaseMode,
  Sha256Hex,
  UtcTime,
  ViewSource,
} from './values.ts';

const consultation = { patientId: Id, consultationId: Id };
/** Who is in which call, and on which of their devices; without one, on the only one they name none of. */
const presence = { personId: Id, mediaSessionId: ProviderId, deviceId: ProviderId.optional() };
/** Two ids of one person. `patientId`, whose stream it is on, is one of them. */
const merge = { patientId: Id, mergedPatientId: Id, survivingPatientId: Id };
const recording = { ...consultation, recordingId: Id };
/** How the object of a recording is sealed, under the patient's key. */
const sealedRecording = SealedObject.extend({
  /** The SHA-256 of the object as it lies in the store, by which it is compared without its key. */
  sha256: Sha256Hex,
});
const schedule = { scheduledStart: UtcTime, scheduledEnd: UtcTime };

/** Everything that happens to one patient's consultations, on `patient-<patientId>`. */
export const patientEvents = {
  ConsultationBooked: z.object({ ...consultation, clinicianId: Id, ...schedule, medium: Medium }),
  ConsultationRescheduled: z.object({ ...consultation, ...schedule }),
  ConsultationCancelled: z.object({ ...consultation, reasonCode: ReasonCode }),
  ParticipantInvited: z.object({ ...consultation, personId: Id, capacity: GuestCapacity }),
  ParticipantRemoved: z.object({ ...consultation, personId: Id }),
  ConsultationJoined: z.object({ ...consultation, ...presence }),
  ConsultationLeft: z.object({ ...consultation, ...presence }),
  ConsultationCompleted: z.object({ ...consultation }),
  /** The patient or the booked clinician did not come. */
  ConsultationMissed: z.object({ ...consultation, by: MissedBy }),
  RecordingConsentGiven: z.object({ ...consultation, personId: Id }),
  RecordingConsentWithdrawn: z.object({ ...consultation, personId: Id }),
  RecordingStored: z.object({
    ...recording,
    mediaSessionId: ProviderId,
    sha256: Sha256Hex,
    bytes: z.int().nonnegative(),
    contentType: z.string().regex(/^(video|audio)\/[\w.+-]{1,64}$/),
    durationSeconds: z.number().nonnegative().nullable(),
    /** Its container says that bytes are missing at its end. */
    truncated: z.literal(true).optional(),
    /** What each piece of the object must hash to, so that any range of it is proved before it leaves. Missing in older events. */
    chunks: z
      .object({
        /** Length of every chunk but the last. */
        bytes: z.int().positive(),
        /** The SHA-256 of each chunk in order, 32 bytes each, joined, in base64. */
        sha256: z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/),
      })
      .optional(),
    /** In place of `chunks`: each piece of a sealed object proves itself. Missing where the bytes are stored in clear. */
    sealed: sealedRecording.optional(),
  }),
  /** Its bytes, which were stored in clear or under another key, are sealed from here on. */
  RecordingResealed: z.object({ ...recording, sealed: sealedRecording }),
  RecordingQuarantined: z.object({ ...recording, reason: ReasonCode }),
  RecordingReleased: z.object({ ...recording, reason: ReasonCode }),
  RecordingErased: z.object({ ...recording, reason: ReasonCode }),
  /** A person of the desk may watch it for a review, until then and under both keys. */
  ReviewerAssigned: z.object({ ...recording, reviewerId: Id, reason: ReasonCode, until: UtcTime }),
  RecordingViewed: z.object({
    ...recording,
    viewId: Id,
    viewerId: Id,
    viewerRoles: z.array(z.string()),
    purpose: Purpose,
    source: ViewSource,
    /** The clinician's justification of an emergency view. */
    reason: sealed(z.string().max(REASON_MAX), 'patientId').optional(),
    /** When a witnessed view happened, if it is reported late. */
    occurredAt: UtcTime.optional(),
    /** The first report of the same consultation, recording and viewer, where neither says when it happened: they are one breach. */
    sameAs: Id.optional(),
    /** A mediated view may be played until then, or later while it is in use. */
    expiresAt: UtcTime.optional(),
    /** Each use extends it by that long, up to `endsAt`. Missing in older events, which end at `expiresAt`. */
    idleSeconds: z.int().positive().optional(),
    endsAt: UtcTime.optional(),
    /** Which keys a mediated view needed before its first byte, so that its judge need not know how the app is configured. */
    releaseMode: ReleaseMode.optional(),
  }),
  RecordingViewRefused: z.object({
    ...recording,
    viewId: Id,
    viewerId: Id,
    viewerRoles: z.array(z.string()),
    purpose: Purpose,
    reasonCode: ReasonCode,
  }),
  /** Asked for the content of a view that is not theirs, or not theirs any more: once for each view, caller and reason. */
  RecordingContentRefused: z.object({
    ...recording,
    viewId: Id,
    /** Who asked; not whose view it is. */
    viewerId: Id,
    reasonCode: ReasonCode,
  }),
  /** Before the first byte of a transfer: at most this range can have left until its RecordingPlayed says how much did. */
  RecordingTransferBegan: z.object({
    ...recording,
    viewId: Id,
    viewerId: Id,
    transferId: Id,
    /** Inclusive positions in the recording. */
    range: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
  }),
  RecordingPlayed: z.object({
    ...recording,
    viewId: Id,
    viewerId: Id,
    /** Of its RecordingTransferBegan; older events have none. */
    transferId: Id.optional(),
    bytesServed: z.int().nonnegative(),
    /** Inclusive byte ranges that left, in the order they were served. */
    ranges: z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()])),
    /** `redirected`: the viewer was sent to the store itself, so what of it left is not known and `bytesServed` is 0. */
    outcome: z.enum(['completed', 'disconnected', 'cut', 'corrupt', 'failed', 'redirected']),
  }),
  /**
   * On the stream of the merged id: from now on the surviving id is the patient here, too. On that of the surviving id: where to look for
   * more of theirs; it gives no access by itself. Nothing is moved.
   */
  PatientsMerged: z.object(merge),
  /** They are two people, or so it is thought now. */
  PatientsUnmerged: z.object({ ...merge, reason: ReasonCode }),
  /** From here on nothing of theirs is played, filed or sealed, and nothing is booked for them, whatever else is there. */
  PatientErased: z.object({ patientId: Id, erasureId: Id }),
};

export type PatientEvent = EventOf<typeof patientEvents>;
