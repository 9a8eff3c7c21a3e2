import type { Resolution } from '../../../events/incident-events.ts';
import type { Incident, IncidentStatus } from '../../../projections/incident.ts';
import { resolutionsOf } from '../../../projections/incident-clocks.ts';
import { type ClockSettings, type ClockState, clocksAt } from '../clocks/clocks.ts';
import { clockFactsOf } from '../clocks/facts.ts';
import type { BreachSeen, IncidentEvidence, Listing } from './evidence.ts';

/**
 * How far the data of a person went, the furthest last. `withheld`: a view was recorded, and nothing may have left under it. `opened`: it
 * might be played, or was reported as watched elsewhere. `played`: bytes of the recording left.
 */
export const rungs = ['withheld', 'listed', 'opened', 'played'] as const;
export type Rung = (typeof rungs)[number];

/** What of one patient was exposed, to whom, when and by which release. */
export type AffectedPerson = {
  readonly patientId: string;
  readonly rung: Rung;
  readonly recordings: readonly string[];
  readonly viewers: readonly string[];
  readonly releases: readonly string[];
  readonly clientReleases: readonly string[];
  readonly firstAt: string;
  readonly lastAt: string;
  readonly bytesServed: number;
  /** No more than that can have left; null where not even that is known. */
  readonly bytesAtMost: number | null;
  readonly secondsPlayed: number;
  /** Bytes of a view of theirs are not known, so that the figures are the least that left. */
  readonly approximate: boolean;
};

export type Exposure = {
  /** Affected: listed, opened or played. */
  readonly people: number;
  readonly byRung: Readonly<Record<Rung, number>>;
  readonly viewers: number;
  readonly recordings: number;
  readonly releases: readonly string[];
  readonly clientReleases: readonly string[];
  readonly bytesServed: number;
  readonly bytesAtMost: number | null;
  readonly secondsPlayed: number;
  /** Views that a service reported: how much of them was played is not known. */
  readonly witnessedViews: number;
  readonly approximate: boolean;
};

export type Timeline = {
  readonly firstExposureAt: string | null;
  readonly firstFlaggedAt: string | null;
  readonly openedAt: string;
  readonly pagedAt: string | null;
  readonly acknowledgedAt: string | null;
  readonly containedAt: string | null;
  readonly lastByteAt: string | null;
  readonly closedAt: string | null;
  /** From the first exposure to the first flag, and from that to the containment; in milliseconds. */
  readonly timeToDetectMs: number | null;
  readonly timeToPageMs: number | null;
  readonly timeToAcknowledgeMs: number | null;
  readonly timeToContainMs: number | null;
};

/** The breach file of one incident, as of a position; the same for ever. */
export type BreachFile = {
  readonly incidentId: string;
  readonly position: number;
  readonly asOf: string;
  readonly kind: Incident['kind'];
  readonly key: string;
  readonly severity: Incident['severity'];
  readonly status: IncidentStatus;
  readonly drill: boolean;
  readonly mergedInto: string | null;
  readonly resolutions: readonly Resolution[];
  readonly breaches: { readonly total: number; readonly byRule: Readonly<Record<string, number>> };
  readonly exposure: Exposure;
  readonly timeline: Timeline;
  readonly containments: readonly { readonly scope: string; readonly at: string; readonly policy: string | null }[];
  readonly assessment: { readonly risk: string; readonly factors: Readonly<Record<string, string>> | null } | null;
  readonly notices: {
    readonly authorities: readonly {
      readonly authority: string;
      readonly phase: string;
      readonly at: string;
      readonly reference: string | null;
    }[];
    readonly people: readonly { readonly count: number; readonly at: string }[];
  };
  readonly clocks: readonly ClockState[];
  readonly affected: readonly AffectedPerson[];
  /** Views of them were recorded, and nothing left. */
  readonly withheld: readonly AffectedPerson[];
  /** What could not be read: without it the file is not complete. */
  readonly faults: readonly string[];
};

/** One thing that happened to the data of one person. */
type Exposed = {
  readonly patientId: string;
  readonly rung: Rung;
  readonly recordings: readonly string[];
  readonly viewerId: string;
  readonly appVersion: string;
  readonly clientRelease?: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly bytes: number;
  readonly atMost: number | null;
  readonly seconds: number;
  readonly unsure: boolean;
  readonly witnessed: boolean;
  readonly lastByteAt?: string;
};

export const breachFileOf = (evidence: IncidentEvidence, clocks: ClockSettings): BreachFile => {
  const { position, at, incident, clocked, events, breaches, listings, faults } = evidence;
  const exposed = [...listings.map(listed), ...breaches.flatMap((breach) => viewed(breach) ?? [])];
  const people = peopleOf(exposed);
  const affected = people.filter(({ rung }) => rung !== 'withheld');
  const exposure = exposureOf(exposed, people, faults.length > 0);
  const flagged = breaches.flatMap(({ severity, flaggedAt }) => (severity === 'critical' ? flaggedAt : []));
  const facts = clockFactsOf(clocked, flagged);
  const { incidentId, kind, key, severity, status, drillId, mergedInto, assessment, authorities } = incident;
  return {
    ...{ incidentId, position, asOf: at, kind, key, severity, status },
    drill: drillId !== undefined || kind === 'drill',
    mergedInto: mergedInto ?? null,
    resolutions: resolutionsOf(clocked) ?? [],
    breaches: { total: incident.breaches.size, byRule: countsOf(breaches.map(({ rule }) => rule)) },
    exposure,
    timeline: timelineOf(evidence, exposed),
    containments: events.flatMap(({ type, data, recordedAt }) =>
      type === 'ContainmentTaken' ? { scope: data.scope, at: recordedAt, policy: data.policy ?? null } : [],
    ),
    assessment: assessment ? { risk: assessment.risk, factors: assessment.factors ?? null } : null,
    notices: {
      authorities: [...authorities].map(({ authority, phase, at: notifiedAt, reference = null }) => ({
        ...{ authority, phase, at: notifiedAt, reference },
      })),
      people: [...incident.people].map(({ count, at: notifiedAt }) => ({ count, at: notifiedAt })),
    },
    // The more of the two: people whom a list showed are affected without a breach of their own.
    clocks: clocksAt({ ...facts, people: Math.max(facts.people, exposure.people) }, clocks, Date.parse(at)),
    affected,
    withheld: people.filter(({ rung }) => rung === 'withheld'),
    faults,
  };
};

const listed = ({ patientId, viewerId, recordingIds, at, appVersion, clientRelease }: Listing): Exposed => ({
  ...{ patientId, viewerId, recordings: recordingIds, rung: 'listed', appVersion, firstAt: at, lastAt: at },
  ...(clientRelease !== undefined && { clientRelease }),
  ...{ bytes: 0, atMost: 0, seconds: 0, unsure: false, witnessed: false },
});

/** Undefined for a breach that is about no view: nothing of a person left by it. */
const viewed = ({ view, contentReleased, appVersion, clientRelease }: BreachSeen): Exposed | undefined => {
  if (!view) return undefined;
  const { patientId, viewerId, recordingId, source, at, transfers, recordingBytes, durationSeconds } = view;
  const witnessed = source === 'witnessed';
  const bytes = transfers.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
  const unsure = witnessed || transfers.some((one) => one.bytes === undefined);
  const most = witnessed ? [recordingBytes] : transfers.map(({ atMost }) => atMost);
  const rung = bytes > 0 ? 'played' : contentReleased || unsure ? 'opened' : 'withheld';
  const times = [at, ...transfers.flatMap(({ beganAt, endedAt }) => [beganAt, endedAt ?? beganAt])].sort();
  const lastByteAt = last(transfers.flatMap(({ bytes: left = 0, endedAt }) => (left > 0 ? (endedAt ?? []) : [])));
  return {
    ...{ patientId, viewerId, recordings: [recordingId], rung, appVersion, bytes, unsure, witnessed },
    ...(clientRelease !== undefined && { clientRelease }),
    ...{ firstAt: times[0] ?? at, lastAt: times.at(-1) ?? at },
    atMost: sumOf(most),
    // Bytes are all that is known of a transfer; of a recording with an even rate they are its seconds.
    seconds: recordingBytes && durationSeconds ? thousandths((bytes / recordingBytes) * durationSeconds) : 0,
    ...(lastByteAt !== undefined && { lastByteAt }),
  };
};

/** Null where one of them is not known. */
const sumOf = (amounts: readonly (number | null | undefined)[]): number | null => {
  let sum = 0;
  for (const amount of amounts) {
    if (amount === null || amount === undefined) return null;
    sum += amount;
  }
  return sum;
};

const thousandths = (value: number): number => Math.round(value * 1_000) / 1_000;
const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();
const first = (times: readonly string[]): string | undefined => [...times].sort()[0];
const last = (times: readonly string[]): string | undefined => [...times].sort().at(-1);

const countsOf = (names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(distinct(names).map((name) => [name, names.filter((one) => one === name).length]));

/** By patient id, so that the order is the same for every caller. */
const peopleOf = (exposed: readonly Exposed[]): readonly AffectedPerson[] => {
  const byPatient = new Map<string, Exposed[]>();
  for (const one of exposed) {
    const all = byPatient.get(one.patientId);
    if (all) all.push(one);
    else byPatient.set(one.patientId, [one]);
  }
  return [...byPatient]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([patientId, all]) => {
      const rung = furthest(all);
      // Withheld views are told of people to whom nothing else happened.
      const told = rung === 'withheld' ? all : all.filter((one) => one.rung !== 'withheld');
      return {
        ...{ patientId, rung, recordings: distinct(told.flatMap(({ recordings }) => recordings)) },
        ...{ viewers: distinct(told.map(({ viewerId }) => viewerId)), ...releasesOf(told) },
        ...{ firstAt: first(told.map((one) => one.firstAt)) ?? '', lastAt: last(told.map((one) => one.lastAt)) ?? '' },
        ...amountsOf(told),
        approximate: told.some(({ unsure }) => unsure),
      };
    });
};

const furthest = (all: readonly Exposed[]): Rung =>
  rungs[Math.max(...all.map(({ rung }) => rungs.indexOf(rung)))] ?? 'withheld';

const releasesOf = (all: readonly Exposed[]) => ({
  releases: distinct(all.map(({ appVersion }) => appVersion)),
  clientReleases: distinct(all.flatMap(({ clientRelease }) => clientRelease ?? [])),
});

const amountsOf = (all: readonly Exposed[]) => ({
  bytesServed: all.reduce((sum, { bytes }) => sum + bytes, 0),
  bytesAtMost: sumOf(all.map(({ atMost }) => atMost)),
  secondsPlayed: thousandths(all.reduce((sum, { seconds }) => sum + seconds, 0)),
});

const exposureOf = (exposed: readonly Exposed[], people: readonly AffectedPerson[], isPart: boolean): Exposure => {
  const told = exposed.filter(({ rung }) => rung !== 'withheld');
  const count = (rung: Rung) => people.filter((one) => one.rung === rung).length;
  return {
    people: people.length - count('withheld'),
    byRung: { withheld: count('withheld'), listed: count('listed'), opened: count('opened'), played: count('played') },
    viewers: distinct(told.map(({ viewerId }) => viewerId)).length,
    recordings: distinct(told.flatMap(({ recordings }) => recordings)).length,
    ...releasesOf(told),
    ...amountsOf(told),
    witnessedViews: told.filter(({ witnessed }) => witnessed).length,
    approximate: isPart || told.some(({ unsure }) => unsure),
  };
};

const timelineOf = ({ incident, events, breaches }: IncidentEvidence, exposed: readonly Exposed[]): Timeline => {
  const told = exposed.filter(({ rung }) => rung !== 'withheld');
  const firstOf = (type: (typeof events)[number]['type']) => events.find((event) => event.type === type)?.recordedAt;
  const triggers = new Set(
    events.flatMap(({ type, data }) => (type === 'PageAttempted' && data.action === 'trigger' ? data.messageId : [])),
  );
  const paged = events.find(({ type, data }) => type === 'PageDelivered' && triggers.has(data.messageId));
  const firstExposureAt = first(told.map((one) => one.firstAt)) ?? null;
  const firstFlaggedAt = first(breaches.map(({ flaggedAt }) => flaggedAt)) ?? null;
  const pagedAt = paged?.recordedAt ?? null;
  const acknowledgedAt = firstOf('IncidentAcknowledged') ?? null;
  const containedAt = firstOf('ContainmentTaken') ?? containedOneByOne(breaches) ?? null;
  return {
    ...{ firstExposureAt, firstFlaggedAt, openedAt: incident.openedAt, pagedAt, acknowledgedAt, containedAt },
    lastByteAt: last(told.flatMap((one) => one.lastByteAt ?? [])) ?? null,
    closedAt: incident.closed?.at ?? null,
    timeToDetectMs: between(firstExposureAt, firstFlaggedAt),
    timeToPageMs: between(firstFlaggedAt, pagedAt),
    timeToAcknowledgeMs: between(firstFlaggedAt, acknowledgedAt),
    timeToContainMs: between(firstFlaggedAt, containedAt),
  };
};

/** Without a command for the incident it is contained once the last of its breaches under which anything may leave is. */
const containedOneByOne = (breaches: readonly BreachSeen[]): string | undefined => {
  const open = breaches.filter(({ contentReleased }) => contentReleased);
  const times = open.flatMap(({ containedAt }) => containedAt ?? []);
  return open.length > 0 && times.length === open.length ? last(times) : undefined;
};

const between = (from: string | null, to: string | null): number | null =>
  from === null || to === null ? null : Date.parse(to) - Date.parse(from);
