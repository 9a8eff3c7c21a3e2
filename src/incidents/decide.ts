import type { IncidentEvent, Resolution } from '../../events/incident-events.ts';
import { type AttachedBreach, type Incident, type IncidentState, isOver } from '../../projections/incident.ts';
import { OwnCase } from '../access/errors.ts';
import { IncidentChangeRefused, IncidentIsOver, IncidentNotContained, IncidentNotFound } from './errors.ts';

type Of<T extends IncidentEvent['type']> = Extract<IncidentEvent, { type: T }>;

/** Who takes a step, when, and (`via`) where: `api`, a socket, a channel that a receiver answered on. */
export type Step = {
  readonly by: string;
  readonly at: string;
  readonly via: string;
  /** Until when an acknowledgement holds by itself. */
  readonly lapsesAt: string;
};

/**
 * An incident that a person at the desk may know of and work on: one that is about neither their views nor their data.
 * @throws IncidentNotFound, OwnCase
 */
export const notTheirs = (state: IncidentState, by: string): Incident => {
  if (!state) throw new IncidentNotFound();
  if (state.viewers.has(by) || state.patients.has(by)) throw new OwnCase('this incident is about you');
  return state;
};

/** @throws IncidentNotFound, OwnCase, IncidentIsOver */
export const workable = (state: IncidentState, by: string): Incident => {
  const incident = notTheirs(state, by);
  if (isOver(incident)) throw new IncidentIsOver(incident.mergedInto);
  return incident;
};

/** A breach becomes part of an incident, which is opened where it is the first; one that is part of it changes nothing. */
export const attach = (
  state: IncidentState,
  breach: AttachedBreach,
  {
    at,
    opening,
    from,
  }: {
    readonly at: string;
    readonly opening: Omit<Of<'IncidentOpened'>['data'], 'at' | 'severity'>;
    readonly from?: string | undefined;
  },
): IncidentEvent[] => {
  const { incidentId } = opening;
  if (state?.breaches.has(breach.breachId)) return [];
  const { severity, viewerId, patientId } = breach;
  const opened: IncidentEvent[] = state ? [] : [{ type: 'IncidentOpened', data: { ...opening, severity, at } }];
  const widens = state !== undefined && opening.kind === 'release' && state.kind !== 'release';
  const { kind, key } = opening;
  return [
    ...opened,
    ...(widens ? [{ type: 'IncidentWidened' as const, data: { incidentId, kind, key } }] : []),
    ...(state?.severity === 'review' && severity === 'critical'
      ? [{ type: 'SeverityRaised' as const, data: { incidentId, severity, at } }]
      : []),
    {
      type: 'BreachAttached',
      data: {
        ...{ incidentId, ...breach, at },
        newViewer: viewerId !== undefined && !state?.viewers.has(viewerId),
        newPatient: patientId !== undefined && !state?.patients.has(patientId),
        ...(from !== undefined && { from }),
      },
    },
  ];
};

/** The first of several acknowledgements counts, whichever channel it comes through. @throws IncidentNotFound, OwnCase, IncidentIsOver */
export const acknowledge = (state: IncidentState, step: Step): Of<'IncidentAcknowledged'>[] => {
  const incident = workable(state, step.by);
  return incident.status === 'new' ? [acknowledged(incident, step)] : [];
};

const acknowledged = ({ incidentId }: Incident, { by, at, via, lapsesAt }: Step): Of<'IncidentAcknowledged'> => ({
  type: 'IncidentAcknowledged',
  data: { incidentId, by, at, via, lapsesAt },
});

/** A person who works on a new incident has taken it on. */
const takenOn = (incident: Incident, step: Step): Of<'IncidentAcknowledged'>[] =>
  incident.status === 'new' ? [acknowledged(incident, step)] : [];

/** To assign it does not take it on: whom it is assigned to may be asleep. @throws IncidentNotFound, OwnCase, IncidentIsOver, IncidentChangeRefused */
export const assign = (state: IncidentState, assigneeId: string, { by }: Step): Of<'IncidentAssigned'>[] => {
  const incident = workable(state, by);
  const { incidentId } = incident;
  if (incident.viewers.has(assigneeId) || incident.patients.has(assigneeId))
    throw new IncidentChangeRefused('the incident is about the person whom it would be assigned to');
  return incident.assigneeId === assigneeId ? [] : [{ type: 'IncidentAssigned', data: { incidentId, assigneeId } }];
};

/** What a person works on an incident with, as one event after its acknowledgement. */
export type Work = Of<
  'NoteAdded' | 'AwarenessDeclared' | 'AssessmentRecorded' | 'AuthorityNotified' | 'PeopleNotified'
>;

/** @throws IncidentNotFound, OwnCase, IncidentIsOver */
export const work = (state: IncidentState, event: Work, step: Step): IncidentEvent[] => [
  ...takenOn(workable(state, step.by), step),
  event,
];

/**
 * From when on the controller is aware. Moving it later needs to be said why, as clocks of the law begin anew.
 * @throws IncidentNotFound, OwnCase, IncidentIsOver, IncidentChangeRefused
 */
export const declareAwareness = (
  state: IncidentState,
  { awareAt, basis }: { readonly awareAt: string; readonly basis: string },
  step: Step,
): IncidentEvent[] => {
  const incident = workable(state, step.by);
  if (Date.parse(awareAt) > Date.parse(step.at))
    throw new IncidentChangeRefused('awareness cannot begin in the future');
  const { incidentId, awareness } = incident;
  if (awareness?.awareAt === awareAt && awareness.basis === basis) return [];
  return work(incident, { type: 'AwarenessDeclared', data: { incidentId, awareAt, basis } }, step);
};

/** @throws IncidentNotFound, OwnCase, IncidentIsOver */
export const contain = (
  state: IncidentState,
  taken: Omit<Of<'ContainmentTaken'>['data'], 'incidentId' | 'at'>,
  step: Step,
): IncidentEvent[] => {
  const incident = taken.policy === undefined ? workable(state, step.by) : state;
  if (!incident || isOver(incident)) return [];
  const { incidentId } = incident;
  const isSame = ({ scope, policy }: Pick<typeof taken, 'scope' | 'policy'>) =>
    scope === taken.scope && policy === taken.policy;
  // Every instance follows the policy; one of them puts on record that it was.
  if (taken.policy !== undefined && [...incident.containments].some(isSame)) return [];
  return [
    ...(taken.policy === undefined ? takenOn(incident, step) : []),
    { type: 'ContainmentTaken', data: { incidentId, at: step.at, ...taken } },
  ];
};

/**
 * The incident ends, and each breach has its resolution.
 * @throws IncidentNotFound, OwnCase, IncidentIsOver, IncidentNotContained, IncidentChangeRefused
 */
export const close = (
  state: IncidentState,
  {
    resolution,
    except,
  }: {
    readonly resolution: Resolution;
    readonly except: readonly { readonly breachId: string; readonly resolution: Resolution }[];
  },
  step: Step,
): IncidentEvent[] => {
  const incident = notTheirs(state, step.by);
  if (incident.status === 'closed' && incident.closed?.resolution === resolution) return [];
  workable(incident, step.by);
  const isDrill = incident.drillId !== undefined;
  for (const { breachId, resolution: own } of [...except, { breachId: undefined, resolution }]) {
    if (breachId !== undefined && !incident.breaches.has(breachId))
      throw new IncidentChangeRefused('one of the breaches with a resolution of its own is not part of the incident');
    if ((own === 'drill') !== isDrill)
      throw new IncidentChangeRefused(
        isDrill ? 'a drill is closed as a drill' : 'only what a drill made happen is closed as a drill',
      );
  }
  const isConfirmed = [resolution, ...except.map((one) => one.resolution)].includes('confirmed');
  if (incident.severity === 'critical' && isConfirmed && incident.containments.length === 0)
    throw new IncidentNotContained();
  const { incidentId } = incident;
  return [
    ...takenOn(incident, step),
    { type: 'IncidentClosed', data: { incidentId, resolution, except: [...except], at: step.at } },
  ];
};

/** @throws IncidentNotFound, OwnCase, IncidentChangeRefused */
export const reopen = (state: IncidentState, reason: string, { by, at }: Step): Of<'IncidentReopened'>[] => {
  const incident = notTheirs(state, by);
  if (incident.status === 'merged') throw new IncidentIsOver(incident.mergedInto);
  if (incident.status !== 'closed') return [];
  return [{ type: 'IncidentReopened', data: { incidentId: incident.incidentId, reason, at } }];
};

/**
 * Whether one incident may become part of another.
 * @throws IncidentNotFound, OwnCase, IncidentIsOver, IncidentChangeRefused
 */
export const mayMerge = (state: IncidentState, target: IncidentState, by: string): void => {
  const incident = notTheirs(state, by);
  const into = workable(target, by);
  if (incident.incidentId === into.incidentId)
    throw new IncidentChangeRefused('an incident cannot be merged into itself');
  if (incident.status === 'closed') throw new IncidentIsOver();
  if (incident.mergedInto !== undefined && incident.mergedInto !== into.incidentId)
    throw new IncidentIsOver(incident.mergedInto);
  if (incident.drillId !== into.drillId) throw new IncidentChangeRefused('a drill and an incident are not merged');
  if ((incident.kind === 'operations') !== (into.kind === 'operations'))
    throw new IncidentChangeRefused('an incident of the ledger’s own work and one of breaches are not merged');
};

/** It is part of another one, which has its breaches by then. */
export const merged = (state: IncidentState, into: string): Of<'IncidentMerged'>[] =>
  !state || state.status === 'merged' ? [] : [{ type: 'IncidentMerged', data: { incidentId: state.incidentId, into } }];

/**
 * The breaches that become an incident of their own.
 * @throws IncidentNotFound, OwnCase, IncidentIsOver, IncidentChangeRefused
 */
export const toSplit = (state: IncidentState, breachIds: readonly string[], by: string): readonly AttachedBreach[] => {
  const incident = workable(state, by);
  const breaches = breachIds.map((breachId) => {
    const breach = incident.breaches.get(breachId);
    if (!breach) throw new IncidentChangeRefused('one of the breaches is not part of the incident');
    return breach;
  });
  if (breaches.length === incident.breaches.size)
    throw new IncidentChangeRefused('at least one breach stays: an incident without any is none');
  return breaches;
};

/** Breaches that are part of another incident, which has them by then. */
export const detach = (state: IncidentState, breachIds: readonly string[], to: string): Of<'BreachDetached'>[] => {
  if (!state) return [];
  const { incidentId, viewers, patients } = state;
  const gone = { viewers: new Map<string, number>(), patients: new Map<string, number>() };
  /** One breach of this person fewer: whether it was the last. */
  const isLast = (all: ReadonlyMap<string, number>, less: Map<string, number>, id: string | undefined): boolean => {
    if (id === undefined) return false;
    const count = (less.get(id) ?? 0) + 1;
    less.set(id, count);
    return count === all.get(id);
  };
  return [...new Set(breachIds)].flatMap((breachId) => {
    const breach = state.breaches.get(breachId);
    if (!breach) return [];
    const lastOfViewer = isLast(viewers, gone.viewers, breach.viewerId);
    const lastOfPatient = isLast(patients, gone.patients, breach.patientId);
    return [{ type: 'BreachDetached' as const, data: { incidentId, breachId, to, lastOfViewer, lastOfPatient } }];
  });
};
