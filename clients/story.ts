import { createHash } from 'node:crypto';
import type { Example, Examples } from '../src/http/example.ts';
import { wavOf } from '../src/recordings/wav.ts';

type Role = 'patient' | 'clinician' | 'service' | 'on-call' | 'compliance';

/** A request of the story, and who makes it. */
export type Asked = {
  readonly as: string;
  readonly role: Role;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** In place of a body of JSON. */
  readonly file?: { readonly contentType: string; readonly bytes: Buffer };
};

/** Asks a running ledger. */
export type Asking = (asked: Asked, headers: Readonly<Record<string, string>>) => Promise<Response>;

const PATIENT = 'auth0|pat-ada';
const [CLINICIAN, GUARDIAN, STRANGER] = ['clin-grace', 'par-annabella', 'pat-eve'] as const;
const DAY = '2036-05-04';
const slot = (hour: string) => ({ scheduledStart: `${DAY}T${hour}:00:00Z`, scheduledEnd: `${DAY}T${hour}:30:00Z` });

/** A tenth of a second of silence. */
const recording = (): Buffer => wavOf(Buffer.alloc(800, 0x80));

/**
 * One consultation from its booking to an incident, as backends, patients and the desk ask for it: the examples of the OpenAPI document are
 * what this was answered. Ids and times are replaced by others that are the same each time.
 * @throws Error for a request that is refused
 */
export const tellStory = async (ask: Asking): Promise<Examples> => {
  const told: Record<string, Example> = {};
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any operation
  const tell = async (operationId: string, asked: Asked): Promise<any> => {
    const { body, file, method, path } = asked;
    const response = await ask(asked, {
      ...(body && { 'content-type': 'application/json' }),
      ...(file && { 'content-type': file.contentType, 'content-digest': digestOf(file.bytes) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    const answer = JSON.parse(text) as object;
    told[operationId] = { ...(body && { request: body }), status: response.status, answer };
    return answer;
  };
  const patient = { as: PATIENT, role: 'patient' } as const;
  const clinician = { as: CLINICIAN, role: 'clinician' } as const;
  const service = { as: 'booking-service', role: 'service' } as const;
  const onCall = { as: 'on-call-1', role: 'on-call' } as const;
  const officer = { as: 'officer-1', role: 'compliance' } as const;
  const ofPatient = `/v1/patients/${encodeURIComponent(PATIENT)}`;
  const post = (who: { as: string; role: Role }, path: string, body?: object): Asked => ({
    ...{ ...who, method: 'POST', path },
    ...(body && { body }),
  });
  const get = (who: { as: string; role: Role }, path: string): Asked => ({ ...who, method: 'GET', path });
  const book = (hour: string) =>
    post(patient, `${ofPatient}/consultations`, { clinicianId: CLINICIAN, ...slot(hour), medium: 'video' });

  const cancelled = await tell('bookConsultation', book('12'));
  await tell(
    'cancelConsultation',
    post(patient, `${ofPatient}/consultations/${cancelled.consultationId}/cancel`, { reasonCode: 'recovered' }),
  );
  const { consultationId } = await tell('bookConsultation', book('09'));
  const here = `${ofPatient}/consultations/${consultationId}`;
  await tell('rescheduleConsultation', post(clinician, `${here}/reschedule`, slot('10')));
  await tell('inviteParticipant', post(patient, `${here}/participants`, { personId: GUARDIAN, capacity: 'guardian' }));
  const mediaSessionId = 'room-7';
  for (const personId of [PATIENT, CLINICIAN])
    await tell('joinConsultation', post(service, `${here}/join`, { mediaSessionId, personId }));
  await tell('consentToRecording', post(patient, `${here}/consent`, { given: true }));
  const filed = await tell('uploadRecording', {
    ...{ ...service, method: 'POST', path: `${here}/recordings?mediaSessionId=${mediaSessionId}` },
    file: { contentType: 'audio/wav', bytes: recording() },
  });
  await tell('leaveConsultation', post(service, `${here}/leave`, { personId: PATIENT }));
  await tell('completeConsultation', post(clinician, `${here}/complete`));
  await tell('removeParticipant', { ...clinician, method: 'DELETE', path: `${here}/participants/${GUARDIAN}` });
  await tell('getConsultation', get(patient, here));
  await tell('listMyConsultations', get(patient, '/v1/me/consultations?status=completed'));
  await tell('listPatientConsultations', get(service, `${ofPatient}/consultations?status=cancelled`));
  const day = `from=${DAY}T00:00:00Z&to=${DAY}T23:00:00Z`;
  await tell('listClinicianConsultations', get(clinician, `/v1/clinicians/${CLINICIAN}/consultations?${day}`));
  await tell('getClinicianAvailability', get(service, `/v1/clinicians/${CLINICIAN}/availability?${day}`));

  const views = `${here}/recordings/${filed.recordingId}/views`;
  await tell('getAccessNotifications', get(patient, '/v1/me/access-notifications'));
  await tell('chooseAccessNotifications', {
    ...{ ...patient, method: 'PUT', path: '/v1/me/access-notifications', body: { notify: true } },
  });
  const flagged = await tell('openView', post(service, views, { purpose: 'treatment', viewerId: STRANGER }));
  await tell('openView', post(patient, views, { purpose: 'patient-request' }));
  await tell('listMyAccesses', get(patient, '/v1/me/accesses?limit=1'));
  await tell('listPatientAccesses', get(service, `${ofPatient}/accesses?limit=1`));

  await tell('getBreach', get(onCall, `/v1/breaches/${flagged.viewId}`));
  await tell('listBreaches', get(onCall, '/v1/breaches?limit=1'));
  await tell('acknowledgeBreach', post(onCall, `/v1/breaches/${flagged.viewId}/acknowledge`, {}));
  await tell('suspendViewer', post(officer, `/v1/viewers/${STRANGER}/suspend`, { reason: 'investigation' }));
  await tell('reinstateViewer', post(officer, `/v1/viewers/${STRANGER}/reinstate`, { reason: 'explained' }));
  await tell('containBreach', post(onCall, `/v1/breaches/${flagged.viewId}/contain`, { reason: 'investigation' }));
  await tell('closeBreach', post(officer, `/v1/breaches/${flagged.viewId}/close`, { reason: 'explained' }));
  await tell('getPlayback', get(onCall, '/v1/playback'));

  const other = `/v1/patients/pat-ada-2/consultations`;
  await tell('bookConsultation', post(service, other, { clinicianId: CLINICIAN, ...slot('15'), medium: 'audio' }));
  const merge = { survivingPatientId: 'pat-ada-2' };
  await tell('mergePatient', post(officer, `${ofPatient}/merge`, merge));
  await tell('getPatientIdentity', get(service, '/v1/patients/pat-ada-2/identity'));
  await tell('unmergePatient', post(officer, `${ofPatient}/unmerge`, { ...merge, reason: 'two-people' }));
  return settled(told);
};

const digestOf = (bytes: Buffer): string => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;

/** Ids and times that differ each time are numbered in the order in which they come. */
const settled = (told: Examples): Examples => {
  const numbered = (text: string, pattern: RegExp, as: (n: number) => string): string => {
    const known = new Map<string, string>();
    return text.replace(pattern, (found) => {
      const known_ = known.get(found) ?? as(known.size + 1);
      known.set(found, known_);
      return known_;
    });
  };
  const ids = numbered(
    JSON.stringify(told),
    /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
    (n) => `01a20c5e-0000-7000-8000-${String(n).padStart(12, '0')}`,
  );
  const TIME = new RegExp(`(?!${DAY})\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z`, 'g');
  return JSON.parse(ids.replace(TIME, `${DAY}T10:31:00.000Z`)) as Examples;
};
