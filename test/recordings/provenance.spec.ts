import type { PatientEvent } from '../../events/patient-events.ts';
import { evolve, noConsultations, type PatientLedger } from '../../src/consultations/evolve.ts';
import { PROVENANCE, storeRecording } from '../../src/recordings/decide.ts';
import { booked, joined as enters, invited, recording, removed, target } from '../access/history.ts';
import { append, onCall, send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { decider } from '../support/given.ts';
import { storeOf as storeUrlOf } from '../support/node-of.ts';
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
  roomOf,
  uploadTo,
} from './recorded.ts';

/** Joins as an older release recorded them, which bound no session. */
const joinedUnbound = async (app: RunningApp, here: Consultation): Promise<void> => {
  const { patientId, consultationId, clinicianId } = here;
  for (const personId of [patientId, clinicianId])
    await append(app, patientId, {
      type: 'ConsultationJoined',
      data: { patientId, consultationId, personId, mediaSessionId: roomOf(here) },
    });
};

/** An upload of a recording of its media session into a consultation that cannot have been its own. */
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
      expect(await joined(app, here, here.clinicianId, `${roomOf(here)}-2`)).toBe(200);
    },
  ],
  [
    'both joined in another consultation of the same patient',
    async (app, here) => {
      const other = await agreed(app, here.patientId);
      for (const personId of [here.patientId, other.clinicianId])
        expect(await joined(app, other, personId, roomOf(here))).toBe(200);
      expect(await joined(app, here, here.patientId)).toBe(409);
    },
  ],
  [
    'both joined in a consultation of another patient',
    async (app, here) => {
      const other = await agreed(app);
      for (const personId of [other.patientId, other.clinicianId])
        expect(await joined(app, other, personId, roomOf(here))).toBe(200);
    },
  ],
  [
    'the clinician and an interpreter joined, and the patient never did',
    async (app, here) => {
      const guest = { personId: `int-${here.patientId}`, capacity: 'interpreter' };
      await send(app, 'POST', `${here.path}/participants`, { as: here.patientId, roles: ['patient'], body: guest });
      for (const personId of [here.clinicianId, guest.personId]) expect(await joined(app, here, personId)).toBe(200);
    },
  ],
  [
    'both joined here too, in a release that did not bind sessions, after it was another’s',
    async (app, here) => {
      const other = await agreed(app);
      for (const personId of [other.patientId, other.clinicianId])
        expect(await joined(app, other, personId, roomOf(here))).toBe(200);
      await joinedUnbound(app, here);
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
    expect(answer).toMatchObject({ status: 202, body: { state: 'quarantined' } });
    const [stored, ...more] = await patientEvents(app, here.patientId, 'RecordingStored');
    const recordingId = String(stored?.recordingId);
    expect([more, answer.body.recordingId]).toEqual([[], recordingId]);
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

  it('is kept once, with one incident, however often its recorder tries again', async () => {
    const held = await quarantined(await agreed(app));
    for (const headers of [
      undefined,
      { 'idempotency-key': 'a' },
      { 'idempotency-key': 'a' },
      { 'idempotency-key': 'b' },
    ])
      expect(await uploadTo(app, held, { body, ...(headers && { headers }) })).toMatchObject({
        status: 202,
        body: { recordingId: held.recordingId, state: 'quarantined' },
      });
    expect(await patientEvents(app, held.patientId, 'RecordingStored')).toHaveLength(1);
    expect((await keysIn(app)).filter((key) => key.startsWith(`patient-${held.patientId}/`))).toHaveLength(1);
    const breaches = await send(app, 'GET', '/v1/breaches?limit=100', onCall);
    expect(
      breaches.body.items.filter(({ patientId }: { patientId: string }) => patientId === held.patientId).length,
    ).toBeLessThanOrEqual(1);
  });

  it('is kept once where its recorder tries again at other instances, at the same time and later', async () => {
    const other = await startApp({ env: { STORE_URL: await storeUrlOf(app) } });
    try {
      const here = await agreed(app);
      const answers = await Promise.all(
        [app, other, app, other].map((instance) =>
          uploadTo(instance, here, { body, headers: { 'idempotency-key': 'retry' } }),
        ),
      );
      answers.push(await uploadTo(other, here, { body }), await uploadTo(app, here, { body }));
      const [recordingId, ...more] = new Set(answers.map((answer) => answer.body.recordingId));
      expect([more, new Set(answers.map(({ status }) => status))]).toEqual([[], new Set([202])]);
      expect(await patientEvents(app, here.patientId, 'RecordingStored')).toMatchObject([{ recordingId }]);
      const kept = [...(await keysIn(app)), ...(await keysIn(other))];
      expect(kept.filter((key) => key.startsWith(`patient-${here.patientId}/`))).toEqual([
        `patient-${here.patientId}/${recordingId}`,
      ]);
    } finally {
      await other.close();
    }
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

  it('is none of these where a session was joined before sessions were bound: it is the first one’s that files it', async () => {
    const [first, second] = [await agreed(app), await agreed(app)];
    const room = roomOf(first);
    for (const here of [first, { ...second, room }]) await joinedUnbound(app, here);
    expect(await uploadTo(app, first, { body })).toMatchObject({ status: 201 });
    await quarantined({ ...second, room });
    const third = await agreed(app);
    expect(await joined(app, third, third.patientId, room)).toBe(409);
  });

  it.each([
    ['Zoom', '/ajXp112QmuoKj48+5487='],
    ['OpenTok', '2_MX40NjEyMzQ1Nn5-MTYwOTc5NTYzNTI1Mn5ZTkhXVU5xL1l0VXlHT2V0RmJWVXdkSkF-fg'],
    ['Jitsi', 'vpaas-magic-cookie-1fc542a3e4414a44b2611668195e2bfe/ExampleRoom@conference.8x8.vc'],
  ])('is none of these where both joined its media session, as %s calls it', async (_, shape) => {
    const here = await agreed(app);
    const held = { ...here, room: `${shape}${here.consultationId}=` };
    for (const personId of [held.patientId, held.clinicianId]) expect(await joined(app, held, personId)).toBe(200);
    const stored = await uploadTo(app, held, { body: await media('consultation.webm') });
    expect(stored).toMatchObject({ status: 201 });
    const recordingPath = `${held.path}/recordings/${stored.body.recordingId}`;
    const found = { ...held, recordingId: stored.body.recordingId as string, recordingPath };
    expect(await ask(app, found, held.patientId)).toMatchObject({ status: 201, body: { verdict: 'cleared' } });
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
  const missed: PatientEvent = { type: 'ConsultationMissed', data: { ...target, by: 'clinician' } };
  const stored = {
    ...{ ...recording, mediaSessionId: 'room-1', sha256: 'a'.repeat(64), bytes: 10, contentType: 'video/webm' },
    durationSeconds: null,
    caller: 'service' as const,
    sessionOwner: target,
  };
  const guardian: PatientEvent = {
    type: 'ParticipantInvited',
    data: { ...target, personId: 'par-1', capacity: 'guardian' },
  };
  const becomes = (...events: PatientEvent[]) =>
    given(booked, consent, ...events)
      .when((patient) => storeRecording(patient, stored))
      .at(1)?.data;

  it('takes two who took part when they joined, while it was open, also when the upload comes after', () => {
    expect(becomes(enters('pat-1'), enters('doc-1'), closed)).toBeUndefined();
    expect(becomes(guardian, enters('par-1'), removed('par-1'), enters('doc-1'))).toBeUndefined();
  });

  it('takes what those who came recorded of a consultation that the clinician missed', () => {
    expect(becomes(invited('int-1'), enters('pat-1'), enters('int-1'), missed)).toBeUndefined();
    expect(becomes(enters('pat-1'), missed)).toEqual({ ...recording, reason: PROVENANCE });
  });

  it('takes none of a session that neither the patient nor a guardian was in', () => {
    const doubtful = { ...recording, reason: PROVENANCE };
    expect(becomes(invited('int-1'), enters('int-1'), enters('doc-1'))).toEqual(doubtful);
    expect(becomes(enters('par-1'), guardian, enters('doc-1'))).toEqual(doubtful);
    expect(becomes(invited('int-1'), enters('int-1'), enters('doc-1'), enters('pat-1'))).toBeUndefined();
  });

  it('takes none of a session that is not this consultation’s, whoever joined', () => {
    const both = [booked, consent, enters('pat-1'), enters('doc-1')];
    const owners = [undefined, { ...target, consultationId: 'con-2' }, { ...target, patientId: 'pat-2' }];
    for (const sessionOwner of owners)
      expect(given(...both).when((patient) => storeRecording(patient, { ...stored, sessionOwner }))).toHaveLength(2);
  });

  it('does not count who did not take part when they joined, or joined when it was closed, however that came to be recorded', () => {
    const doubtful = { ...recording, reason: PROVENANCE };
    expect(becomes(enters('pat-1'), enters('int-1'))).toEqual(doubtful);
    expect(becomes(enters('pat-1'), enters('int-1'), invited('int-1'))).toEqual(doubtful);
    for (const over of [closed, missed]) expect(becomes(enters('pat-1'), over, enters('doc-1'))).toEqual(doubtful);
  });
});
