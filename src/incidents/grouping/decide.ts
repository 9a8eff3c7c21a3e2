import type { GroupingEvent, IncidentKind } from '../../../events/incident-events.ts';
import {
  forgotten,
  type Group,
  type Grouping,
  heir,
  incidentOf,
  isOpen,
  RELEASE_VIEWERS,
  RELEASE_WINDOW_MS,
  releaseKey,
  type ToGroup,
} from '../../../projections/grouping.ts';

/** The rule that says of a release itself that it does harm. */
const REGRESSION = 'release-regression';

/** Rules about one patient whom many look at. */
const ABOUT_PATIENTS: ReadonlySet<string> = new Set(['same-victim']);

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
  if (ABOUT_PATIENTS.has(rule) && patientId !== undefined) {
    // Many look at one patient because a release lets them.
    const [release] = known(`patient:${patientId}`) ? [] : ofRelease(grouping, breach, at);
    return release ? into(release) : join(`patient:${patientId}`, 'patient');
  }
  const release = releaseKey(breach);
  if (rule === REGRESSION) {
    const same = known(release);
    if (same) return into(same);
    const [first, ...absorbs] = suspects(grouping, breach, at);
    return into({ key: release, kind: 'release', ...(first !== undefined && { incidentId: first }), absorbs });
  }
  if (severity === 'critical' && viewerId !== undefined) {
    // Once a release is known to do harm, all of it is one incident.
    const same = known(release) ?? known(releaseKey({ ...breach, rule: REGRESSION }));
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

/** The incidents that a release is behind, if it is behind any: its own, and those of viewers who were lately flagged under it. */
const suspects = (grouping: Grouping, breach: ToGroup, at: number): readonly string[] => {
  const { lately, mergedInto } = grouping;
  const own = ofRelease(grouping, breach, at);
  const prefix = releaseKey({ ...breach, rule: '' });
  const viewers = [...lately].flatMap(([key, all]) => (key.startsWith(prefix) ? all : []));
  const late = viewers.filter((viewer) => at - viewer.at <= RELEASE_WINDOW_MS);
  return [...new Set([...own, ...late].map(({ incidentId }) => heir(mergedInto, incidentId)))];
};

/** The groups of a release that a breach may still join. */
const ofRelease = ({ open }: Grouping, breach: ToGroup, at: number): readonly Group[] => {
  const prefix = releaseKey({ ...breach, rule: '' });
  return [...open.values()].filter((group) => group.key.startsWith(prefix) && isOpen(group, at));
};
