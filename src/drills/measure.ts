import type { DrillEvent } from '../../events/drill-events.ts';
import type { Recorded } from '../../events/event.ts';
import type { IncidentEvent } from '../../events/incident-events.ts';
import type { Drill } from '../../projections/drill.ts';

type Reported = Extract<DrillEvent, { type: 'DrillReported' }>['data'];

/** The breach of a view of the drill, by the store's record times. */
export type Flagged = { readonly viewedAt: string | null; readonly flaggedAt: string };

/** What the ledger holds of a drill by now. */
export type Facts = {
  readonly drill: Drill;
  /** Of its views, those that were flagged. */
  readonly flagged: readonly Flagged[];
  readonly incidentId: string | undefined;
  /** Of that incident. */
  readonly events: readonly Recorded<IncidentEvent>[];
  readonly breachFileMs: number | undefined;
};

const between = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : Math.round(ms / 1_000));

/** How a drill went, by the record of it. */
export const reportOf = ({ drill, flagged, incidentId, events, breachFileMs }: Facts, at: string): Reported => {
  const { drillId, carriedOut } = drill;
  const { views = [], bytesLeaked = 0, egressPrevented = 0, egressPassed = 0 } = carriedOut ?? {};
  const opened = events.find(({ type }) => type === 'IncidentOpened');
  const since = (type: IncidentEvent['type']): number | undefined => {
    const first = events.find((event) => event.type === type);
    return opened && first && between(opened.recordedAt, first.recordedAt);
  };
  const detection = flagged.flatMap(({ viewedAt, flaggedAt }) => (viewedAt ? [between(viewedAt, flaggedAt)] : []));
  const pageMs = since('PageDelivered');
  const acknowledgementSeconds = seconds(since('IncidentAcknowledged'));
  const containmentSeconds = seconds(since('ContainmentTaken'));
  const failures: readonly (readonly [reason: string, isSo: boolean])[] = [
    ['not-carried-out', carriedOut === undefined],
    ['view-opened', views.some(({ outcome }) => outcome === 'opened')],
    ['view-unanswered', views.some(({ outcome }) => outcome === 'unanswered')],
    ['bytes-leaked', bytesLeaked > 0],
    ['egress-passed', egressPassed > 0],
    ['not-flagged', flagged.length < views.length],
    ['no-incident', views.length > 0 && opened === undefined],
    ['not-paged', opened !== undefined && pageMs === undefined],
    ['not-acknowledged', opened !== undefined && acknowledgementSeconds === undefined],
    ['no-breach-file', opened !== undefined && breachFileMs === undefined],
  ];
  const reasons = failures.flatMap(([reason, isSo]) => (isSo ? [reason] : []));
  return {
    ...{ drillId, outcome: reasons.length === 0 ? 'passed' : 'failed', reasons },
    ...(incidentId !== undefined && { incidentId }),
    ...{ views: views.length, flagged: flagged.length, bytesLeaked, egressPrevented },
    ...(detection.length > 0 && { detectionMs: Math.max(...detection) }),
    ...(pageMs !== undefined && { pageMs }),
    ...(acknowledgementSeconds !== undefined && { acknowledgementSeconds }),
    ...(containmentSeconds !== undefined && { containmentSeconds }),
    ...(breachFileMs !== undefined && { breachFileMs }),
    at,
  };
};
