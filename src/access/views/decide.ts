import type { PatientEvent } from '../../../events/patient-events.ts';
import type { Purpose, ReleaseMode } from '../../../events/values.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { RecordingNotFound } from '../../consultations/errors.ts';
import {
  type Consultation,
  capacityOf,
  noConsultations,
  type PatientLedger,
  type Recording,
  reportKey,
} from '../../consultations/evolve.ts';
import type { RecordingRef, ViewRef } from '../../consultations/refs.ts';
import type { ViewerLedger } from '../viewers/evolve.ts';
import type { AccessPolicy, Viewer } from './policy.ts';

type RecordingViewed = Extract<PatientEvent, { type: 'RecordingViewed' }>;
type ViewReported = Extract<ViewerEvent, { type: 'ViewReported' }>;
type RecordingViewRefused = Extract<PatientEvent, { type: 'RecordingViewRefused' }>;

/** A person asks this API to show them a recording. */
export type ViewRecording = RecordingRef & {
  readonly viewId: string;
  readonly viewer: Viewer;
  readonly purpose: Purpose;
  readonly reason?: string | undefined;
  readonly playbackHalted: boolean;
  /** ISO-8601 in UTC. */
  readonly now: string;
  readonly releaseMode: ReleaseMode;
  readonly expiresAt: string;
  /** Each use extends it by that long, up to `endsAt`. */
  readonly idleSeconds: number;
  readonly endsAt: string;
};

/** A trusted service reports that a person opened a recording elsewhere. */
export type WitnessView = ViewRef & {
  readonly viewerRoles: readonly string[];
  readonly purpose: Purpose;
  readonly reason?: string | undefined;
  readonly occurredAt?: string | undefined;
};

/** @throws RecordingNotFound unless this recording is filed in this consultation of this patient */
const find = (patient: PatientLedger, { consultationId, recordingId }: RecordingRef): [Consultation, Recording] => {
  const consultation = patient.consultations.get(consultationId);
  const recording = consultation?.recordings.get(recordingId);
  if (!consultation || !recording) throw new RecordingNotFound();
  return [consultation, recording];
};

const optional = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

/**
 * A view, or its refusal; either is a fact of the patient's stream. Where there is nothing to view nothing is written: no stranger
 * makes a stream, or an entry, by guessing ids.
 * @throws RecordingNotFound
 */
export function viewRecording(
  patient: PatientLedger,
  { viewer, purpose, reason, playbackHalted, now, releaseMode, expiresAt, idleSeconds, endsAt, ...view }: ViewRecording,
  policy: AccessPolicy,
): [RecordingViewed | RecordingViewRefused] {
  const [consultation, recording] = find(patient, view);
  const decision = policy.decide({ consultation, recording, viewer, purpose, reason, playbackHalted, now });
  // A review ends with its assignment, however long it is watched.
  const until = purpose === 'review' ? (recording.reviewers.get(viewer.id) ?? endsAt) : endsAt;
  const who = { viewerId: viewer.id, viewerRoles: [...viewer.roles], purpose };
  if (decision !== 'allowed')
    return [{ type: 'RecordingViewRefused', data: { ...view, ...who, reasonCode: decision } }];
  return [
    {
      type: 'RecordingViewed',
      data: {
        ...{ ...view, ...who, source: 'mediated', ...optional('reason', reason), releaseMode },
        ...{ expiresAt: earlier(expiresAt, until), idleSeconds, endsAt: earlier(endsAt, until) },
      },
    },
  ];
}

/** Of two times as the ledger keeps them. */
const earlier = (a: string, b: string): string => (a < b ? a : b);

/** Whether a report can be recorded with the patient it names; the recording may be another's, or not be uploaded yet. */
export const isKnown = (patient: PatientLedger, { consultationId }: RecordingRef): boolean =>
  patient.consultations.has(consultationId);

/**
 * The reported view. It happened, so no policy is asked, and it is recorded whatever is filed there: that a service showed one patient's
 * recording in another's consultation is what must not be lost. The same report again adds nothing.
 */
export const witnessView = (patient: PatientLedger, view: WitnessView): RecordingViewed[] =>
  reported(patient, view).map((data) => ({ type: 'RecordingViewed', data: { ...data, source: 'witnessed' } }));

/** The report of a view in a consultation that the ledger does not know: there is no patient's stream to record it on. */
export const reportView = (viewer: ViewerLedger, view: WitnessView): ViewReported[] =>
  reported({ ...noConsultations(), reports: viewer.reports }, view).map((data) => ({ type: 'ViewReported', data }));

const reported = (known: PatientLedger, { viewerRoles, reason, occurredAt, ...view }: WitnessView) => {
  const first = known.reports.get(reportKey({ ...view, viewerRoles, occurredAt }, known));
  if (first !== undefined && occurredAt !== undefined) return [];
  const more = { ...optional('reason', reason), ...optional('occurredAt', occurredAt), ...optional('sameAs', first) };
  return [{ ...view, viewerRoles: [...viewerRoles], ...more }];
};

/** Whether a person takes part in a consultation, as far as the first key knows. */
export function takesPart(patient: PatientLedger, consultationId: string, personId: string): boolean {
  const consultation = patient.consultations.get(consultationId);
  return consultation !== undefined && capacityOf(consultation, personId) !== undefined;
}

/** Whether the policy would let this person see this recording, if it were asked: a participant, and a recording that is there for them. */
export function maySee(
  patient: PatientLedger,
  { consultationId, recordingId, viewerId }: RecordingRef & { readonly viewerId: string },
): boolean {
  const recording = patient.consultations.get(consultationId)?.recordings.get(recordingId);
  return takesPart(patient, consultationId, viewerId) && recording?.state === 'available';
}
