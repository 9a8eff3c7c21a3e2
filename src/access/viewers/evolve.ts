import type { Appended } from '../../../events/event.ts';
import type { Purpose, Severity, ViewSource } from '../../../events/values.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { GrowOnly } from '../../../projections/grow-only.ts';
import { noConsultations, reportKey } from '../../consultations/evolve.ts';
import type { ViewRef } from '../../consultations/refs.ts';

/** A view with the verdict on it. */
export type JudgedView = ViewRef & {
  /** Where the view stands on its patient's stream. */
  readonly viewRevision: number;
  /** Where its first verdict stands on this stream. */
  readonly place: number;
  readonly source: ViewSource;
  readonly purpose: Purpose;
  readonly expiresAt?: string | undefined;
  readonly verdict: 'cleared' | 'flagged';
  readonly severity?: Severity;
  readonly rule?: string;
  /** Whether both keys let it be played; revocation, suspension and expiry come on top. */
  readonly released: boolean;
};

/** One person's viewer stream as the permits for recordings need it. */
export type ViewerLedger = {
  readonly suspended: boolean;
  /** Where the last suspension stands on this stream: it ended the views that were judged before it, also once it is over. */
  readonly suspendedAt: number | undefined;
  /**
   * The latest views, the newest generation first. In generations, because each verdict copies what it is added to: one map of them all
   * made this the dearest step of a busy viewer's verdict.
   */
  readonly views: readonly ReadonlyMap<string, JudgedView>[];
  /** Every view that was revoked, however long ago: one that is forgotten would play again. */
  readonly revoked: GrowOnly<string, true>;
  /** Reports of views in consultations that the ledger does not know: the first viewId by `reportKey`. */
  readonly reports: GrowOnly<string, string>;
  /** The last list that was recorded as shown to them, and under which releases of the ledger and of the app. */
  readonly listed:
    | { readonly digest: string; readonly appVersion: string; readonly clientRelease?: string | undefined }
    | undefined;
};

const GENERATION = 16;
const GENERATIONS = 32;
/** How many views of a person are kept at least: far more than a person opens before their first one expires. */
export const VIEWS_KEPT = GENERATION * (GENERATIONS - 1);

export const noViews = (): ViewerLedger => ({
  suspended: false,
  suspendedAt: undefined,
  views: [],
  revoked: GrowOnly.empty(),
  reports: GrowOnly.empty(),
  listed: undefined,
});

/** The verdict on a view, if it is among the latest. */
export function viewIn({ views }: ViewerLedger, viewId: string): JudgedView | undefined {
  for (const generation of views) {
    const view = generation.get(viewId);
    if (view) return view;
  }
  return undefined;
}

/** Whether older views than those kept may be in the stream. */
export const mayHaveForgotten = ({ views }: ViewerLedger): boolean => views.length === GENERATIONS;

/**
 * The viewer's stream after one more event. A repeated verdict changes nothing (they are delivered at least once, and a store with a
 * short memory for event ids may keep a repetition), and nothing clears a flagged view.
 */
export function evolveViewer(viewer: ViewerLedger, event: Appended<ViewerEvent>): ViewerLedger {
  switch (event.type) {
    case 'ViewCleared':
      if (viewIn(viewer, event.data.viewId)) return viewer;
      return judged(viewer, {
        ...event.data,
        place: event.revision,
        verdict: 'cleared',
        released: event.data.source === 'mediated',
      });
    case 'ViewFlagged': {
      const known = viewIn(viewer, event.data.viewId);
      if (known?.verdict === 'flagged') return viewer;
      return judged(viewer, { ...event.data, place: known?.place ?? event.revision, verdict: 'flagged' });
    }
    case 'ViewRevoked':
      return { ...viewer, revoked: viewer.revoked.with(event.data.viewId, true) };
    case 'ViewerSuspended':
      return { ...viewer, suspended: true, suspendedAt: event.revision };
    case 'ViewerReinstated':
      return { ...viewer, suspended: false };
    case 'ConsultationsListed':
      return {
        ...viewer,
        listed: {
          digest: event.data.digest,
          appVersion: event.metadata.appVersion,
          clientRelease: event.metadata.clientRelease,
        },
      };
    case 'ViewReported':
      return { ...viewer, reports: viewer.reports.with(reportKey(event.data, noConsultations()), event.data.viewId) };
    case 'EgressPrevented':
    case 'ProbingDetected':
      return viewer;
  }
}

const judged = (viewer: ViewerLedger, view: JudgedView): ViewerLedger => {
  const [latest, ...older] = viewer.views;
  const views =
    latest && latest.size < GENERATION
      ? [new Map(latest).set(view.viewId, view), ...older]
      : [new Map([[view.viewId, view]]), ...viewer.views].slice(0, GENERATIONS);
  return { ...viewer, views };
};

/** How many other patients' recordings this person was let into as emergencies since a time, in milliseconds. */
export function otherEmergencies(
  { views }: ViewerLedger,
  patientId: string,
  madeAt: (view: JudgedView) => number,
  since: number,
): number {
  const patients = new Set<string>();
  for (const generation of views)
    for (const view of generation.values())
      if (view.verdict === 'flagged' && view.released && view.purpose === 'emergency' && view.patientId !== patientId)
        if (madeAt(view) > since) patients.add(view.patientId);
  return patients.size;
}
