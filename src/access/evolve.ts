import type { Appended } from '../events/event.ts';
import type { Severity, ViewSource } from '../events/values.ts';
import type { ViewerEvent } from '../events/viewer-events.ts';

/** A view with the verdict on it. */
export type JudgedView = {
  readonly viewId: string;
  readonly viewerId: string;
  readonly patientId: string;
  readonly consultationId: string;
  readonly recordingId: string;
  readonly source: ViewSource;
  readonly expiresAt?: string | undefined;
  readonly verdict: 'cleared' | 'flagged';
  readonly severity?: Severity;
  readonly rule?: string;
  /** Whether both keys let it be played; revocation, suspension and expiry come on top. */
  readonly released: boolean;
};

/** One person's viewer stream as the release of recordings needs it. */
export type ViewerLedger = {
  readonly suspended: boolean;
  /**
   * The latest views, the newest generation first. In generations, because each verdict copies what it is added to: one map of them all
   * made this the dearest step of a busy viewer's verdict.
   */
  readonly views: readonly ReadonlyMap<string, JudgedView>[];
  readonly revoked: ReadonlySet<string>;
  /** The last list that was recorded as shown to them, and under which release. */
  readonly listed: { readonly digest: string; readonly appVersion: string } | undefined;
};

const GENERATION = 64;
const GENERATIONS = 8;
/** How many views of a person are kept at least: far more than anybody opens before their first one expires. */
export const VIEWS_KEPT = GENERATION * (GENERATIONS - 1);

export const noViews = (): ViewerLedger => ({
  suspended: false,
  views: [],
  revoked: new Set(),
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

const newest = <T>(entries: readonly T[]): readonly T[] => entries.slice(-VIEWS_KEPT);

/**
 * The viewer's stream after one more event. A repeated verdict changes nothing (they are delivered at least once, and a store with a
 * short memory for event ids may keep a repetition), and nothing clears what was flagged.
 */
export function evolveViewer(viewer: ViewerLedger, event: Appended<ViewerEvent>): ViewerLedger {
  switch (event.type) {
    case 'ViewCleared':
      if (viewIn(viewer, event.data.viewId)) return viewer;
      return judged(viewer, { ...event.data, verdict: 'cleared', released: event.data.source === 'mediated' });
    case 'ViewFlagged':
      return judged(viewer, { ...event.data, verdict: 'flagged' });
    case 'ViewRevoked':
      return { ...viewer, revoked: new Set(newest([...viewer.revoked, event.data.viewId])) };
    case 'ViewerSuspended':
      return { ...viewer, suspended: true };
    case 'ViewerReinstated':
      return { ...viewer, suspended: false };
    case 'ConsultationsListed':
      return { ...viewer, listed: { digest: event.data.digest, appVersion: event.metadata.appVersion } };
    case 'EgressPrevented':
    case 'ViewReported':
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
