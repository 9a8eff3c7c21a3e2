import type { BreachEvent } from '../events/breach-events.ts';
import { breachStreams } from '../events/categories.ts';
import type { Recorded } from '../events/event.ts';
import type { Purpose, Severity, ViewSource } from '../events/values.ts';
import { type Breach, type BreachStatus, evolveBreach } from './breach.ts';
import { projection } from './projection.ts';

/** A breach as the desk sees it. Times are the store's record times; a breach without a view has null in the fields about a view. */
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
  /** The bytes that left under the view; null while the ledger cannot tell: a transfer with no recorded end, a view served elsewhere. */
  readonly bytesServed: number | null;
  /** No more than that can have left; null where not even the size of the recording is known. */
  readonly bytesServedAtMost: number | null;
  readonly viewedAt: string | null;
  readonly flaggedAt: string;
  readonly acknowledgedAt?: string;
  readonly containedAt?: string;
  readonly patientNotifiedAt?: string;
  readonly regulatorNotifiedAt?: string;
  readonly closedAt?: string;
  readonly appVersion: string;
  /** The release of the app that asked, where it said so. */
  readonly clientRelease?: string;
  /** The drill that made it happen: it is no breach of any person's data. */
  readonly drillId?: string;
  /** The steps that were taken on it, by whom, in order. */
  readonly steps: readonly BreachStepTaken[];
};

export type BreachStepTaken = {
  /** The stored type. */
  readonly type: string;
  readonly at: string;
  readonly actor: { readonly id: string; readonly roles: readonly string[] };
  readonly reason?: string;
};

/** An item with the state that the desk is not shown: its revision in its stream, and what folding the next event needs. */
export type TrackedBreach = {
  readonly item: BreachItem;
  readonly state: Breach;
  readonly revision: number;
  readonly onCallNotified: boolean;
  readonly served: Served;
};

/** Transfers under the view. Each is counted once, by its id: its beginning and its end come in any order, and more than once. */
type Served = {
  /** Of the transfers that ended. */
  readonly bytes: number;
  readonly ended: readonly string[];
  /** Transfers whose end is not on record, with the most that can have left under each. */
  readonly open: readonly { readonly transferId: string; readonly atMost: number }[];
};

const nothingServed: Served = { bytes: 0, ended: [], open: [] };

/** The breach after one more event of its stream; an event that was folded already changes nothing. */
export function track(tracked: TrackedBreach | undefined, event: Recorded<BreachEvent>): TrackedBreach | undefined {
  if (tracked && event.revision <= tracked.revision) return tracked;
  const state = evolveBreach(tracked?.state, event);
  if (!state) return undefined;
  const base = tracked ?? begin(event, state);
  if (!base) return undefined;
  const served = serve(base.served, event);
  const counted = served === base.served ? base.item : { ...base.item, ...bytesOf(base.item, served) };
  const steps = taken(counted.steps, event);
  const { status, resolution } = state;
  return {
    // Each step is shown, and whatever else changes an item is one.
    item:
      steps === counted.steps
        ? counted
        : { ...counted, ...times(event), steps, status, ...(resolution && { resolution }) },
    state,
    revision: event.revision,
    onCallNotified: base.onCallNotified || event.type === 'OnCallNotified',
    served,
  };
}

const begin = (
  { type, data, revision, recordedAt }: Recorded<BreachEvent>,
  state: Breach,
): TrackedBreach | undefined => {
  if (type !== 'BreachFlagged') return undefined;
  const { recordingId = null, viewerId = null, purpose = null, source = null, viewedAt = null } = data;
  const {
    breachId,
    severity,
    rule,
    patientId = null,
    consultationId = null,
    contentReleased,
    appVersion,
    clientRelease,
    drillId,
  } = data;
  const subject = { patientId, consultationId, recordingId, viewerId, purpose, source };
  const item: BreachItem = {
    ...{ breachId, status: state.status, severity, rule, ...subject, contentReleased },
    ...bytesOf({ source }, nothingServed),
    viewedAt,
    flaggedAt: recordedAt,
    appVersion,
    ...(clientRelease !== undefined && { clientRelease }),
    ...(drillId !== undefined && { drillId }),
    steps: [],
  };
  return { item, state, revision, onCallNotified: false, served: nothingServed };
};

const serve = (served: Served, { type, data }: Recorded<BreachEvent>): Served => {
  const { bytes, ended, open } = served;
  if (type === 'BreachTransferBegan') {
    const { transferId, atMost } = data;
    return ended.includes(transferId)
      ? served
      : { ...served, open: [...open.filter((one) => one.transferId !== transferId), { transferId, atMost }] };
  }
  if (type !== 'BreachBytesServed') return served;
  const { transferId, bytesServed } = data;
  if (transferId === undefined) return { ...served, bytes: bytes + bytesServed };
  if (ended.includes(transferId)) return served;
  return {
    bytes: bytes + bytesServed,
    ended: [...ended, transferId],
    open: open.filter((one) => one.transferId !== transferId),
  };
};

const bytesOf = (
  { source }: Pick<BreachItem, 'source'>,
  { bytes, open }: Served,
): Pick<BreachItem, 'bytesServed' | 'bytesServedAtMost'> => {
  const elsewhere = source === 'witnessed';
  const isUnknown = elsewhere || open.length > 0;
  // Of a view elsewhere the size of the recording is noted as a transfer that never ends.
  if (elsewhere && open.length === 0) return { bytesServed: null, bytesServedAtMost: null };
  const atMost = open.reduce((sum, { atMost: most }) => sum + most, bytes);
  return { bytesServed: isUnknown ? null : bytes, bytesServedAtMost: atMost };
};

/** Who read the justification is shown once for each reader: the desk may look as often as it likes. */
const taken = (steps: BreachItem['steps'], event: Recorded<BreachEvent>): BreachItem['steps'] => {
  const { type, data, recordedAt, metadata } = event;
  const { id, roles } = metadata.actor;
  switch (type) {
    case 'BreachFlagged':
    case 'BreachTransferBegan':
    case 'BreachBytesServed':
    case 'OnCallNotified':
      return steps;
    case 'JustificationRead':
      if (steps.some((step) => step.type === type && step.actor.id === id)) return steps;
      return [...steps, { type, at: recordedAt, actor: { id, roles } }];
    default:
      return [...steps, { type, at: recordedAt, actor: { id, roles }, ...(data.reason && { reason: data.reason }) }];
  }
};

const times = ({ type, recordedAt }: Recorded<BreachEvent>): Partial<BreachItem> => {
  switch (type) {
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

/** Every breach, on the shelf of its status. */
export const breachBoard = projection({
  name: 'breach-board-v1',
  categories: [breachStreams],
  initial: (): TrackedBreach | undefined => undefined,
  shelfOf: ({ item }: TrackedBreach) => item.status,
  on: {
    BreachFlagged: track,
    BreachTransferBegan: track,
    BreachBytesServed: track,
    JustificationRead: track,
    OnCallNotified: track,
    BreachAcknowledged: track,
    BreachContained: track,
    BreachDismissed: track,
    PatientNotified: track,
    RegulatorNotified: track,
    BreachClosed: track,
  },
  ignores: [],
});
