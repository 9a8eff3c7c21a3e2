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
  /** The latest views in the order they were judged. */
  readonly views: ReadonlyMap<string, JudgedView>;
  readonly revoked: ReadonlySet<string>;
};

/** How many views of a person are kept: far more than anybody opens before their first one expires. */
export const VIEWS_KEPT = 500;

export const noViews = (): ViewerLedger => ({ suspended: false, views: new Map(), revoked: new Set() });

const newest = <T>(entries: readonly T[]): readonly T[] => entries.slice(-VIEWS_KEPT);

/**
 * The viewer's stream after one more event. A repeated verdict changes nothing (they are delivered at least once, and a store with a
 * short memory for event ids may keep a repetition), and nothing clears what was flagged.
 */
export function evolveViewer(viewer: ViewerLedger, event: Appended<ViewerEvent>): ViewerLedger {
  switch (event.type) {
    case 'ViewCleared':
      if (viewer.views.has(event.data.viewId)) return viewer;
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
    case 'EgressPrevented':
      return viewer;
  }
}

const judged = (viewer: ViewerLedger, view: JudgedView): ViewerLedger => {
  const views = new Map(viewer.views).set(view.viewId, view);
  const oldest = views.size > VIEWS_KEPT ? views.keys().next().value : undefined;
  if (oldest !== undefined) views.delete(oldest);
  return { ...viewer, views };
};
