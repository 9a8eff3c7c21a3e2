import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id, Purpose, ReasonCode, Severity, UtcTime, ViewSource } from './values.ts';

const breach = { breachId: Id };
const step = { ...breach, reason: ReasonCode.optional() };

/** One breach, on `breach-<breachId>`: from the flag to its close. The breachId of a flagged view is its viewId. */
export const breachEvents = {
  BreachFlagged: z.object({
    ...breach,
    severity: Severity,
    rule: ReasonCode,
    /** Missing where the patient is not known: a caller that the two keys disagree on, a person looking for ids. */
    patientId: Id.optional(),
    consultationId: Id.optional(),
    /** The release of this ledger under which it happened, not the one that noticed. */
    appVersion: z.string(),
    /** The release of the app that asked, where it said so. */
    clientRelease: z.string().optional(),
    /** Where the flagged view stands on the patient's stream. */
    viewRevision: z.int().nonnegative().optional(),
    recordingId: Id.optional(),
    /** Whose view it was; a breach without a view (a recording filed in the wrong place) has none of these. */
    viewerId: Id.optional(),
    purpose: Purpose.optional(),
    source: ViewSource.optional(),
    viewedAt: UtcTime.optional(),
    /** Whether bytes may leave, or (a witnessed view) may have left, under this view. */
    contentReleased: z.boolean(),
    /** The drill that made it happen. */
    drillId: Id.optional(),
  }),
  /** A transfer under the flagged view began: until its BreachBytesServed, up to so many bytes may have left. */
  BreachTransferBegan: z.object({ ...breach, transferId: Id, atMost: z.int().nonnegative() }),
  /** One transfer under the flagged view ended; the sum of these is what its viewer saw. */
  BreachBytesServed: z.object({ ...breach, bytesServed: z.int().nonnegative(), transferId: Id.optional() }),
  /** A member of on-call or compliance was shown the justification that the viewer gave. */
  JustificationRead: z.object({ ...breach, readerId: Id }),
  OnCallNotified: z.object({ ...breach, channel: Id }),
  BreachAcknowledged: z.object(step),
  BreachContained: z.object(step),
  BreachDismissed: z.object(step),
  PatientNotified: z.object(step),
  RegulatorNotified: z.object(step),
  BreachClosed: z.object(step),
};

export type BreachEvent = EventOf<typeof breachEvents>;
