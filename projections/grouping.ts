import { groupingStream } from '../events/categories.ts';
import type { GroupingEvent, IncidentKind } from '../events/incident-events.ts';
import type { Severity } from '../events/values.ts';
import { PersistentMap } from './persistent.ts';
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

type Grouped = Extract<GroupingEvent, { type: 'BreachGrouped' }>['data'];

/** A viewer who was lately flagged under a release. */
type Lately = { readonly viewerId: string; readonly incidentId: string; readonly at: number };

/** The groups so far, as far as the next breach depends on them. Times in milliseconds. */
export type Grouping = {
  readonly incidentOf: PersistentMap<string, string>;
  /** Of breaches that were moved by hand. */
  readonly moved: PersistentMap<string, string>;
  readonly mergedInto: PersistentMap<string, string>;
  /** Which incidents each absorbed. */
  readonly absorbed: PersistentMap<string, readonly string[]>;
  /** By key, the one that was joined longest ago first: the groups that a breach may still join, and some that it may not any more. */
  readonly open: PersistentMap<string, Group>;
  /** The keys of each incident's groups among them. */
  readonly keysOf: PersistentMap<string, readonly string[]>;
  /** By release, the one that was flagged under longest ago first. */
  readonly lately: PersistentMap<string, readonly Lately[]>;
};

export const releaseKey = ({ appVersion, rule }: Pick<ToGroup, 'appVersion' | 'rule'>) =>
  `release:${appVersion}:${rule}`;

/** Whether a breach may still join a group. */
export const isOpen = ({ firstAt, lastAt }: Group, at: number) =>
  at - lastAt <= GROUP_WINDOW_MS && at - firstAt <= GROUP_LONGEST_MS;

export const groupings = streamFold({
  category: groupingStream,
  initial: (): Grouping => ({
    ...{ incidentOf: PersistentMap.empty(), moved: PersistentMap.empty(), mergedInto: PersistentMap.empty() },
    ...{ absorbed: PersistentMap.empty(), open: PersistentMap.empty(), keysOf: PersistentMap.empty() },
    lately: PersistentMap.empty(),
  }),
  on: {
    BreachGrouped: (grouping, { data }) => {
      const { breachId, incidentId, key, kind, absorbs = [] } = data;
      const at = Date.parse(data.at);
      const groups = absorbs.reduce((all, absorbed) => handedOver(all, absorbed, incidentId), openAt(grouping, at));
      const firstAt = groupsOf(groups, incidentId)
        .filter((group) => isOpen(group, at))
        .reduce((first, group) => Math.min(first, group.firstAt), at);
      const isKnown = grouping.incidentOf.has(breachId);
      return {
        ...grouping,
        ...joined(groups, { incidentId, key, kind, firstAt, lastAt: at }),
        lately: latelyAfter(grouping.lately, data, at),
        incidentOf: isKnown ? grouping.incidentOf : grouping.incidentOf.with(breachId, incidentId),
        mergedInto: absorbs.reduce((all, absorbed) => all.with(absorbed, incidentId), grouping.mergedInto),
        // Its incident was over before it joined it: it is grouped again.
        moved: isKnown ? grouping.moved.with(breachId, incidentId) : grouping.moved,
        absorbed: absorbs.length === 0 ? grouping.absorbed : grouping.absorbed.with(incidentId, absorbs),
      };
    },
    GroupEnded: (grouping, { data }) => ({ ...grouping, ...forgotten(grouping, data.incidentId) }),
    GroupMerged: (grouping, { data: { incidentId, into } }) => ({
      ...grouping,
      mergedInto: grouping.mergedInto.with(incidentId, into),
      ...handedOver(grouping, incidentId, into),
      lately: forgotten(grouping, incidentId).lately,
    }),
    BreachesMoved: (grouping, { data: { to, breachIds } }) => ({
      ...grouping,
      moved: breachIds.reduce((all, breachId) => all.with(breachId, to), grouping.moved),
    }),
  },
  ignores: [],
});

type Open = Pick<Grouping, 'open' | 'keysOf'>;

const without = ({ open, keysOf }: Open, { key, incidentId }: Group): Open => {
  const keys = (keysOf.get(incidentId) ?? []).filter((one) => one !== key);
  return {
    open: open.without(key),
    keysOf: keys.length > 0 ? keysOf.with(incidentId, keys) : keysOf.without(incidentId),
  };
};

/** Without those at the front that no breach may join any more: each that is joined goes to the end. */
const openAt = ({ open, keysOf }: Open, at: number): Open => {
  let groups: Open = { open, keysOf };
  for (let first = open.first(); first && !isOpen(first[1], at); first = groups.open.first())
    groups = without(groups, first[1]);
  return groups;
};

const joined = (groups: Open, group: Group): Open => {
  const { key, incidentId } = group;
  const before = groups.open.get(key);
  const { open, keysOf } = before && before.incidentId !== incidentId ? without(groups, before) : groups;
  const keys = keysOf.get(incidentId) ?? [];
  return {
    open: open.without(key).with(key, group),
    keysOf: keys.includes(key) ? keysOf : keysOf.with(incidentId, [...keys, key]),
  };
};

/** The groups of one incident are another's. */
const handedOver = ({ open, keysOf }: Open, from: string, to: string): Open => {
  const keys = keysOf.get(from) ?? [];
  if (keys.length === 0 || from === to) return { open, keysOf };
  return {
    open: keys.reduce((all, key) => all.with(key, { ...(all.get(key) as Group), incidentId: to }), open),
    keysOf: keysOf.without(from).with(to, [...(keysOf.get(to) ?? []), ...keys]),
  };
};

const groupsOf = ({ open, keysOf }: Open, incidentId: string): readonly Group[] =>
  (keysOf.get(incidentId) ?? []).flatMap((key) => open.get(key) ?? []);

const latelyAfter = (
  before: Grouping['lately'],
  { kind, severity, viewerId, incidentId, ...breach }: Grouped,
  at: number,
): Grouping['lately'] => {
  const isLate = (viewer: Lately) => at - viewer.at <= RELEASE_WINDOW_MS;
  let lately = before;
  for (let first = lately.first(); first && !first[1].some(isLate); first = lately.first())
    lately = lately.without(first[0]);
  const release = releaseKey(breach);
  if (kind === 'release') return lately.without(release);
  if (severity !== 'critical' || viewerId === undefined || kind !== 'viewer') return lately;
  const others = (lately.get(release) ?? []).filter((viewer) => isLate(viewer) && viewer.viewerId !== viewerId);
  return lately.without(release).with(release, [...others, { viewerId, incidentId, at }]);
};

const isOf =
  (incidentId: string) =>
  (one: Pick<Group, 'incidentId'>): boolean =>
    one.incidentId === incidentId;

/** Whether a breach may still join an incident, or make it a release's. */
export const leadsTo = ({ keysOf, lately }: Grouping, incidentId: string): boolean =>
  keysOf.has(incidentId) || [...lately.values()].flat().some(isOf(incidentId));

/** Without an incident that nothing joins any more. */
export const forgotten = (grouping: Grouping, incidentId: string): Open & Pick<Grouping, 'lately'> => {
  let { lately } = grouping;
  for (const [release, viewers] of grouping.lately)
    if (viewers.some(isOf(incidentId)))
      lately = lately.with(
        release,
        viewers.filter((one) => !isOf(incidentId)(one)),
      );
  return { ...groupsOf(grouping, incidentId).reduce<Open>(without, grouping), lately };
};

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
export const groupOf = (grouping: Grouping, incidentId: string): Group | undefined => {
  const groups = groupsOf(grouping, incidentId);
  return groups.find(({ kind }) => kind === 'release') ?? groups[0];
};
