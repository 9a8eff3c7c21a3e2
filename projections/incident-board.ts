import { incidentStreams } from '../events/categories.ts';
import type { Recorded } from '../events/event.ts';
import type { IncidentEvent, IncidentKind, Resolution } from '../events/incident-events.ts';
import type { Severity } from '../events/values.ts';
import { type IncidentStatus, isOver, statusAfter } from './incident.ts';
import { projection } from './projection.ts';

/** An incident as the desk's list shows it. Times are the store's record times, but for deadlines, which are what the policy said. */
export type IncidentItem = {
  readonly incidentId: string;
  readonly status: IncidentStatus;
  readonly severity: Severity;
  readonly kind: IncidentKind;
  readonly key: string;
  readonly openedAt: string;
  readonly drillId?: string;
  readonly reason?: string;
  readonly mergedInto?: string;
  readonly splitFrom?: string;
  readonly breaches: number;
  /** Patients whose data it is about. */
  readonly people: number;
  readonly viewers: number;
  /** The first of them. */
  readonly releases: readonly string[];
  readonly rules: readonly string[];
  readonly assigneeId?: string;
  readonly acknowledgedBy?: string;
  readonly acknowledgedAt?: string;
  readonly acknowledgedVia?: string;
  readonly nextEscalationAt?: string;
  /** How many steps of the policy were taken. */
  readonly escalations: number;
  readonly containedAt?: string;
  readonly closedAt?: string;
  readonly resolution?: Resolution;
  readonly clocksRanOut: readonly string[];
};

/** An item with its revision in its stream. */
export type TrackedIncident = { readonly item: IncidentItem; readonly revision: number };

const NAMED = 20;
const unescalated = ({ nextEscalationAt: _, ...item }: IncidentItem) => item;
const unacknowledged = ({ acknowledgedBy: _, acknowledgedAt: __, acknowledgedVia: ___, ...item }: IncidentItem) => item;
const unclosed = ({ closedAt: _, resolution: __, ...item }: IncidentItem) => item;
const among = (all: readonly string[], one: string) => (all.includes(one) || all.length >= NAMED ? all : [...all, one]);

/** The item after one more event of its stream. */
const itemAfter = (item: IncidentItem, event: Recorded<IncidentEvent>): IncidentItem => {
  const after = changed(item, event);
  const status = statusAfter(item.status, event);
  return status === after.status ? after : { ...after, status };
};

/** All of it but its status. */
const changed = (item: IncidentItem, { type, data, recordedAt }: Recorded<IncidentEvent>): IncidentItem => {
  switch (type) {
    case 'BreachAttached':
      return {
        ...item,
        breaches: item.breaches + 1,
        viewers: item.viewers + (data.newViewer ? 1 : 0),
        people: item.people + (data.newPatient ? 1 : 0),
        releases: among(item.releases, data.appVersion),
        rules: among(item.rules, data.rule),
      };
    case 'BreachDetached':
      return {
        ...item,
        breaches: item.breaches - 1,
        viewers: item.viewers - (data.lastOfViewer ? 1 : 0),
        people: item.people - (data.lastOfPatient ? 1 : 0),
      };
    case 'IncidentWidened':
      return { ...item, kind: data.kind, key: data.key };
    case 'IncidentMerged':
      return { ...unescalated(item), mergedInto: data.into };
    case 'SeverityRaised':
      return isOver(item) ? { ...item, severity: data.severity } : { ...unacknowledged(item), severity: data.severity };
    case 'IncidentEscalated':
      return {
        ...unescalated(item),
        escalations: item.escalations + 1,
        ...(data.deadline !== undefined && { nextEscalationAt: data.deadline }),
      };
    case 'IncidentAcknowledged':
      return {
        ...unescalated(item),
        ...{ acknowledgedBy: data.by, acknowledgedAt: recordedAt, acknowledgedVia: data.via },
      };
    case 'IncidentAssigned':
      return { ...item, assigneeId: data.assigneeId };
    case 'ContainmentTaken':
      return { ...item, containedAt: item.containedAt ?? recordedAt };
    case 'ClockRanOut':
      return { ...item, clocksRanOut: [...item.clocksRanOut, data.clock] };
    case 'IncidentClosed':
      return {
        ...unescalated(item),
        ...{ closedAt: recordedAt, resolution: data.resolution },
      };
    case 'IncidentReopened':
      return unclosed(item);
    case 'IncidentOpened':
    case 'AcknowledgementLapsed':
    case 'NoteAdded':
    case 'AssessmentRecorded':
    case 'AwarenessDeclared':
    case 'AuthorityNotified':
    case 'PeopleNotified':
    case 'PageAttempted':
    case 'PageDelivered':
    case 'PageFailed':
      return item;
  }
};

/** The incident after one more event of its stream; an event that was folded already changes nothing. */
export function trackIncident(
  tracked: TrackedIncident | undefined,
  event: Recorded<IncidentEvent>,
): TrackedIncident | undefined {
  const { revision, type, data, recordedAt } = event;
  if (tracked && revision <= tracked.revision) return tracked;
  if (tracked) return { item: itemAfter(tracked.item, event), revision };
  if (type !== 'IncidentOpened') return undefined;
  const { incidentId, kind, key, severity, drillId, reason, splitFrom } = data;
  return {
    item: {
      ...{ incidentId, status: 'new', severity, kind, key, openedAt: recordedAt },
      ...(drillId !== undefined && { drillId }),
      ...(reason !== undefined && { reason }),
      ...(splitFrom !== undefined && { splitFrom }),
      ...{ breaches: 0, people: 0, viewers: 0, releases: [], rules: [], escalations: 0, clocksRanOut: [] },
    },
    revision,
  };
}

/** Every incident, on the shelf of its status. */
export const incidentBoard = projection({
  name: 'incident-board-v1',
  categories: [incidentStreams],
  initial: (): TrackedIncident | undefined => undefined,
  shelfOf: ({ item }: TrackedIncident) => item.status,
  on: {
    IncidentOpened: trackIncident,
    BreachAttached: trackIncident,
    BreachDetached: trackIncident,
    IncidentWidened: trackIncident,
    IncidentMerged: trackIncident,
    SeverityRaised: trackIncident,
    IncidentEscalated: trackIncident,
    PageAttempted: trackIncident,
    PageDelivered: trackIncident,
    PageFailed: trackIncident,
    IncidentAcknowledged: trackIncident,
    AcknowledgementLapsed: trackIncident,
    IncidentAssigned: trackIncident,
    NoteAdded: trackIncident,
    ContainmentTaken: trackIncident,
    AwarenessDeclared: trackIncident,
    AssessmentRecorded: trackIncident,
    AuthorityNotified: trackIncident,
    PeopleNotified: trackIncident,
    ClockRanOut: trackIncident,
    IncidentClosed: trackIncident,
    IncidentReopened: trackIncident,
  },
  ignores: [],
});

/** A breach as it is part of its incident. */
export type IncidentBreach = {
  readonly breachId: string;
  readonly incidentId: string;
  readonly severity: Severity;
  readonly rule: string;
  readonly viewerId?: string;
  readonly patientId?: string;
  readonly recordingId?: string;
  readonly appVersion: string;
};

/** Every grouped breach, on the shelf of its incident: the one that it was attached to last. */
export const incidentBreaches = projection({
  name: 'incident-breaches-v1',
  categories: [incidentStreams],
  keysOf: (event) => (event.type === 'BreachAttached' ? [event.data.breachId] : []),
  initial: (): IncidentBreach | undefined => undefined,
  shelfOf: ({ incidentId }: IncidentBreach) => incidentId,
  on: {
    BreachAttached: (_, { data }) => {
      const { at: _at, newViewer: _viewer, newPatient: _patient, from: _from, ...breach } = data;
      return breach;
    },
  },
  ignores: [
    'IncidentOpened',
    'BreachDetached',
    'IncidentWidened',
    'IncidentMerged',
    'SeverityRaised',
    'IncidentEscalated',
    'PageAttempted',
    'PageDelivered',
    'PageFailed',
    'IncidentAcknowledged',
    'AcknowledgementLapsed',
    'IncidentAssigned',
    'NoteAdded',
    'ContainmentTaken',
    'AwarenessDeclared',
    'AssessmentRecorded',
    'AuthorityNotified',
    'PeopleNotified',
    'ClockRanOut',
    'IncidentClosed',
    'IncidentReopened',
  ],
});
