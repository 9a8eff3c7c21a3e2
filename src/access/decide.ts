import type { Consultation, PatientLedger, Recording } from '../consultations/evolve.ts';
import type { PatientEvent } from '../events/patient-events.ts';
import type { Purpose, ReleaseMode } from '../events/values.ts';
import { RecordingNotFound } from './errors.ts';
import type { AccessPolicy, Viewer } from './policy.ts';

type RecordingViewed = Extract<PatientEvent, { type: 'RecordingViewed' }>;
type RecordingViewRefused = Extract<PatientEvent, { type: 'RecordingViewRefused' }>;

type Target = { readonly patientId: string; readonly consultationId: string; readonly recordingId: string };

/** A person asks this API to show them a recording. */
export type ViewRecording = Target & {
  readonly viewId: string;
  readonly viewer: Viewer;
  readonly purpose: Purpose;
  readonly reason?: string | undefined;
  readonly playbackHalted: boolean;
  readonly releaseMode: ReleaseMode;
  readonly expiresAt: string;
};

/** A trusted service reports that somebody opened a recording elsewhere. */
export type WitnessView = Target & {
  readonly viewId: string;
  readonly viewerId: string;
  readonly viewerRoles: readonly string[];
  readonly purpose: Purpose;
  readonly reason?: string | undefined;
  readonly occurredAt?: string | undefined;
};

/** @throws RecordingNotFound unless this recording is filed in this consultation of this patient */
const find = (patient: PatientLedger, { consultationId, recordingId }: Target): [Consultation, Recording] => {
  const consultation = patient.consultations.get(consultationId);
  const recording = consultation?.recordings.get(recordingId);
  if (!consultation || !recording) throw new RecordingNotFound();
  return [consultation, recording];
};

const given = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

/**
 * A view, or its refusal; either is a fact of the patient's stream. Where there is nothing to view nothing is written: no stranger
 * makes a stream, or an entry, by guessing ids.
 * @throws RecordingNotFound
 */
export function viewRecording(
  patient: PatientLedger,
  { viewer, purpose, reason, playbackHalted, releaseMode, expiresAt, ...view }: ViewRecording,
  policy: AccessPolicy,
): [RecordingViewed | RecordingViewRefused] {
  const [consultation, recording] = find(patient, view);
  const decision = policy.decide({ consultation, recording, viewer, purpose, reason, playbackHalted });
  const who = { viewerId: viewer.id, viewerRoles: [...viewer.roles], purpose };
  if (decision !== 'allowed')
    return [{ type: 'RecordingViewRefused', data: { ...view, ...who, reasonCode: decision } }];
  return [
    {
      type: 'RecordingViewed',
      data: { ...view, ...who, source: 'mediated', ...given('reason', reason), releaseMode, expiresAt },
    },
  ];
}

/**
 * The reported view. It happened, so no policy is asked.
 * @throws RecordingNotFound
 */
export function witnessView(
  patient: PatientLedger,
  { viewerRoles, reason, occurredAt, ...view }: WitnessView,
): [RecordingViewed] {
  find(patient, view);
  const data = { ...view, viewerRoles: [...viewerRoles], source: 'witnessed' as const };
  return [
    { type: 'RecordingViewed', data: { ...data, ...given('reason', reason), ...given('occurredAt', occurredAt) } },
  ];
}
