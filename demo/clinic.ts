import { randomUUID } from 'node:crypto';
import { type Person, sha256 } from './person.ts';

export type Consultation = {
  readonly consultationId: string;
  readonly patientId: string;
  readonly status: string;
  readonly recordings: readonly { readonly recordingId: string }[];
  readonly revision: number;
};
export type Recording = {
  readonly recordingId: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly durationSeconds: number;
};
export type View = { readonly viewId: string; readonly verdict: string; readonly contentUrl: string };

const MINUTE_MS = 60_000;

/** `slot` counts half hours from now on, so that one clinician can be booked many times. */
export const book = async (patient: Person, clinician: Person, slot = 1): Promise<Consultation> => {
  const start = Date.now() + slot * 30 * MINUTE_MS;
  const answer = await patient.post(`/v1/patients/${patient.id}/consultations`, {
    clinicianId: clinician.id,
    scheduledStart: new Date(start).toISOString(),
    scheduledEnd: new Date(start + 20 * MINUTE_MS).toISOString(),
    medium: 'video',
  });
  return answer.is(201).json();
};

export const pathOf = ({ patientId, consultationId }: Consultation) =>
  `/v1/patients/${patientId}/consultations/${consultationId}`;
export const viewsOf = (consultation: Consultation, { recordingId }: Recording) =>
  `${pathOf(consultation)}/recordings/${recordingId}/views`;

/** Both sit in the same media session, as their apps report it. */
export const join = async (consultation: Consultation, people: readonly Person[]): Promise<string> => {
  const mediaSessionId = randomUUID();
  for (const person of people) (await person.post(`${pathOf(consultation)}/join`, { mediaSessionId })).is(200);
  return mediaSessionId;
};

export const consent = async (consultation: Consultation, patient: Person): Promise<void> => {
  (await patient.post(`${pathOf(consultation)}/consent`, { given: true })).is(200);
};

/** The media server sends the file with its digest; the API stores it only if what arrived has the same. */
export const upload = async (
  consultation: Consultation,
  mediaSessionId: string,
  service: Person,
  video: Buffer,
): Promise<Recording> => {
  const answer = await service.ask('POST', `${pathOf(consultation)}/recordings?mediaSessionId=${mediaSessionId}`, {
    headers: { 'content-type': 'video/webm', digest: `sha-256=${sha256(video).digest('base64')}` },
    body: new Uint8Array(video),
  });
  return answer.is(201).json();
};
