import { patientStreams, sessionStreams, viewerStreams } from '../../../events/categories.ts';
import type { PatientEvent } from '../../../events/patient-events.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { judge, type RecordingViewed, type RuleSet, type Verdict } from '../../../projections/access-rules.ts';
import type { Evidence } from '../../../projections/evidence.ts';
import { noAccess, type RecordingAccess, takeIn } from '../../../projections/recording-access.ts';
import { noTimeline, standingFor, takeInTimeline, type ViewerTimeline } from '../../../projections/viewer-timeline.ts';
import type { SessionOwner } from '../../second-key/evidence.ts';
import { readEvidence } from '../../second-key/raw-event.ts';
import type { StoredLog } from '../log/stored-log.ts';

export type JudgedBy = { readonly rules: RuleSet; readonly emergencyPatients: number };

/** The patient a view is of, as the second key reads their stream to its end: later events change no verdict. */
export type PatientEvidence = {
  readonly access: RecordingAccess;
  readonly views: ReadonlyMap<string, RecordingViewed>;
};

/** @throws Unbelievable, and what the store throws */
export const patientEvidence = async (log: StoredLog, patientId: string): Promise<PatientEvidence> => {
  const access = noAccess();
  const views = new Map<string, RecordingViewed>();
  for await (const stored of log.stream(patientStreams.of(patientId))) {
    const event = readEvidence(stored) as Evidence<PatientEvent>;
    if (event.type === 'RecordingViewed') views.set(event.data.viewId, event);
    takeIn(access, event);
  }
  return { access, views };
};

/** @throws Unbelievable, and what the store throws */
export const viewerTimeline = async (log: StoredLog, viewerId: string): Promise<ViewerTimeline> => {
  const timeline = noTimeline();
  for await (const stored of log.stream(viewerStreams.of(viewerId)))
    takeInTimeline(timeline, readEvidence(stored) as Evidence<ViewerEvent>);
  return timeline;
};

/** Whose a media session is; undefined where the ledger does not say. @throws Unbelievable, and what the store throws */
export const sessionOwner = async (log: StoredLog, mediaSessionId: string): Promise<SessionOwner | undefined> => {
  for await (const stored of log.stream(sessionStreams.of(mediaSessionId))) {
    const event = readEvidence(stored);
    if (event.type === 'MediaSessionBound') return event.data;
  }
  return undefined;
};

/** In which media session the recording of a view was made. */
export const sessionOf = (access: RecordingAccess, { data }: RecordingViewed): string | undefined =>
  access.consultations.get(data.consultationId)?.recordings.get(data.recordingId)?.mediaSessionId;

/** The verdict on a view by these rules, from what the second key knew when it judged it. */
export const judgeAgain = (
  { access }: Pick<PatientEvidence, 'access'>,
  timeline: ViewerTimeline,
  view: RecordingViewed,
  owner: SessionOwner | undefined,
  { rules, emergencyPatients }: JudgedBy,
): Verdict => judge(access, standingFor(timeline, view), view, { emergencyPatients, sessionOwner: owner }, rules.rules);
