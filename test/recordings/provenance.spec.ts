import { evolve, noConsultations, type PatientLedger } from '../../src/consultations/evolve.ts';
import type { PatientEvent } from '../../src/events/patient-events.ts';
import { PROVENANCE, storeRecording } from '../../src/recordings/decide.ts';
import { booked, joined as enters, invited, recording, removed, target } from '../access/history.ts';
import { onCall, send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { decider } from '../support/given.ts';
import { media } from './media.ts';
import {
  agreed,
  ask,
  type Consultation,
  compliance,
  joined,
  keysIn,
  opened,
  patientEvents,
  type RecordedConsultation,
  uploadTo,
} from './recorded.ts';

/** An upload of a recording of `room-1` into a consultation that cannot have been its own. */
const elsewhere: readonly (readonly [string, (app: RunningApp, here: Consultation) => Promise<void>])[] = [
  ['nobody joined', async () => undefined],
  [
    'one participant alone joined, twice',
    async (app, here) => {
      expect(await joined(app, here, here.patientId)).toBe(200);
      await send(app, 'POST', `${here.path}/leave`, { as: here.patientId, roles: ['patient'], body: {} });
      expect(await joined(app, here, here.patientId)).toBe(200);
    },
  ],
  [
    'one joined who takes part and one who does not',
    async (app, here) => {
      expect(await joined(app, here, here.patientId)).toBe(200);
      expect(await joined(app, here, 'pat-stranger')).toBe(404);
    },
  ],
  [
    'two joined, in two media sessions',
    async (app, here) => {
      expect(await joined(app, here, here.patientId)).toBe(200);
      expect(await joined(app, here, here.clinicianId, 'room-2')).toBe(200);
    },
  ],
  [
    'both joined in another consultation of the same patient',
    async (app, { patientId }) => {
      const other = await agreed(app, patientId);
      for (const personId of [patientId, other.clinicianId]) expect(await joined(app, other, personId)).toBe(200);
    },
  ],
  [
    'both joined in a consultation of another patient',
    async (app) => {
      const other = await agreed(app);
      for (const personId of [other.patientId, other.clinicianId]) expect(await joined(app, other, personId)).toBe(200);
    },
  ],
  [
    'the second joined only after the consultation was closed',
    async (app, here) => {
      expect(await joined(app, here, here.patientId)).toBe(200);
      const done = await send(app, 'POST', `${here.path}/complete`, { as: here.clinicianId, roles: ['clinician'] });
      expect(done.status).toBe(200);
      expect(await joined(app, here, here.clinicianId)).toBe(409);
    },
  ],
];

describe('a recording that is uploaded where it may not belong', () => {
  let app: RunningApp;
  let body: Buffer;
  beforeAll(async () => {
    app = await startApp({ env: { RELEASE_TIMEOUT_MS: '20000' } });
    body = await media('consultation.webm');
  });
  afterAll(() => app.close());

  /** What becomes of an upload into `here`: stored, and kept from everybody. */
  const quarantined = async (here: Consultation): Promise<RecordedConsultation> => {
    const answer = await uploadTo(app, here, { body });
    expect(answer).toMatchObject({ status: 409, body: { code: 'unknown-media-session' } });
    const [stored, ...more] = await patientEvents(app, here.patientId, 'RecordingStored');
    const recordingId = String(stored?.recordingId);
    expect([more, answer.body.detail]).toEqual([[], expect.stringContaining(recordingId)]);
    expect(await patientEvents(app, here.patientId, 'RecordingQuarantined')).toMatchObject([
      { recordingId, consultationId: here.consultationId, reason: 'provenance' },
    ]);
    expect(await keysIn(app)).toContain(`patient-${here.patientId}/${recordingId}`);
    return { ...here, recordingId, recordingPath: `${here.path}/recordings/${recordingId}` };
  };

  it.each(elsewhere)('is kept and shown to nobody, and on-call is told, where %s', async (_, happens) => {
    const here = await agreed(app);
    await happens(app, here);
    const held = await quarantined(here);
    for (const [viewer, role] of [
      [held.patientId, 'patient'],
      [held.clinicianId, 'clinician'],
    ] as const)
      expect(await ask(app, held, viewer, role)).toMatchObject({
        status: 423,
        body: { code: 'recording-quarantined' },
      });
    const incident = await eventually(async () => {
      const { status, body: found } = await send(app, 'GET', `/v1/breaches/${held.recordingId}`, onCall);
      return status === 200 ? found : undefined;
    });
    expect(incident).toMatchObject({
      ...{ severity: 'review', rule: 'recording-provenance', status: 'open', contentReleased: false },
      ...{ patientId: held.patientId, consultationId: held.consultationId, recordingId: held.recordingId },
    });
  });

  it('is shown once compliance has looked and released it', async () => {
    const held = await quarantined(await agreed(app));
    expect(await compliance(app, `${held.recordingPath}/release`, {})).toMatchObject({ status: 400 });
    expect(await compliance(app, `${held.recordingPath}/release`)).toMatchObject({ status: 200 });
    expect(await patientEvents(app, held.patientId, 'RecordingReleased')).toMatchObject([
      { recordingId: held.recordingId, reason: 'case-7' },
    ]);
    const { contentUrl } = await opened(app, held);
    const content = await app.call(contentUrl, { as: held.patientId, roles: ['patient'] });
    expect(Buffer.from(await content.arrayBuffer()).equals(body)).toBe(true);
  });

  it('is gone once compliance has erased it', async () => {
    const held = await quarantined(await agreed(app));
    expect(await compliance(app, `${held.recordingPath}/erase`)).toMatchObject({ status: 200 });
    expect(await keysIn(app)).not.toContain(`patient-${held.patientId}/${held.recordingId}`);
    expect(await ask(app, held, held.patientId)).toMatchObject({ status: 410 });
  });
});

describe('deciding whether a recording belongs to a consultation', () => {
  const given = decider<PatientLedger, PatientEvent>({ initial: noConsultations, evolve });
  const consent: PatientEvent = { type: 'RecordingConsentGiven', data: { ...target, personId: 'pat-1' } };
  const closed: PatientEvent = { type: 'ConsultationCompleted', data: target };
  const stored = {
    ...{ ...recording, mediaSessionId: 'room-1', sha256: 'a'.repeat(64), bytes: 10, contentType: 'video/webm' },
    durationSeconds: null,
    caller: 'service' as const,
  };
  const becomes = (...events: PatientEvent[]) =>
    given(booked, consent, ...events)
      .when((patient) => storeRecording(patient, stored))
      .at(1)?.data;

  it('takes two who took part when they joined, while it was open, also when the upload comes after', () => {
    expect(becomes(enters('pat-1'), enters('doc-1'), closed)).toBeUndefined();
    expect(becomes(invited('int-1'), enters('int-1'), removed('int-1'), enters('doc-1'))).toBeUndefined();
  });

  it('does not count who did not take part when they joined, or joined when it was closed, however that came to be recorded', () => {
    const doubtful = { ...recording, reason: PROVENANCE };
    expect(becomes(enters('pat-1'), enters('int-1'))).toEqual(doubtful);
    expect(becomes(enters('pat-1'), enters('int-1'), invited('int-1'))).toEqual(doubtful);
    expect(becomes(enters('pat-1'), closed, enters('doc-1'))).toEqual(doubtful);
  });
});
