import { groupingStream } from '../events/categories.ts';
import type { GroupingEvent, IncidentKind } from '../events/incident-events.ts';
import type { Severity } from '../events/values.ts';
import { GrowOnly } from './grow-only.ts';
import { streamFold } from './projection.ts';

const MINUTE_MS = 60_000;
/** A breach joins the incident of its group for so long after the last one, and after the first. */
export const GROUP_WINDOW_MS = 30 * MINUTE_MS;
export const GROUP_LONGEST_MS = 24 * 60 * MINUTE_MS;
/** So many viewers flagged by one rule under one release within so long have one cause: the release. */
export const RELEASE_VIEWERS = 3;
export const RELEASE_WINDOW_MS = 10 * MINUTE_MS;

/** Rules about one patient whom many look at. */
const ABOUT_PATIENTS: ReadonlySet<string> = new Set(['same-victim']);

/** A breach as it is grouped. */
export type ToGroup = {
  readonly breachId: string;
  readonly severity: Severity;
  readonly rule: string;
  readonly viewerId?: string | undefined;
  readonly patientId?: string | undefined;
  readonly recordingId?: string | undefined;
  readonly appVersion: string;
  readonly drillId?: string | undefined;
};

export type Group = {
  readonly incidentId: string;
  readonly key: string;
  readonly kind: IncidentKind;
  readonly firstAt: number;
  readonly lastAt: number;
};

/** A viewer who was lately flagged under a release. */
type Lately = { readonly viewerId: string; readonly incidentId: string; readonly at: number };

/** What was grouped so far, as far as the next breach depends on it. Times in milliseconds. */
export type Grouping = {
  readonly incidentOf: GrowOnly<string, string>;
  /** Of breaches that were moved by hand. */
  readonly moved: ReadonlyMap<string, string>;
  readonly mergedInto: ReadonlyMap<string, string>;
  /** Which incidents each absorbed. */
  readonly absorbed: ReadonlyMap<string, readonly string[]>;
  /** By key: the groups that a breach may still join. */
  readonly open: ReadonlyMap<string, Group>;
  readonly lately: ReadonlyMap<string, readonly Lately[]>;
};

export const releaseKey = ({ appVersion, rule }: Pick<ToGroup, 'appVersion' | 'rule'>) =>
  `release:${appVersion}:${rule}`;

const isOpen = ({ firstAt, lastAt }: Group, at: number) =>
  at - lastAt <= GROUP_WINDOW_MS && at - firstAt <= GROUP_LONGEST_MS;

export const groupings = streamFold({
  category: groupingStream,
  initial: (): Grouping => ({
    incidentOf: GrowOnly.empty(),
    ...{ moved: new Map(), mergedInto: new Map(), absorbed: new Map(), open: new Map(), lately: new Map() },
  }),
  on: {
    BreachGrouped: (grouping, { data }) => {
      const { breachId, incidentId, key, kind, severity, viewerId, absorbs = [] } = data;
      const at = Date.parse(data.at);
      const mergedInto = new Map(grouping.mergedInto);
      for (const absorbed of absorbs) mergedInto.set(absorbed, incidentId);
      const open = new Map(
        [...grouping.open].flatMap(([of, group]) => {
          if (!isOpen(group, at)) return [];
          return [[of, absorbs.includes(group.incidentId) ? { ...group, incidentId } : group] as const];
        }),
      );
      const firstAt = Math.min(at, ...[...open.values()].filter(isOf(incidentId)).map((group) => group.firstAt));
      open.set(key, { incidentId, key, kind, firstAt, lastAt: at });
      const releases = new Map(
        [...grouping.lately].flatMap(([of, viewers]) => {
          const left = viewers.filter((viewer) => at - viewer.at <= RELEASE_WINDOW_MS);
          return left.length === 0 ? [] : [[of, left] as const];
        }),
      );
      const release = releaseKey(data);
      if (kind === 'release') releases.delete(release);
      else if (severity === 'critical' && viewerId !== undefined && kind === 'viewer') {
        const others = (releases.get(release) ?? []).filter((viewer) => viewer.viewerId !== viewerId);
        releases.set(release, [...others, { viewerId, incidentId, at }]);
      }
      return {
        ...grouping,
        ...{ incidentOf: grouping.incidentOf.with(breachId, incidentId), mergedInto, open, lately: releases },
        // Its incident was over before it joined it: it is grouped again.
        moved: grouping.incidentOf.has(breachId) ? new Map(grouping.moved).set(breachId, incidentId) : grouping.moved,
        absorbed: absorbs.length === 0 ? grouping.absorbed : new Map(grouping.absorbed).set(incidentId, absorbs),
      };
    },
    GroupEnded: (grouping, { data }) => ({ ...grouping, ...forgotten(grouping, data.incidentId) }),
    GroupMerged: (grouping, { data: { incidentId, into } }) => ({
      ...grouping,
      mergedInto: new Map(grouping.mergedInto).set(incidentId, into),
      open: new Map(
        [...grouping.open].map(([key, group]) => [
          key,
          group.incidentId === incidentId ? { ...group, incidentId: into } : group,
        ]),
      ),
      lately: forgotten(grouping, incidentId).lately,
    }),
    BreachesMoved: (grouping, { data: { to, breachIds } }) => ({
      ...grouping,
      moved: new Map([...grouping.moved, ...breachIds.map((breachId) => [breachId, to] as const)]),
    }),
  },
  ignores: [],
});

const isOf =
  (incidentId: string) =>
  (one: Pick<Group, 'incidentId'>): boolean =>
    one.incidentId === incidentId;

/** Whether a breach may still join an incident, or make it a release's. */
export const leadsTo = ({ open, lately }: Grouping, incidentId: string): boolean =>
  [...open.values(), ...[...lately.values()].flat()].some(isOf(incidentId));

const forgotten = ({ open, lately }: Grouping, incidentId: string): Pick<Grouping, 'open' | 'lately'> => ({
  open: new Map([...open].filter(([, group]) => group.incidentId !== incidentId)),
  lately: new Map(
    [...lately].map(([key, viewers]) => [key, viewers.filter((viewer) => viewer.incidentId !== incidentId)]),
  ),
});

/** The incident that a breach is part of; undefined for one that was not grouped. */
export const incidentOf = (
  { incidentOf: first, moved, mergedInto }: Grouping,
  breachId: string,
): string | undefined => {
  const incidentId = moved.get(breachId) ?? first.get(breachId);
  return incidentId === undefined ? undefined : heir(mergedInto, incidentId);
};

/** The incident that an incident is part of by now: itself, unless it was merged. */
const heir = (mergedInto: Grouping['mergedInto'], incidentId: string): string => {
  const seen = new Set<string>();
  let now = incidentId;
  for (let next = mergedInto.get(now); next !== undefined && !seen.has(next); next = mergedInto.get(now)) {
    seen.add(now);
    now = next;
  }
  return now;
};

/** The group that an incident is of; undefined where no breach may join it any more. A release goes before the viewers that it began with. */
export const groupOf = ({ open }: Grouping, incidentId: string): Group | undefined => {
  const groups = [...open.values()].filter(isOf(incidentId));
  return groups.find(({ kind }) => kind === 'release') ?? groups[0];
};

type Grouped = Extract<GroupingEvent, { type: 'BreachGrouped' }>;

/**
 * Which incident a breach becomes part of: that of its drill, of the release that it has in common with other viewers, of its viewer, or of
 * its patient. A breach that was grouped before stays where it is.
 */
export const group = (grouping: Grouping, breach: ToGroup, how: How): Grouped[] =>
  incidentOf(grouping, breach.breachId) === undefined ? [grouped(grouping, breach, how)] : [];

/** The same for a breach whose incident was over before it joined it: it begins another one. */
export const groupAgain = (grouping: Grouping, breach: ToGroup, over: string, how: How): GroupingEvent[] => {
  if (incidentOf(grouping, breach.breachId) !== over) return [];
  const ended = { incidentId: over, at: new Date(how.at).toISOString() };
  const without = { ...grouping, ...forgotten(grouping, over) };
  return [{ type: 'GroupEnded', data: ended }, grouped(without, breach, how)];
};

type How = {
  /** When it is grouped, in milliseconds. */
  readonly at: number;
  /** The id of a new incident, by its key and its first breach. */
  readonly idFor: (key: string, breachId: string) => string;
};

const grouped = (grouping: Grouping, breach: ToGroup, { at, idFor }: How): Grouped => {
  const into = ({
    key,
    kind,
    incidentId,
    absorbs = [],
  }: Pick<Group, 'key' | 'kind'> & Partial<Group> & { absorbs?: readonly string[] }) => {
    const { breachId, severity, rule, viewerId, patientId, recordingId, appVersion, drillId } = breach;
    return {
      type: 'BreachGrouped' as const,
      data: {
        ...{ breachId, severity, rule, appVersion, key, kind },
        ...(viewerId !== undefined && { viewerId }),
        ...(patientId !== undefined && { patientId }),
        ...(recordingId !== undefined && { recordingId }),
        ...(drillId !== undefined && { drillId }),
        incidentId: incidentId ?? idFor(key, breachId),
        at: new Date(at).toISOString(),
        ...(absorbs.length > 0 && { absorbs: [...absorbs] }),
      },
    };
  };
  const known = (key: string): Group | undefined => {
    const found = grouping.open.get(key);
    return found && isOpen(found, at) ? found : undefined;
  };
  const join = (key: string, kind: IncidentKind) => into({ key, kind, ...known(key) });

  const { viewerId, patientId, severity, rule, drillId } = breach;
  if (drillId !== undefined) return join(`drill:${drillId}`, 'drill');
  if (ABOUT_PATIENTS.has(rule) && patientId !== undefined) return join(`patient:${patientId}`, 'patient');
  const release = releaseKey(breach);
  if (severity === 'critical' && viewerId !== undefined) {
    const same = known(release);
    if (same) return into(same);
    const others = (grouping.lately.get(release) ?? []).filter(
      (lately) => lately.viewerId !== viewerId && at - lately.at <= RELEASE_WINDOW_MS,
    );
    if (others.length >= RELEASE_VIEWERS - 1) {
      const own = known(`viewer:${viewerId}`);
      const incidents = [
        ...new Set([...others, ...(own ? [own] : [])].map(({ incidentId }) => heir(grouping.mergedInto, incidentId))),
      ];
      const [first, ...absorbs] = incidents as [string, ...string[]];
      return into({ key: release, kind: 'release', incidentId: first, absorbs });
    }
  }
  if (viewerId !== undefined) return join(`viewer:${viewerId}`, 'viewer');
  if (patientId !== undefined) return join(`patient:${patientId}`, 'patient');
  return join(`rule:${rule}`, 'rule');
};
