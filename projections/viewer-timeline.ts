import type { ViewerEvent } from '../events/viewer-events.ts';
import type { RecordingViewed } from './access-rules.ts';
import type { Evidence } from './evidence.ts';
import { EMERGENCY_ACCESS, noStanding, takeInViewer, type ViewerStanding } from './viewer-standing.ts';

/** What a person's stream says that bears on verdicts, with where it says so: for views that are judged again, long after. */
export type ViewerTimeline = {
  /** As a whole: suspensions are asked for by their time. */
  readonly standing: ViewerStanding;
  /** Verdicts on emergencies, in order; `counts` towards how many patients were opened in emergencies of one day. */
  readonly emergencies: {
    readonly viewId: string;
    readonly patientId: string;
    readonly at: number;
    readonly counts: boolean;
  }[];
};

export const noTimeline = (): ViewerTimeline => ({ standing: noStanding(), emergencies: [] });

/** Takes one more event of the viewer's stream in, in place; of verdicts nothing but those on emergencies is kept. */
export function takeInTimeline({ standing, emergencies }: ViewerTimeline, event: Evidence<ViewerEvent>): void {
  if (event.revision <= standing.revision) return;
  switch (event.type) {
    case 'ViewerSuspended':
    case 'ViewerReinstated':
      takeInViewer(standing, event);
      return;
    case 'ViewCleared':
    case 'ViewFlagged':
      if (event.data.purpose === 'emergency') {
        const { viewId, patientId } = event.data;
        const counts = event.type === 'ViewFlagged' && event.data.rule === EMERGENCY_ACCESS;
        emergencies.push({ viewId, patientId, at: event.at, counts });
      }
  }
  standing.revision = event.revision;
}

/**
 * The viewer as the second key knew them when it judged a view: the emergencies that were counted by then, and no later one. A view without a
 * verdict is judged with those that were recorded before it.
 */
export function standingFor({ standing, emergencies }: ViewerTimeline, view: RecordingViewed): ViewerStanding {
  const verdict = emergencies.findIndex(({ viewId }) => viewId === view.data.viewId);
  const before = verdict === -1 ? emergencies.filter(({ at }) => at <= view.at) : emergencies.slice(0, verdict);
  return { ...standing, emergencies: before.filter(({ counts }) => counts) };
}
