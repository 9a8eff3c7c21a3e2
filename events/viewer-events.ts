import { z } from 'zod';
import type { EventOf } from './event.ts';
import { sealed } from './sealed.ts';
import { Id, Purpose, REASON_MAX, ReasonCode, Severity, Sha256Hex, UtcTime, ViewSource } from './values.ts';

const view = {
  viewerId: Id,
  viewId: Id,
  patientId: Id,
  consultationId: Id,
  recordingId: Id,
  /** The revision of the RecordingViewed on the patient's stream that was judged. */
  viewRevision: z.int().nonnegative(),
  source: ViewSource,
  purpose: Purpose,
  /** As the view has them. */
  expiresAt: UtcTime.optional(),
  idleSeconds: z.int().positive().optional(),
  endsAt: UtcTime.optional(),
};

/** The verdict on every view by a person and the lists shown to them, on `viewer-<viewerId>`. */
export const viewerEvents = {
  ViewCleared: z.object(view),
  ViewFlagged: z.object({
    ...view,
    severity: Severity,
    rule: ReasonCode,
    /** Whether it may be played all the same: a declared emergency is reviewed, not withheld. */
    released: z.boolean(),
  }),
  ViewRevoked: z.object({ viewerId: Id, viewId: Id, reason: ReasonCode }),
  ConsultationsListed: z.object({
    viewerId: Id,
    /** Patient, consultation and recording ids that the answer showed. */
    shown: z.array(z.object({ patientId: Id, consultationId: Id, recordingIds: z.array(Id) })),
    /** SHA-256 of `shown`, so that an answer that shows the same is recorded once for each release. */
    digest: Sha256Hex,
  }),
  /** A response, a message or bytes were stopped on their way to this person: by the guard, which shares nothing with what made them. */
  EgressPrevented: z.object({
    viewerId: Id,
    patientId: Id.optional(),
    consultationId: Id.optional(),
    recordingId: Id.optional(),
    route: z.string().max(200),
    /** Why; older events mean `not-theirs`. */
    reason: ReasonCode.optional(),
  }),
  /** A service reported a view in a consultation that the ledger does not know. */
  ViewReported: z.object({
    viewerId: Id,
    viewId: Id,
    patientId: Id,
    consultationId: Id,
    recordingId: Id,
    viewerRoles: z.array(z.string()),
    purpose: Purpose,
    reason: sealed(z.string().max(REASON_MAX), 'patientId').optional(),
    occurredAt: UtcTime.optional(),
    /** As in RecordingViewed. */
    sameAs: Id.optional(),
  }),
  /** One person asked for so much that is not theirs, or not there, that they are looking for ids. */
  ProbingDetected: z.object({
    viewerId: Id,
    /** Which threshold was passed. */
    kind: z.enum(['patients', 'misses']),
    count: z.int().positive(),
    windowSeconds: z.int().positive(),
  }),
  ViewerSuspended: z.object({ viewerId: Id, reason: ReasonCode }),
  ViewerReinstated: z.object({ viewerId: Id, reason: ReasonCode }),
};

export type ViewerEvent = EventOf<typeof viewerEvents>;
