import type { Appended } from '../../../events/event.ts';
import type { Purpose, Severity, ViewSource } from '../../../events/values.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { PersistentMap } from '../../../projections/persistent.ts';
import { noConsultations, reportKey, withReport } from '../../consultations/evolve.ts';
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
  readonly idleSeconds?: number | undefined;
  readonly endsAt?: string | undefined;
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
  /** The latest views, the oldest first. */
  readonly views: PersistentMap<string, JudgedView>;
  /** Every view that was revoked, however long ago: one that is forgotten would play again. */
  readonly revoked: PersistentMap<string, true>;
  /** Reports of views in consultations that the ledger does not know: the first viewId by `reportKey`. */
  readonly reports: PersistentMap<string, string>;
  /** The last list that was recorded as shown to them, and under which releases of the ledger and of the app. */
  readonly listed:
    | { readonly digest: string; readonly appVersion: string; readonly clientRelease?: string | undefined }
    | undefined;
};

/** How many views of a person are kept: far more than a person opens before their first one expires. */
export const VIEWS_KEPT = 500;

export const noViews = (): ViewerLedger => ({
  suspended: false,
  suspendedAt: undefined,
  views: PersistentMap.empty(),
  revoked: PersistentMap.empty(),
  reports: PersistentMap.empty(),
  listed: undefined,
});

/** The verdict on a view, if it is among the latest. */
export const viewIn = ({ views }: ViewerLedger, viewId: string): JudgedView | undefined => views.get(viewId);

/** Whether older views than those kept may be in the stream. */
export const mayHaveForgotten = ({ views }: ViewerLedger): boolean => views.size > VIEWS_KEPT;

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
      return {
        ...viewer,
        reports: withReport(viewer.reports, reportKey(event.data, noConsultations()), event.data.viewId),
      };
    case 'EgressPrevented':
    case 'ProbingDetected':
      return viewer;
  }
}

const judged = (viewer: ViewerLedger, view: JudgedView): ViewerLedger => {
  const views = viewer.views.with(view.viewId, view);
  // One more is kept than counts: that there is one says that there may have been others.
  const [oldest] = views.size > VIEWS_KEPT + 1 ? views.keys() : [];
  return { ...viewer, views: oldest === undefined ? views : views.without(oldest) };
};

/** How many other patients' recordings this person was let into as emergencies since a time, in milliseconds. */
export function otherEmergencies(
  { views }: ViewerLedger,
  patientId: string,
  madeAt: (view: JudgedView) => number,
  since: number,
): number {
  const patients = new Set<string>();
  for (const view of views.values())
    if (view.verdict === 'flagged' && view.released && view.purpose === 'emergency' && view.patientId !== patientId)
      if (madeAt(view) > since) patients.add(view.patientId);
  return patients.size;
}
