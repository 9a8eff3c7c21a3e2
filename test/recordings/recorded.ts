import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { patientStreams } from '../../events/categories.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { RECORDING_STORE } from '../../src/recordings/stores.ts';
import type { Role } from '../../src/request/actor.ts';
import { eventsOf, send } from '../access/scene.ts';
import type { Callable, RunningApp } from '../support/app.ts';
import { media } from './media.ts';

const service = { as: 'video-service', roles: ['service'] as const };

/** A consultation that both joined in one media session, with consent: recordings of it can be filed. */
export type Consultation = {
  /** The media session, where it is not the one named after the consultation. */
  readonly room?: string;
  readonly patientId: string;
  readonly clinicianId: string;
  readonly consultationId: string;
  readonly path: string;
};

/** A media session belongs to one consultation, so that each has its own. */
export const roomOf = ({ room, path }: Pick<Consultation, 'room' | 'path'>): string =>
  room ?? `room-${path.split('/').at(-1)}`;

export const consultation = async (app: Callable): Promise<Consultation> => {
  const held = await agreed(app);
  for (const personId of [held.patientId, held.clinicianId]) await joined(app, held, personId);
  return held;
};

/** Reports that somebody entered a media session, and gives the answer's status. */
export const joined = async (
  app: Callable,
  here: Pick<Consultation, 'room' | 'path'>,
  personId: string,
  mediaSessionId = roomOf(here),
): Promise<number> =>
  (await send(app, 'POST', `${here.path}/join`, { ...service, body: { mediaSessionId, personId } })).status;

/** A consultation that may be recorded and that nobody has joined, of a new patient or of this one. */
export const agreed = async (app: Callable, patientId = `pat-${randomUUID().slice(0, 8)}`): Promise<Consultation> => {
  const clinicianId = `doc-${randomUUID().slice(0, 8)}`;
  const patient = { as: patientId, roles: ['patient'] as const };
  const booked = await send(app, 'POST', `/v1/patients/${patientId}/consultations`, {
    ...patient,
    body: {
      clinicianId,
      scheduledStart: '2036-05-04T09:00:00Z',
      scheduledEnd: '2036-05-04T09:30:00Z',
      medium: 'video',
    },
  });
  const { consultationId } = booked.body;
  const path = `/v1/patients/${patientId}/consultations/${consultationId}`;
  await send(app, 'POST', `${path}/consent`, { ...patient, body: { given: true } });
  return { patientId, clinicianId, consultationId, path };
};

export type RecordedConsultation = Consultation & { readonly recordingId: string; readonly recordingPath: string };

/** What a service says of the bytes that it sends. */
export const digestOf = (body: Buffer) => ({
  'content-digest': `sha-256=:${createHash('sha256').update(body).digest('base64')}:`,
});

type Upload = {
  readonly body: Buffer;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export const uploadTo = async (
  app: Callable,
  here: Pick<Consultation, 'room' | 'path'>,
  { body, contentType = 'video/webm', headers }: Upload,
): Promise<{ status: number; body: Record<string, string> }> => {
  const response = await app.call(`${here.path}/recordings?mediaSessionId=${encodeURIComponent(roomOf(here))}`, {
    method: 'POST',
    ...service,
    headers: { 'content-type': contentType, ...digestOf(body), ...headers },
    body,
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
};

/** A consultation with one stored recording: the small WebM, or other bytes. */
export const recorded = async (app: Callable, body?: Buffer): Promise<RecordedConsultation> => {
  const held = await consultation(app);
  const stored = await uploadTo(app, held, { body: body ?? (await media('consultation.webm')) });
  if (stored.status !== 201) throw new Error(`not stored: ${JSON.stringify(stored)}`);
  const { recordingId = '' } = stored.body;
  return { ...held, recordingId, recordingPath: `${held.path}/recordings/${recordingId}` };
};

export type Opened = { readonly viewId: string; readonly contentUrl: string; readonly cookie: string };

export const ask = (app: Callable, { recordingPath }: RecordedConsultation, viewerId: string, role: Role = 'patient') =>
  send(app, 'POST', `${recordingPath}/views`, { as: viewerId, roles: [role], body: { purpose: 'patient-request' } });

/** A released view of the recording by its patient, or by somebody else who takes part. */
export const opened = async (app: Callable, held: RecordedConsultation, viewerId = held.patientId): Promise<Opened> => {
  const { status, body, headers } = await ask(app, held, viewerId);
  if (status !== 201) throw new Error(`not released: ${status} ${JSON.stringify(body)}`);
  return { viewId: body.viewId, contentUrl: body.contentUrl, cookie: headers.get('set-cookie') ?? '' };
};

export const compliance = (app: Callable, path: string, body: object = { reason: 'case-7' }) =>
  send(app, 'POST', path, { as: 'officer-1', roles: ['compliance'], body });

/** A player that took the first bytes and reads no more: what it is sent fills the connection and stands. */
export const heldPlayer = async (app: RunningApp, contentUrl: string, viewerId: string): Promise<HeldPlayer> => {
  const headers = { authorization: `Bearer ${await app.token(viewerId, ['patient'])}` };
  const asked = get(new URL(contentUrl, app.url), { headers, agent: false });
  asked.on('error', () => undefined); // A cut resets the connection; whoever reads the answer is told.
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  await once(response, 'readable');
  return {
    status: response.statusCode ?? 0,
    rest: async () => {
      let received = 0;
      try {
        for await (const chunk of response) received += (chunk as Buffer).length;
        return { received, whole: response.complete };
      } catch {
        return { received, whole: false };
      }
    },
    leave: () => asked.destroy(),
  };
};

export type HeldPlayer = {
  readonly status: number;
  /** Reads on to the end, whatever it is. */
  readonly rest: () => Promise<{ received: number; whole: boolean }>;
  readonly leave: () => void;
};

export const patientEvents = async (app: RunningApp, patientId: string, type: string) =>
  (await eventsOf(app, patientStreams.of(patientId)))
    .filter((event) => event.type === type)
    .map(({ data }) => data as Record<string, unknown>);

export const storeOf = (app: RunningApp): ObjectStore => app.app.get(RECORDING_STORE, { strict: false });

export const keysIn = async (app: RunningApp): Promise<string[]> => {
  const keys: string[] = [];
  for await (const page of storeOf(app).list()) keys.push(...page.map(({ key }) => key));
  return keys.sort();
};
