import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id, ReasonCode, Sha256Hex, UtcTime } from './values.ts';

const erasure = { erasureId: Id, patientId: Id };

/** One erasure of one patient (GDPR, Art. 17), on `erasure-<erasureId>`: from the request to its certificate. Times are the writer's. */
export const erasureEvents = {
  SubjectErasureRequested: z.object({ ...erasure, reason: ReasonCode, requestedBy: Id, at: UtcTime }),
  /** A second officer let it happen; until `beginsAt` it can be cancelled. */
  SubjectErasureApproved: z.object({ ...erasure, approvedBy: Id, at: UtcTime, beginsAt: UtcTime }),
  SubjectErasureCancelled: z.object({ ...erasure, cancelledBy: Id, reason: ReasonCode, at: UtcTime }),
  /** It cannot be cancelled any more. `PatientErased` on the patient's stream follows, and from there on nothing of theirs is played. */
  SubjectErasureBegun: z.object({ ...erasure, at: UtcTime }),
  /** No key of the patient is left, and no object. */
  SubjectErased: z.object({
    ...erasure,
    /** Every key of theirs that was destroyed. */
    keyIds: z.array(Id),
    /** Every recording that was ever stored for them, and whether its last object was sealed. */
    recordings: z.array(z.object({ recordingId: Id, sealed: z.boolean() })),
    at: UtcTime,
    /** When the last back-up of keys that can hold one of theirs is to be gone. */
    keyBackupsUntil: UtcTime,
    /** SHA-256 of the certificate: of its other fields as JSON, in their order. */
    digest: Sha256Hex,
  }),
};

export type ErasureEvent = EventOf<typeof erasureEvents>;
