import { breachStreams, incidentStreams } from '../../../events/categories.ts';
import type { Recorded } from '../../../events/event.ts';
import type { Resolution } from '../../../events/incident-events.ts';
import type { Severity } from '../../../events/values.ts';
import { type BreachItem, type TrackedBreach, track } from '../../../projections/breach-board.ts';
import { evolveIncident, type Incident, type IncidentState } from '../../../projections/incident.ts';
import { type ClockedIncident, clockedFold, resolutionsOf } from '../../../projections/incident-clocks.ts';
import { csvLine } from '../../compliance/history/formats.ts';
import { type ClockSettings, type ClockState, clocksAt } from '../clocks/clocks.ts';
import { clockFactsOf } from '../clocks/facts.ts';
import type { LogAt } from './log-reader.ts';

/** What GDPR Art. 33(5) has the controller document of each breach: facts, effects, remedial action. Counts and codes, no id of a person. */
export type RegisterEntry = {
  readonly incidentId: string;
  readonly openedAt: string;
  readonly facts: {
    readonly kind: string;
    readonly severity: Severity;
    readonly status: string;
    readonly breaches: number;
    readonly rules: readonly string[];
    readonly releases: readonly string[];
    readonly firstFlaggedAt: string | null;
  };
  readonly effects: {
    /** Of its breaches; how far each went, its file says. */
    readonly people: number;
    readonly viewers: number;
    readonly recordings: number;
    readonly bytesServed: number;
    readonly bytesAtMost: number | null;
    readonly approximate: boolean;
    readonly risk: string | null;
  };
  readonly remedialAction: {
    readonly containments: readonly { readonly scope: string; readonly at: string }[];
    readonly authoritiesNotified: readonly {
      readonly authority: string;
      readonly phase: string;
      readonly at: string;
    }[];
    readonly peopleNotified: readonly { readonly count: number; readonly at: string }[];
    readonly resolutions: readonly Resolution[];
    readonly closedAt: string | null;
  };
  readonly clocks: readonly ClockState[];
  /** Part of it could not be read. */
  readonly complete: boolean;
};

type Folded = { incident: IncidentState; clocked: ClockedIncident | undefined };

/** All incidents that are no drills, by one reading of the log up to a position. @throws LedgerUnavailable */
export const registerAt = async (log: LogAt, at: string, clocks: ClockSettings): Promise<readonly RegisterEntry[]> => {
  const folded = new Map<string, Folded>();
  const breaches = new Map<string, TrackedBreach>();
  for await (const event of log.all({ streams: `^(${incidentStreams.prefix}|${breachStreams.prefix})` })) {
    if (incidentStreams.includes(event)) {
      const { incidentId } = event.data;
      const before = folded.get(incidentId);
      folded.set(incidentId, {
        incident: evolveIncident(before?.incident, event),
        clocked: clockedFold.evolve(before?.clocked, event),
      });
    } else if (breachStreams.includes(event)) takeBreach(breaches, event);
  }
  return [...folded.values()].reverse().flatMap(({ incident, clocked }) => {
    // By type, not by a filter that a caller could leave out: a drill and the ledger's own work are no breach of anyone's data. A merged incident is told by the entry of the other.
    if (!incident || !clocked || isNoBreach(incident) || incident.status === 'merged') return [];
    const items = [...incident.breaches.keys()].map((breachId) => breaches.get(breachId)?.item);
    const streams = [
      incidentStreams.of(incident.incidentId),
      ...[...incident.breaches.keys()].map((breachId) => breachStreams.of(breachId)),
    ];
    const isWhole = items.every((item) => item !== undefined) && !streams.some((stream) => log.faulty.has(stream));
    return [entryOf({ incident, clocked, items: items.filter((item) => item !== undefined), isWhole }, at, clocks)];
  });
};

const takeBreach = (breaches: Map<string, TrackedBreach>, event: Recorded & Parameters<typeof track>[1]): void => {
  const after = track(breaches.get(event.data.breachId), event);
  if (after) breaches.set(event.data.breachId, after);
};

const isNoBreach = ({ drillId, kind }: Incident): boolean =>
  drillId !== undefined || kind === 'drill' || kind === 'operations';

type Known = {
  readonly incident: Incident;
  readonly clocked: ClockedIncident;
  readonly items: readonly BreachItem[];
  readonly isWhole: boolean;
};

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();

const entryOf = ({ incident, clocked, items, isWhole }: Known, at: string, clocks: ClockSettings): RegisterEntry => {
  const flagged = items.flatMap(({ severity, flaggedAt }) => (severity === 'critical' ? flaggedAt : []));
  const bytes = items.map(({ bytesServed }) => bytesServed);
  const most = items.map(({ bytesServedAtMost }) => bytesServedAtMost);
  const { incidentId, openedAt, kind, severity, status } = incident;
  return {
    ...{ incidentId, openedAt },
    facts: {
      ...{ kind, severity, status, breaches: incident.breaches.size },
      rules: distinct(items.map(({ rule }) => rule)),
      releases: distinct(items.map(({ appVersion }) => appVersion)),
      firstFlaggedAt: items.map(({ flaggedAt }) => flaggedAt).sort()[0] ?? null,
    },
    effects: {
      ...{ people: incident.patients.size, viewers: incident.viewers.size },
      recordings: distinct(items.flatMap(({ recordingId }) => recordingId ?? [])).length,
      bytesServed: bytes.reduce<number>((sum, one) => sum + (one ?? 0), 0),
      bytesAtMost: most.includes(null) ? null : most.reduce<number>((sum, one) => sum + (one ?? 0), 0),
      approximate: !isWhole || bytes.includes(null),
      risk: incident.assessment?.risk ?? null,
    },
    remedialAction: {
      containments: [...incident.containments].map((one) => ({ scope: one.scope, at: one.at })),
      authoritiesNotified: [...incident.authorities].map((one) => ({
        ...{ authority: one.authority, phase: one.phase, at: one.at },
      })),
      peopleNotified: [...incident.people].map((one) => ({ count: one.count, at: one.at })),
      resolutions: resolutionsOf(clocked) ?? [],
      closedAt: incident.closed?.at ?? null,
    },
    clocks: clocksAt(clockFactsOf(clocked, flagged), clocks, Date.parse(at)),
    complete: isWhole,
  };
};

type Column = readonly [name: string, of: (entry: RegisterEntry) => string | number | boolean | undefined];

const clocksText = (clocks: readonly ClockState[]): string =>
  clocks.map(({ clock, status, dueAt }) => `${clock} ${status}${dueAt === undefined ? '' : ` ${dueAt}`}`).join('; ');

const columns: readonly Column[] = [
  ['incident_id', ({ incidentId }) => incidentId],
  ['opened_at', ({ openedAt }) => openedAt],
  ['kind', ({ facts }) => facts.kind],
  ['severity', ({ facts }) => facts.severity],
  ['status', ({ facts }) => facts.status],
  ['breaches', ({ facts }) => facts.breaches],
  ['rules', ({ facts }) => facts.rules.join(' ')],
  ['releases', ({ facts }) => facts.releases.join(' ')],
  ['first_flagged_at', ({ facts }) => facts.firstFlaggedAt ?? undefined],
  ['people', ({ effects }) => effects.people],
  ['viewers', ({ effects }) => effects.viewers],
  ['recordings', ({ effects }) => effects.recordings],
  ['bytes_served', ({ effects }) => effects.bytesServed],
  ['bytes_at_most', ({ effects }) => effects.bytesAtMost ?? undefined],
  ['approximate', ({ effects }) => effects.approximate],
  ['risk', ({ effects }) => effects.risk ?? undefined],
  ['containments', (entry) => entry.remedialAction.containments.map(({ scope, at }) => `${scope} ${at}`).join('; ')],
  [
    'authorities_notified',
    (entry) =>
      entry.remedialAction.authoritiesNotified
        .map(({ authority, phase, at }) => `${authority} ${phase} ${at}`)
        .join('; '),
  ],
  [
    'people_notified',
    (entry) => entry.remedialAction.peopleNotified.map(({ count, at }) => `${count} ${at}`).join('; '),
  ],
  ['resolutions', (entry) => entry.remedialAction.resolutions.join(' ')],
  ['closed_at', (entry) => entry.remedialAction.closedAt ?? undefined],
  ['clocks', ({ clocks }) => clocksText(clocks)],
  ['complete', ({ complete }) => complete],
];

export const registerCsv = (entries: readonly RegisterEntry[]): string =>
  [csvLine(columns.map(([name]) => name)), ...entries.map((entry) => csvLine(columns.map(([, of]) => of(entry))))].join(
    '',
  );
