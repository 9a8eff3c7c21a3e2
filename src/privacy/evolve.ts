import type { Appended } from '../../events/event.ts';
import type { HoldReason, HoldRequest, PrivacyEvent } from '../../events/privacy-events.ts';
import { PersistentMap } from '../../projections/persistent.ts';

/** Accesses that are kept from a patient until a time, unless it is lifted. */
export type AccessHold = {
  readonly holdId: string;
  readonly reason: HoldReason;
  readonly request: HoldRequest;
  /** Whose accesses; without it those of everyone but the patient. */
  readonly viewerId?: string | undefined;
  /** ISO-8601 UTC. */
  readonly until: string;
  readonly placedBy: string;
  readonly liftedBy?: string;
};

/** What one patient chose, and the holds that keep accesses from them. */
export type PatientPrivacy = {
  /** Undefined until the patient chose. */
  readonly notify: boolean | undefined;
  /** In the order in which they were placed. */
  readonly holds: PersistentMap<string, AccessHold>;
};

export const noPrivacy = (): PatientPrivacy => ({ notify: undefined, holds: PersistentMap.empty() });

export const evolvePrivacy = (privacy: PatientPrivacy, event: Appended<PrivacyEvent>): PatientPrivacy => {
  const { holds } = privacy;
  switch (event.type) {
    case 'AccessNotificationsChosen':
      return { ...privacy, notify: event.data.notify };
    case 'AccessHoldPlaced': {
      const { patientId: _, ...hold } = event.data;
      return { ...privacy, holds: holds.with(hold.holdId, { ...hold, placedBy: event.metadata.actor.id }) };
    }
    case 'AccessHoldLifted': {
      const hold = holds.get(event.data.holdId);
      if (!hold) return privacy;
      return { ...privacy, holds: holds.with(hold.holdId, { ...hold, liftedBy: event.metadata.actor.id }) };
    }
  }
};
