import { randomUUID } from 'node:crypto';
import { answered, type Schemas } from '../clients/typescript/client.ts';
import { type Person, sha256 } from './person.ts';

export type Consultation = Pick<Schemas['Consultation'], 'consultationId' | 'patientId' | 'revision'>;
export type Recording = Pick<Schemas['Recording'], 'recordingId' | 'sha256' | 'bytes' | 'durationSeconds'>;

/** As its viewer is answered. */
export type View = Required<Pick<Schemas['View'], 'viewId' | 'verdict' | 'contentUrl'>>;

const MINUTE_MS = 60_000;

/** `slot` counts half hours from now on, so that one clinician can be booked many times. */
export const book = async (patient: Person, clinician: Person, slot = 1): Promise<Consultation> => {
  const start = Date.now() + slot * 30 * MINUTE_MS;
  return answered(
    patient.api.POST('/v1/patients/{patientId}/consultations', {
      params: { path: { patientId: patient.id } },
      body: {
        clinicianId: clinician.id,
        scheduledStart: new Date(start).toISOString(),
        scheduledEnd: new Date(start + 20 * MINUTE_MS).toISOString(),
        medium: 'video',
      },
    }),
  );
};

/** As paths of the API have them. */
export const idsOf = ({ patientId, consultationId }: Consultation) => ({ patientId, consultationId });

export const pathOf = ({ patientId, consultationId }: Consultation) =>
  `/v1/patients/${patientId}/consultations/${consultationId}`;
export const viewsOf = (consultation: Consultation, { recordingId }: Recording) =>
  `${pathOf(consultation)}/recordings/${recordingId}/views`;

/** Both sit in the same media session, as their apps report it. */
export const join = async (consultation: Consultation, people: readonly Person[]): Promise<string> => {
  const mediaSessionId = randomUUID();
  for (const { api } of people)
    await answered(
      api.POST('/v1/patients/{patientId}/consultations/{consultationId}/join', {
        params: { path: idsOf(consultation) },
        body: { mediaSessionId },
      }),
    );
  return mediaSessionId;
};

export const consent = async (consultation: Consultation, patient: Person): Promise<void> => {
  await answered(
    patient.api.POST('/v1/patients/{patientId}/consultations/{consultationId}/consent', {
      params: { path: idsOf(consultation) },
      body: { given: true },
    }),
  );
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
