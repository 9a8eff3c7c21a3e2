import type { ViewerEvent } from '../events/viewer-events.ts';
import type { Evidence } from './evidence.ts';

/** A verdict on a view, with its place on the viewer's stream. */
export type VerdictEvidence = {
  readonly revision: number;
  readonly at: number;
  readonly patientId: string;
  /** Of the view, on the patient's stream. */
  readonly viewRevision: number;
  /** Whether both keys let it be played. */
  readonly released: boolean;
  readonly flagged: boolean;
};

/** What the second key knows of a person who views recordings. */
export type ViewerStanding = {
  /** The last revision that was taken in; -1 before the first. */
  revision: number;
  /** Suspensions and reinstatements in order. */
  readonly suspensions: { readonly revision: number; readonly at: number; readonly suspended: boolean }[];
  /** The latest verdicts by view, the oldest first. */
  readonly verdicts: Map<string, VerdictEvidence>;
  /** When the latest of the verdicts was recorded that are not kept any more. */
  forgottenUntil: number;
  readonly revoked: Set<string>;
  /** Emergency views that were released: of whom, and when the verdict was recorded. */
  readonly emergencies: { readonly patientId: string; readonly at: number }[];
};

/** Far more than a person opens within the day that a view can last. An older verdict is looked up on the stream, where one matters. */
const VERDICTS_KEPT = 2_000;
const EMERGENCIES_KEPT = 1_000;

/** The rule under which a clinician’s emergency view is released all the same. */
export const EMERGENCY_ACCESS = 'emergency-access';

export const noStanding = (): ViewerStanding => ({
  revision: -1,
  suspensions: [],
  verdicts: new Map(),
  forgottenUntil: Number.NEGATIVE_INFINITY,
  revoked: new Set(),
  emergencies: [],
});

/** Takes one more event of the viewer's stream in, in place; nothing clears a flagged view. */
export function takeInViewer(standing: ViewerStanding, event: Evidence<ViewerEvent>): void {
  if (event.revision <= standing.revision) return;
  standing.revision = event.revision;
  const { revision, at } = event;
  switch (event.type) {
    case 'ViewCleared': {
      const { viewId, patientId, viewRevision, source } = event.data;
      if (standing.verdicts.has(viewId)) return;
      keep(standing, viewId, {
        revision,
        at,
        patientId,
        viewRevision,
        released: source === 'mediated',
        flagged: false,
      });
      return;
    }
    case 'ViewFlagged': {
      const { viewId, patientId, viewRevision, rule, released } = event.data;
      if (standing.verdicts.get(viewId)?.flagged) return;
      keep(standing, viewId, { revision, at, patientId, viewRevision, released, flagged: true });
      if (rule === EMERGENCY_ACCESS) standing.emergencies.push({ patientId, at });
      if (standing.emergencies.length > EMERGENCIES_KEPT) standing.emergencies.shift();
      return;
    }
    case 'ViewRevoked':
      standing.revoked.add(event.data.viewId);
      return;
    case 'ViewerSuspended':
    case 'ViewerReinstated':
      standing.suspensions.push({ revision, at, suspended: event.type === 'ViewerSuspended' });
      return;
    case 'ConsultationsListed':
    case 'EgressPrevented':
    case 'ViewReported':
    case 'ProbingDetected':
      return;
  }
}

const keep = (standing: ViewerStanding, viewId: string, verdict: VerdictEvidence): void => {
  const { verdicts } = standing;
  verdicts.set(viewId, verdict);
  if (verdicts.size <= VERDICTS_KEPT) return;
  for (const [oldest, { at }] of verdicts) {
    standing.forgottenUntil = Math.max(standing.forgottenUntil, at);
    verdicts.delete(oldest);
    return;
  }
};

/** Whether the person was suspended at a time, in milliseconds. */
export const suspendedAt = ({ suspensions }: ViewerStanding, time: number): boolean =>
  suspensions.findLast(({ at }) => at <= time)?.suspended ?? false;

/** Whether the person is suspended, or was since a revision of their stream: views that were open then do not open again. */
export const suspendedSince = ({ suspensions }: ViewerStanding, revision: number): boolean =>
  (suspensions.at(-1)?.suspended ?? false) ||
  suspensions.some((change) => change.suspended && change.revision > revision);

/** How many other patients' recordings the person opened in an emergency within a time before. */
export const otherEmergencies = (
  { emergencies }: ViewerStanding,
  { patientId, before, withinMs }: { patientId: string; before: number; withinMs: number },
): number =>
  new Set(
    emergencies.filter((one) => one.patientId !== patientId && one.at > before - withinMs).map((one) => one.patientId),
  ).size;
