import { groupingStream } from '../events/categories.ts';
import type { IncidentKind } from '../events/incident-events.ts';
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

/** The groups so far, as far as the next breach depends on them. Times in milliseconds. */
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

/** Whether a breach may still join a group. */
export const isOpen = ({ firstAt, lastAt }: Group, at: number) =>
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

/** Without an incident that nothing joins any more. */
export const forgotten = ({ open, lately }: Grouping, incidentId: string): Pick<Grouping, 'open' | 'lately'> => ({
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
export const heir = (mergedInto: Grouping['mergedInto'], incidentId: string): string => {
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
