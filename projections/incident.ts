import type { Appended } from '../events/event.ts';
import type { ContainmentScope, IncidentEvent, IncidentKind, Resolution } from '../events/incident-events.ts';
import type { Severity } from '../events/values.ts';
import { PersistentList, PersistentMap } from './persistent.ts';

/*
 *   new ─▶ acknowledged ─▶ investigating ─▶ contained ─▶ notifying ─▶ closed
 *    ▲          │lapsed                                                 │reopened
 *    └──────────┘                        merged: it is part of another  └─▶ investigating
 */
export const incidentStatuses = [
  'new',
  'acknowledged',
  'investigating',
  'contained',
  'notifying',
  'closed',
  'merged',
] as const;
export type IncidentStatus = (typeof incidentStatuses)[number];

export const isOver = ({ status }: Pick<Incident, 'status'>): boolean => status === 'closed' || status === 'merged';

/** The status after one more event. */
export const statusAfter = (status: IncidentStatus, { type, data }: IncidentEvent): IncidentStatus => {
  const isDone = isOver({ status });
  switch (type) {
    case 'IncidentMerged':
      return 'merged';
    case 'IncidentClosed':
      return 'closed';
    case 'IncidentReopened':
      return 'investigating';
    case 'SeverityRaised':
      return isDone ? status : 'new';
    case 'IncidentAcknowledged':
      return status === 'new' ? 'acknowledged' : status;
    case 'AcknowledgementLapsed':
      return 'new';
    case 'IncidentAssigned':
    case 'NoteAdded':
    case 'AssessmentRecorded':
      return status === 'acknowledged' ? 'investigating' : status;
    case 'ContainmentTaken':
      // A policy stops what flows; that a person knows of it is another matter.
      return data.policy !== undefined || status === 'notifying' || isDone ? status : 'contained';
    case 'AwarenessDeclared':
    case 'AuthorityNotified':
    case 'PeopleNotified':
      return isDone ? status : 'notifying';
    default:
      return status;
  }
};

/** A breach as it is part of an incident. */
export type AttachedBreach = {
  readonly breachId: string;
  readonly severity: Severity;
  readonly rule: string;
  readonly viewerId?: string;
  readonly patientId?: string;
  readonly recordingId?: string;
  readonly appVersion: string;
  /** When it became part of this incident. */
  readonly at: string;
};

type Of<T extends IncidentEvent['type']> = Extract<IncidentEvent, { type: T }>['data'];

/** A page that a step of the policy asked for. */
export type Page = {
  readonly pageId: string;
  readonly channel: string;
  readonly target: string;
  readonly step: number;
  readonly loop: number;
  /** Of the incident when it was to be sent. */
  readonly severity: Severity;
  /** The `newAt` of the incident then: pages of the same are one thread for their receiver. */
  readonly since: string;
  /** When the step was taken. */
  readonly at: string;
  readonly tellsOf?: number;
};

/** How far a message (a page, or news to a receiver that was paged) is. */
export type Sending = {
  readonly messageId: string;
  readonly pageId: string;
  readonly channel: string;
  readonly action: Of<'PageAttempted'>['action'];
  readonly attempts: number;
  readonly state: 'under-way' | 'due' | 'delivered' | 'given-up';
  /** The instance whose attempt is under way, and since when. */
  readonly instance: string;
  readonly attemptedAt: string;
  /** When the next attempt may be made. */
  readonly dueAt?: string;
  readonly deliveredAt?: string;
};

/** What the policy did so far. */
export type Escalation = {
  readonly step: number;
  readonly loop: number;
  readonly at: string;
  /** When it was due. */
  readonly due: string;
  /** When the next step is due; undefined where none follows. */
  readonly deadline?: string;
  /** The incident whose pages told of this one. */
  readonly toldBy?: string;
};

/** An incident as commands and deadlines decide on it. */
export type Incident = {
  readonly incidentId: string;
  readonly kind: IncidentKind;
  readonly key: string;
  readonly severity: Severity;
  readonly status: IncidentStatus;
  /** The last time it became new, by the clock of the writer: opened, raised, lapsed. The escalation counts from here. */
  readonly newAt: string;
  readonly openedAt: string;
  readonly drillId?: string;
  readonly reason?: string;
  readonly mergedInto?: string;
  readonly breaches: PersistentMap<string, AttachedBreach>;
  /** People of its breaches, and of how many each. */
  readonly viewers: PersistentMap<string, number>;
  readonly patients: PersistentMap<string, number>;
  readonly assigneeId?: string;
  readonly acknowledged?: {
    readonly by: string;
    readonly at: string;
    readonly via: string;
    readonly lapsesAt?: string;
  };
  /** Undefined: no step was taken since it became new. */
  readonly escalation?: Escalation;
  readonly pages: PersistentMap<string, Page>;
  readonly sendings: PersistentMap<string, Sending>;
  readonly containments: PersistentList<{
    readonly scope: ContainmentScope;
    readonly at: string;
    readonly policy?: string;
  }>;
  readonly awareness?: { readonly awareAt: string; readonly basis: string };
  readonly assessment?: Omit<Of<'AssessmentRecorded'>, 'incidentId'>;
  readonly authorities: PersistentList<Omit<Of<'AuthorityNotified'>, 'incidentId'>>;
  readonly people: PersistentList<Omit<Of<'PeopleNotified'>, 'incidentId'>>;
  readonly closed?: {
    readonly at: string;
    readonly resolution: Resolution;
    readonly except: Of<'IncidentClosed'>['except'];
  };
};

/** Undefined: there is no such incident. */
export type IncidentState = Incident | undefined;

export const noIncident = (): IncidentState => undefined;

export function evolveIncident(incident: IncidentState, event: Appended<IncidentEvent>): IncidentState {
  if (event.type === 'IncidentOpened') {
    if (incident) return incident;
    const { incidentId, kind, key, severity, at, drillId, reason } = event.data;
    return {
      ...{ incidentId, kind, key, severity, status: 'new', newAt: at, openedAt: at },
      breaches: PersistentMap.empty(),
      viewers: PersistentMap.empty(),
      patients: PersistentMap.empty(),
      pages: PersistentMap.empty(),
      sendings: PersistentMap.empty(),
      containments: PersistentList.empty(),
      authorities: PersistentList.empty(),
      people: PersistentList.empty(),
      ...(drillId !== undefined && { drillId }),
      ...(reason !== undefined && { reason }),
    };
  }
  if (!incident) return undefined;
  const after = changed(incident, event);
  const status = statusAfter(incident.status, event);
  return status === after.status ? after : { ...after, status };
}

/** All of it but its status. */
function changed(incident: Incident, { type, data }: Appended<IncidentEvent>): Incident {
  switch (type) {
    case 'IncidentOpened':
    case 'NoteAdded':
    case 'ClockRanOut':
      return incident;
    case 'BreachAttached': {
      const { incidentId: _, newViewer: __, newPatient: ___, from: ____, ...breach } = data;
      if (incident.breaches.has(breach.breachId)) return incident;
      return {
        ...incident,
        ...peopleAfter(incident, breach, 1),
        breaches: incident.breaches.with(breach.breachId, breach),
      };
    }
    case 'BreachDetached': {
      const breach = incident.breaches.get(data.breachId);
      if (!breach) return incident;
      return { ...incident, ...peopleAfter(incident, breach, -1), breaches: incident.breaches.without(data.breachId) };
    }
    case 'IncidentWidened':
      return { ...incident, kind: data.kind, key: data.key };
    case 'IncidentMerged':
      return { ...incident, mergedInto: data.into };
    case 'SeverityRaised':
      return { ...renewed(incident, data.at), severity: data.severity };
    case 'IncidentEscalated': {
      const { step, loop, at, due, deadline, pages, tellsOf, toldBy } = data;
      const escalation = { step, loop, at, due };
      return {
        ...withPages(incident, pages, { step, loop, at, ...(tellsOf !== undefined && { tellsOf }) }),
        escalation: {
          ...escalation,
          ...(deadline !== undefined && { deadline }),
          ...(toldBy !== undefined && { toldBy }),
        },
      };
    }
    case 'PageAttempted': {
      const { messageId, pageId, channel, action, attempt, instance, at } = data;
      const sending = { messageId, pageId, channel, action, attempts: attempt, instance, attemptedAt: at };
      return withSending(incident, { ...sending, state: 'under-way' });
    }
    case 'PageDelivered':
      return after(incident, data, { state: 'delivered', deliveredAt: data.at });
    case 'PageFailed': {
      const { fate, dueAt, instead } = data;
      const failed = after(incident, data, { state: fate, ...(dueAt !== undefined && { dueAt }) });
      const first = incident.pages.get(data.messageId);
      return instead && first ? withPages(failed, [instead], { ...first, at: data.at }) : failed;
    }
    case 'IncidentAcknowledged': {
      const { by, at, via, lapsesAt } = data;
      const acknowledged = { by, at, via, ...(lapsesAt !== undefined && { lapsesAt }) };
      return { ...incident, acknowledged };
    }
    case 'AcknowledgementLapsed':
      return { ...incident, newAt: data.at };
    case 'IncidentAssigned':
      return { ...incident, assigneeId: data.assigneeId };
    case 'ContainmentTaken': {
      const { scope, at, policy } = data;
      const taken = { scope, at, ...(policy !== undefined && { policy }) };
      return { ...incident, containments: incident.containments.with(taken) };
    }
    case 'AwarenessDeclared': {
      const { awareAt, basis } = data;
      return { ...incident, awareness: { awareAt, basis } };
    }
    case 'AssessmentRecorded': {
      const { incidentId: _, ...assessment } = data;
      return { ...incident, assessment };
    }
    case 'AuthorityNotified': {
      const { incidentId: _, ...notified } = data;
      return { ...incident, authorities: incident.authorities.with(notified) };
    }
    case 'PeopleNotified': {
      const { incidentId: _, ...notified } = data;
      return { ...incident, people: incident.people.with(notified) };
    }
    case 'IncidentClosed': {
      const { resolution, except, at } = data;
      return { ...incident, closed: { resolution, except, at } };
    }
    case 'IncidentReopened': {
      const { closed: _, ...reopened } = incident;
      return reopened;
    }
  }
}

/** A person who acknowledged it acknowledged something less: the policy begins at its first step. */
const renewed = ({ escalation: _, acknowledged: __, ...incident }: Incident, at: string): Incident => ({
  ...incident,
  ...(!isOver(incident) && { newAt: at }),
});

const counted = (
  all: PersistentMap<string, number>,
  id: string | undefined,
  by: 1 | -1,
): PersistentMap<string, number> => {
  if (id === undefined) return all;
  const count = (all.get(id) ?? 0) + by;
  return count > 0 ? all.with(id, count) : all.without(id);
};

/** Whom it is about, with the people of a breach once more or once less. */
const peopleAfter = (
  incident: Incident,
  { viewerId, patientId }: AttachedBreach,
  by: 1 | -1,
): Pick<Incident, 'viewers' | 'patients'> => ({
  viewers: counted(incident.viewers, viewerId, by),
  patients: counted(incident.patients, patientId, by),
});

const withPages = (
  incident: Incident,
  pages: Of<'IncidentEscalated'>['pages'],
  { step, loop, at, tellsOf }: Pick<Page, 'step' | 'loop' | 'at' | 'tellsOf'>,
): Incident => {
  const { severity, newAt: since } = incident;
  const told = { step, loop, at, severity, since, ...(tellsOf !== undefined && { tellsOf }) };
  return {
    ...incident,
    pages: pages.reduce((all, page) => all.with(page.pageId, { ...page, ...told }), incident.pages),
  };
};

const withSending = (incident: Incident, sending: Sending): Incident => ({
  ...incident,
  sendings: incident.sendings.with(sending.messageId, sending),
});

/** What became of an attempt; of an older attempt than the last one only that it arrived counts. */
const after = (
  incident: Incident,
  { messageId, attempt }: { readonly messageId: string; readonly attempt: number },
  outcome: Pick<Sending, 'state' | 'dueAt' | 'deliveredAt'>,
): Incident => {
  const sending = incident.sendings.get(messageId);
  if (!sending || sending.state === 'delivered') return incident;
  if (outcome.state !== 'delivered' && attempt < sending.attempts) return incident;
  return withSending(incident, { ...sending, ...outcome });
};
