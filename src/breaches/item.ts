import type { BreachEvent } from '../events/breach-events.ts';
import type { Recorded } from '../events/event.ts';
import type { Purpose, Severity, ViewSource } from '../events/values.ts';
import { type Breach, type BreachStatus, evolveBreach } from './evolve.ts';

/** An incident as the desk sees it. Times are the store's record times; an incident without a view has null for what is about the view. */
export type BreachItem = {
  readonly breachId: string;
  readonly status: BreachStatus;
  readonly resolution?: 'handled' | 'dismissed';
  readonly severity: Severity;
  readonly rule: string;
  readonly patientId: string | null;
  readonly consultationId: string | null;
  readonly recordingId: string | null;
  readonly viewerId: string | null;
  readonly purpose: Purpose | null;
  readonly source: ViewSource | null;
  readonly contentReleased: boolean;
  readonly bytesServed: number;
  readonly viewedAt: string | null;
  readonly flaggedAt: string;
  readonly acknowledgedAt?: string;
  readonly containedAt?: string;
  readonly patientNotifiedAt?: string;
  readonly regulatorNotifiedAt?: string;
  readonly closedAt?: string;
  readonly appVersion: string;
};

/** An item with what is not shown: where it stands in its stream, and what it takes to go on folding. */
export type TrackedBreach = {
  readonly item: BreachItem;
  readonly state: Breach;
  readonly revision: number;
  readonly onCallNotified: boolean;
};

/** The incident after one more event of its stream; an event that was folded already changes nothing. */
export function track(tracked: TrackedBreach | undefined, event: Recorded<BreachEvent>): TrackedBreach | undefined {
  if (tracked && event.revision <= tracked.revision) return tracked;
  const state = evolveBreach(tracked?.state, event);
  if (!state) return undefined;
  const base = tracked ?? begin(event, state);
  if (!base) return undefined;
  const { status, resolution } = state;
  return {
    item: { ...base.item, ...change(base.item, event), status, ...(resolution && { resolution }) },
    state,
    revision: event.revision,
    onCallNotified: base.onCallNotified || event.type === 'OnCallNotified',
  };
}

const begin = (
  { type, data, revision, recordedAt }: Recorded<BreachEvent>,
  state: Breach,
): TrackedBreach | undefined => {
  if (type !== 'BreachFlagged') return undefined;
  const { recordingId = null, viewerId = null, purpose = null, source = null, viewedAt = null } = data;
  const { breachId, severity, rule, patientId = null, consultationId = null, contentReleased, appVersion } = data;
  const subject = { patientId, consultationId, recordingId, viewerId, purpose, source };
  const item: BreachItem = {
    ...{ breachId, status: state.status, severity, rule, ...subject, contentReleased },
    bytesServed: 0,
    viewedAt,
    flaggedAt: recordedAt,
    appVersion,
  };
  return { item, state, revision, onCallNotified: false };
};

const change = (
  { bytesServed }: BreachItem,
  { type, data, recordedAt }: Recorded<BreachEvent>,
): Partial<BreachItem> => {
  switch (type) {
    case 'BreachBytesServed':
      return { bytesServed: bytesServed + data.bytesServed };
    case 'BreachAcknowledged':
      return { acknowledgedAt: recordedAt };
    case 'BreachContained':
      return { containedAt: recordedAt };
    case 'PatientNotified':
      return { patientNotifiedAt: recordedAt };
    case 'RegulatorNotified':
      return { regulatorNotifiedAt: recordedAt };
    case 'BreachDismissed':
    case 'BreachClosed':
      return { closedAt: recordedAt };
    default:
      return {};
  }
};
