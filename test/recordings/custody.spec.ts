import { mkdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PatientEvent } from '../../events/patient-events.ts';
import { OwnCase, RecordingIsErased } from '../../src/access/errors.ts';
import { RecordingNotFound } from '../../src/consultations/errors.ts';
import { evolve, noConsultations, type PatientLedger } from '../../src/consultations/evolve.ts';
import { eraseRecording, quarantineRecording, releaseRecording } from '../../src/recordings/decide.ts';
import { booked, erased, quarantined, recording, stored, unquarantined } from '../access/history.ts';
import { send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { decider } from '../support/given.ts';
import { media } from './media.ts';
import { agreed, ask, compliance, keysIn, opened, patientEvents, recorded } from './recorded.ts';

const given = decider<PatientLedger, PatientEvent>({ initial: noConsultations, evolve });

describe('deciding what becomes of a recording', () => {
  const command = { ...recording, reason: 'case-7' };
  const available = [booked, stored()];

  it.each([
    ['quarantine', quarantineRecording, available, 'RecordingQuarantined'],
    ['release', releaseRecording, [...available, quarantined], 'RecordingReleased'],
    ['erase', eraseRecording, available, 'RecordingErased'],
    ['erase', eraseRecording, [...available, quarantined], 'RecordingErased'],
  ] as const)('%s is recorded with its reason', (_, decide, history, type) => {
    expect(given(...history).when((patient) => decide(patient, command, 'officer-1'))).toEqual([
      { type, data: command },
    ]);
  });

  it.each([
    ['quarantine', quarantineRecording, [...available, quarantined]],
    ['release', releaseRecording, available],
    ['release', releaseRecording, [...available, quarantined, unquarantined]],
    ['erase', eraseRecording, [...available, erased]],
  ] as const)('%s changes nothing where it is so already', (_, decide, history) => {
    expect(given(...history).when((patient) => decide(patient, command, 'officer-1'))).toEqual([]);
  });

  it.each([
    ['quarantine', quarantineRecording],
    ['release', releaseRecording],
  ] as const)('%s does not bring back what is erased', (_, decide) => {
    expect(() => given(...available, erased).when((patient) => decide(patient, command, 'officer-1'))).toThrow(
      RecordingIsErased,
    );
  });

  it('does not let anybody release what they uploaded themselves', () => {
    // The actor of given events.
    for (const history of [available, [...available, quarantined]])
      expect(() => given(...history).when((patient) => releaseRecording(patient, command, 'test'))).toThrow(OwnCase);
  });

  it.each([quarantineRecording, releaseRecording, eraseRecording])('is only about what is filed there', (decide) => {
    for (const elsewhere of [{ recordingId: 'rec-2' }, { consultationId: 'con-2' }])
      expect(() =>
        given(...available).when((patient) => decide(patient, { ...command, ...elsewhere }, 'officer-1')),
      ).toThrow(RecordingNotFound);
  });
});

describe('custody of recordings', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({ env: { RELEASE_TIMEOUT_MS: '20000' } });
  });
  afterAll(() => app.close());

  it('quarantines: nobody opens it, and what was opened gives nothing any more, until it is released', async () => {
    const held = await recorded(app);
    const { contentUrl } = await opened(app, held);
    const patient = { as: held.patientId, roles: ['patient'] as const };
    const done = await compliance(app, `${held.recordingPath}/quarantine`);
    expect(done).toMatchObject({
      status: 200,
      body: { recordingId: held.recordingId, consultationId: held.consultationId, state: 'quarantined' },
    });
    expect(done.headers.get('etag')).toBe(`"${done.body.revision}"`);
    expect(await ask(app, held, held.patientId)).toMatchObject({
      status: 423,
      body: { code: 'recording-quarantined' },
    });
    expect((await app.call(contentUrl, patient)).status).toBe(423);
    expect(await compliance(app, `${held.recordingPath}/release`)).toMatchObject({
      status: 200,
      body: { state: 'available' },
    });
    expect((await app.call(contentUrl, patient)).status).toBe(200);
  });

  it('erases: the object goes, the ledger stays, and later views and content are gone', async () => {
    const held = await recorded(app);
    const { contentUrl } = await opened(app, held);
    expect(await keysIn(app)).toContain(`patient-${held.patientId}/${held.recordingId}`);
    expect(await compliance(app, `${held.recordingPath}/erase`)).toMatchObject({
      status: 200,
      body: { state: 'erased', objectRemoved: true },
    });
    expect(await keysIn(app)).not.toContain(`patient-${held.patientId}/${held.recordingId}`);
    expect(await patientEvents(app, held.patientId, 'RecordingErased')).toEqual([
      {
        patientId: held.patientId,
        consultationId: held.consultationId,
        recordingId: held.recordingId,
        reason: 'case-7',
      },
    ]);
    expect(await patientEvents(app, held.patientId, 'RecordingStored')).toHaveLength(1);
    expect(await ask(app, held, held.patientId)).toMatchObject({ status: 410, body: { code: 'recording-erased' } });
    const content = await app.call(contentUrl, { as: held.patientId, roles: ['patient'] });
    expect(content.status).toBe(410);
    expect(await content.json()).toMatchObject({ code: 'recording-erased' });
    expect(await compliance(app, `${held.recordingPath}/release`)).toMatchObject({ status: 410 });
  });

  it.each(['quarantine', 'release', 'erase'])('can be asked to %s again and changes nothing', async (what) => {
    const held = await recorded(app);
    if (what === 'release') await compliance(app, `${held.recordingPath}/quarantine`);
    const first = await compliance(app, `${held.recordingPath}/${what}`);
    const again = await compliance(app, `${held.recordingPath}/${what}`);
    expect(again).toMatchObject({ status: 200, body: { state: first.body.state, revision: first.body.revision } });
  });

  it('is released by somebody else than who uploaded it', async () => {
    const held = await agreed(app);
    // Nobody joined, so that it is quarantined as it arrives.
    const uploader = { as: held.clinicianId, roles: ['clinician', 'compliance'] as const };
    const upload = await app.call(`${held.path}/recordings?mediaSessionId=room-of-${held.patientId}`, {
      ...{ ...uploader, method: 'POST', body: await media('consultation.webm') },
      headers: { 'content-type': 'video/webm' },
    });
    expect(upload.status).toBe(202);
    const [stored] = await patientEvents(app, held.patientId, 'RecordingStored');
    const path = `${held.path}/recordings/${stored?.recordingId}/release`;
    const own = await send(app, 'POST', path, { ...uploader, body: { reason: 'case-7' } });
    expect(own).toMatchObject({ status: 403, body: { code: 'own-case' } });
    expect(await compliance(app, path)).toMatchObject({ status: 200, body: { state: 'available' } });
  });

  it('is for compliance, by a code, about recordings that there are', async () => {
    const held = await recorded(app);
    for (const what of ['quarantine', 'release', 'erase']) {
      const path = `${held.recordingPath}/${what}`;
      for (const role of ['patient', 'clinician', 'service', 'on-call'] as const) {
        const headers = { 'content-type': 'application/json' };
        const asked = await app.call(path, {
          ...{ method: 'POST', as: held.patientId, roles: [role] },
          ...{ headers, body: '{"reason":"x"}' },
        });
        expect(asked.status).toBe(403);
      }
      expect(await compliance(app, path, { reason: 'Mrs Smith asked for it' })).toMatchObject({ status: 400 });
      expect(await compliance(app, path, {})).toMatchObject({ status: 400 });
      expect(await compliance(app, `${held.path}/recordings/rec-none/${what}`)).toMatchObject({
        status: 404,
        body: { code: 'recording-not-found' },
      });
    }
    expect(await ask(app, held, held.patientId)).toMatchObject({ status: 201 });
  });

  it('erases for good even when the store is away, and removes the object when asked again', async () => {
    const held = await recorded(app);
    const object = join(app.config.dataDir, 'recordings', `patient-${held.patientId}`, held.recordingId);
    // A folder in its place: the one thing that no user, root included, can delete as a file.
    await rename(object, `${object}.away`);
    await mkdir(object);
    const erased = await compliance(app, `${held.recordingPath}/erase`);
    await rmdir(object);
    await rename(`${object}.away`, object);
    expect(erased).toMatchObject({ status: 200, body: { state: 'erased', objectRemoved: false } });
    expect(await ask(app, held, held.patientId)).toMatchObject({ status: 410 });
    expect(await keysIn(app)).toContain(`patient-${held.patientId}/${held.recordingId}`);
    expect(await compliance(app, `${held.recordingPath}/erase`)).toMatchObject({ body: { objectRemoved: true } });
    expect(await keysIn(app)).not.toContain(`patient-${held.patientId}/${held.recordingId}`);
  });
});
