import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id, Purpose, ReasonCode, Severity, UtcTime, ViewSource } from './values.ts';

const breach = { breachId: Id };
const incident = {
  ...breach,
  severity: Severity,
  rule: ReasonCode,
  patientId: Id,
  consultationId: Id,
  recordingId: Id,
  viewerId: Id,
  purpose: Purpose,
  source: ViewSource,
  viewedAt: UtcTime,
  appVersion: z.string(),
};

/** One incident for each flagged view, on `breach-<viewId>`: from the flag to its close. */
export const breachEvents = {
  BreachFlagged: z.object({
    ...incident,
    /** Whether bytes may leave, or (a witnessed view) may have left, under this view. */
    contentReleased: z.boolean(),
  }),
  OnCallNotified: z.object({ ...breach, channel: Id }),
  BreachAcknowledged: z.object(breach),
  BreachContained: z.object(breach),
  BreachDismissed: z.object({ ...breach, reason: ReasonCode }),
  PatientNotified: z.object(breach),
  RegulatorNotified: z.object(breach),
  BreachClosed: z.object(breach),
};

export type BreachEvent = EventOf<typeof breachEvents>;
