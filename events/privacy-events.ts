import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id, UtcTime } from './values.ts';

/** Whose investigation, or whose safety, accesses are kept from a patient for (45 CFR 164.528(a)(2)(i); EHDS Art. 9(3)). */
export const HoldReason = z.enum(['law-enforcement', 'health-oversight', 'vital-interests']);
/** How the hold was asked for: the law bounds a hold by word of mouth (45 CFR 164.528(a)(2)(ii)). */
export const HoldRequest = z.enum(['oral', 'written']);

export type HoldReason = z.infer<typeof HoldReason>;
export type HoldRequest = z.infer<typeof HoldRequest>;

const hold = { patientId: Id, holdId: Id };

/**
 * What a patient chose to be told of, and the holds that keep accesses from them for a while, on `privacy-<patientId>`. Apart from the
 * patient's own stream, whose revisions the patient sees: a hold would be told by them.
 */
export const privacyEvents = {
  /** The patient wants to be told at once of each access to their recordings, or not any more. */
  AccessNotificationsChosen: z.object({ patientId: Id, notify: z.boolean() }),
  /** Until then accesses are neither listed for the patient nor told to them: of one viewer, or of everyone but the patient. */
  AccessHoldPlaced: z.object({
    ...hold,
    reason: HoldReason,
    request: HoldRequest,
    viewerId: Id.optional(),
    until: UtcTime,
  }),
  /** The hold ended before its time. */
  AccessHoldLifted: z.object(hold),
};

export type PrivacyEvent = EventOf<typeof privacyEvents>;
