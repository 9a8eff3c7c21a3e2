import { incidentStreams } from '../events/categories.ts';
import type { Appended } from '../events/event.ts';
import type { IncidentEvent, IncidentKind, Resolution } from '../events/incident-events.ts';
import { projection, streamFold } from './projection.ts';

type Of<T extends IncidentEvent['type']> = Extract<IncidentEvent, { type: T }>['data'];

/** What the clocks of the law depend on, of one incident; plain, so that it can be kept. */
export type ClockedIncident = {
  readonly incidentId: string;
  readonly kind: IncidentKind;
  readonly drillId?: string;
  readonly openedAt: string;
  readonly isMerged: boolean;
  readonly awareness?: { readonly awareAt: string; readonly basis: string };
  /** Critical breaches of it, a bounded number: when the first of them was flagged, their own streams say. */
  readonly criticals: readonly Critical[];
  readonly criticalCount: number;
  readonly breaches: number;
  readonly people: number;
  readonly risk?: Of<'AssessmentRecorded'>['risk'];
  readonly closed?: { readonly resolution: Resolution; readonly except: Of<'IncidentClosed'>['except'] };
  readonly authorities: readonly { readonly authority: string; readonly at: string }[];
  readonly peopleNotified: readonly { readonly at: string }[];
  readonly ranOut: readonly { readonly clock: string; readonly dueAt: string }[];
};

/** `moved`: it was part of another incident before, and may have been flagged long before it came. */
type Critical = { readonly breachId: string; readonly severity: 'critical'; readonly moved: boolean };

const KEPT_OF_EACH = 25;

const withCritical = (criticals: readonly Critical[], one: Critical): readonly Critical[] => {
  const isKnown = criticals.some(({ breachId }) => breachId === one.breachId);
  const like = criticals.filter(({ moved }) => moved === one.moved);
  return isKnown || like.length >= KEPT_OF_EACH ? criticals : [...criticals, one];
};

type View = ClockedIncident | undefined;
type Event<T extends IncidentEvent['type']> = Appended<Extract<IncidentEvent, { type: T }>>;

const changed = (view: View, change: (incident: ClockedIncident) => Partial<ClockedIncident>): View =>
  view && { ...view, ...change(view) };

const handlers = {
  IncidentOpened: (view: View, { data }: Event<'IncidentOpened'>): View => {
    if (view) return view;
    const { incidentId, kind, drillId, at } = data;
    return {
      ...{ incidentId, kind, ...(drillId !== undefined && { drillId }), openedAt: at, isMerged: false },
      ...{ criticals: [], criticalCount: 0, breaches: 0, people: 0, authorities: [], peopleNotified: [], ranOut: [] },
    };
  },
  BreachAttached: (view: View, { data }: Event<'BreachAttached'>): View =>
    changed(view, ({ breaches, people, criticals, criticalCount }) => {
      const { breachId, severity, newPatient, from } = data;
      const more = { breaches: breaches + 1, people: people + (newPatient ? 1 : 0) };
      if (severity !== 'critical') return more;
      const critical = { breachId, severity, moved: from !== undefined };
      return { ...more, criticals: withCritical(criticals, critical), criticalCount: criticalCount + 1 };
    }),
  BreachDetached: (view: View, { data }: Event<'BreachDetached'>): View =>
    changed(view, ({ breaches, people, criticals, criticalCount }) => {
      const left = criticals.filter(({ breachId }) => breachId !== data.breachId);
      return {
        ...{ breaches: breaches - 1, people: people - (data.lastOfPatient ? 1 : 0) },
        // Of one that is not among those kept, it is not known whether it was critical: a clock that may run runs.
        ...{ criticals: left, criticalCount: criticalCount - (criticals.length - left.length) },
      };
    }),
  IncidentWidened: (view: View, { data }: Event<'IncidentWidened'>): View => changed(view, () => ({ kind: data.kind })),
  IncidentMerged: (view: View): View => changed(view, () => ({ isMerged: true })),
  AwarenessDeclared: (view: View, { data }: Event<'AwarenessDeclared'>): View =>
    changed(view, () => ({ awareness: { awareAt: data.awareAt, basis: data.basis } })),
  AssessmentRecorded: (view: View, { data }: Event<'AssessmentRecorded'>): View =>
    changed(view, () => ({ risk: data.risk })),
  AuthorityNotified: (view: View, { data }: Event<'AuthorityNotified'>): View =>
    // The first notice to an authority meets a clock; later ones of the same are on the incident's own stream.
    changed(view, ({ authorities }) =>
      authorities.some(({ authority }) => authority === data.authority)
        ? {}
        : { authorities: [...authorities, { authority: data.authority, at: data.at }] },
    ),
  PeopleNotified: (view: View, { data }: Event<'PeopleNotified'>): View =>
    changed(view, ({ peopleNotified }) => (peopleNotified.length > 0 ? {} : { peopleNotified: [{ at: data.at }] })),
  ClockRanOut: (view: View, { data }: Event<'ClockRanOut'>): View =>
    // Once for each time it was due.
    changed(view, ({ ranOut }) =>
      ranOut.some(({ clock, dueAt }) => clock === data.clock && dueAt === data.dueAt)
        ? {}
        : { ranOut: [...ranOut, { clock: data.clock, dueAt: data.dueAt }] },
    ),
  IncidentClosed: (view: View, { data }: Event<'IncidentClosed'>): View =>
    changed(view, () => ({ closed: { resolution: data.resolution, except: data.except } })),
  IncidentReopened: (view: View): View => {
    if (!view) return undefined;
    const { closed: _, ...reopened } = view;
    return reopened;
  },
};

/** Paging, and what the desk notes, changes no clock. */
const ignores = [
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
] as const;

export const clockedFold = streamFold({
  category: incidentStreams,
  initial: (): View => undefined,
  on: handlers,
  ignores,
});

/** Whether no clock of it will ever run again, whatever the rules: drills and merged incidents. */
const isDone = ({ drillId, kind, isMerged }: ClockedIncident) => drillId !== undefined || kind === 'drill' || isMerged;

export const CLOCKED = 'clocked';

/** Every incident that clocks may run for, on one shelf. */
export const incidentClocks = projection({
  name: 'incident-clocks-v1',
  categories: [incidentStreams],
  initial: (): View => undefined,
  shelfOf: (incident: ClockedIncident) => (isDone(incident) ? 'done' : CLOCKED),
  on: handlers,
  ignores,
});

/** How its breaches were resolved, while it is closed. */
export const resolutionsOf = ({ closed, breaches }: ClockedIncident): readonly Resolution[] | undefined => {
  if (!closed) return undefined;
  const excepted = closed.except.map(({ resolution }) => resolution);
  return [...new Set(breaches > excepted.length || breaches === 0 ? [closed.resolution, ...excepted] : excepted)];
};
