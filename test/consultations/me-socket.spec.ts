import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import type { Role } from '../../src/request/actor.ts';
import { scene, view, witness } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';

let one: RunningApp;
let two: RunningApp;
const sockets: Socket[] = [];
beforeAll(async () => {
  one = await startApp();
  two = await startApp({ env: { STORE_URL: await storeOf(one) } });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});
afterAll(async () => {
  await two.close();
  await one.close();
});

type Changed = { patientId: string; consultationId: string; type: string; revision: number };

const open = (app: RunningApp, token: unknown): Socket => {
  const socket = io(`${app.url}/me`, { auth: { token }, transports: ['websocket'], reconnection: false });
  sockets.push(socket);
  return socket;
};

/** An app that listens as a person. */
const listening = async (app: RunningApp, id: string, roles: readonly Role[] = []) => {
  const heard: Changed[] = [];
  const socket = open(app, await app.token(id, roles)).on('consultation.changed', (changed: Changed) =>
    heard.push(changed),
  );
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  return heard;
};

const refusal = async (app: RunningApp, token: unknown): Promise<{ message: string; data?: { code: string } }> => {
  const socket = open(app, token);
  return new Promise((resolve, reject) => {
    socket.once('connect_error', resolve as never).once('connect', () => reject(new Error('it got in')));
  });
};

const post = (app: RunningApp, path: string, as: string, roles: readonly Role[], body: object) =>
  app.call(path, {
    method: 'POST',
    as,
    roles,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('listening on /me', () => {
  it('hears of the person’s consultations and of nobody else’s, on every instance, in order', async () => {
    const n = randomUUID().slice(0, 8);
    const [patient, clinician, guest, stranger] = [`pat-${n}`, `doc-${n}`, `int-${n}`, `stranger-${n}`];
    const heard = {
      patient: await listening(one, patient, ['patient']),
      clinician: await listening(two, clinician, ['clinician']),
      guest: await listening(two, guest),
      stranger: await listening(one, stranger, ['patient']),
    };
    const booked = await post(one, `/v1/patients/${patient}/consultations`, patient, ['patient'], {
      clinicianId: clinician,
      scheduledStart: '2036-05-04T09:00:00Z',
      scheduledEnd: '2036-05-04T09:30:00Z',
      medium: 'video',
    });
    const { consultationId } = (await booked.json()) as { consultationId: string };
    const path = `/v1/patients/${patient}/consultations/${consultationId}`;
    await post(one, `${path}/participants`, patient, ['patient'], { personId: guest, capacity: 'interpreter' });
    await one.call(`${path}/participants/${guest}`, { method: 'DELETE', as: patient, roles: ['patient'] });
    await post(one, `${path}/cancel`, patient, ['patient'], { reasonCode: 'patient-request' });

    const types = (of: Changed[]) => of.map(({ type }) => type);
    const all = ['ConsultationBooked', 'ParticipantInvited', 'ParticipantRemoved', 'ConsultationCancelled'];
    await eventually(() => heard.patient.length === all.length && heard.clinician.length === all.length);
    expect(heard.patient).toEqual(
      all.map((type, revision) => ({ patientId: patient, consultationId, type, revision })),
    );
    expect(types(heard.clinician)).toEqual(all);
    expect(types(heard.guest)).toEqual(['ParticipantInvited', 'ParticipantRemoved']);
    expect(heard.stranger).toEqual([]);
  });

  it('tells those who take part of a no-show, and nobody else', async () => {
    const n = randomUUID().slice(0, 8);
    const [patient, clinician, stranger] = [`pat-${n}`, `doc-${n}`, `stranger-${n}`];
    const hour = 3_600_000;
    const booked = await post(one, `/v1/patients/${patient}/consultations`, clinician, ['clinician'], {
      clinicianId: clinician,
      scheduledStart: new Date(Date.now() - hour).toISOString(),
      scheduledEnd: new Date(Date.now() + hour).toISOString(),
      medium: 'video',
    });
    const { consultationId } = (await booked.json()) as { consultationId: string };
    const heard = [await listening(one, patient, ['patient']), await listening(two, clinician, ['clinician'])];
    const others = await listening(two, stranger, ['patient', 'clinician']);
    const path = `/v1/patients/${patient}/consultations/${consultationId}/no-show`;
    expect((await post(two, path, 'video-service', ['service'], { by: 'patient' })).status).toBe(200);
    const missed = { patientId: patient, consultationId, type: 'ConsultationMissed', revision: 1 };
    await eventually(() => heard.every((changes) => changes.at(-1)?.type === missed.type));
    for (const changes of heard) expect(changes.at(-1)).toEqual(missed);
    expect(others).toEqual([]);
  });

  it('tells a patient, and nobody else, that somebody declared an emergency to open their recording', async () => {
    const here = await scene(one);
    const { patientId, clinicianId, consultationId, recordingId } = here;
    const alarms = async (app: RunningApp, id: string, roles: readonly Role[] = []) => {
      const heard: object[] = [];
      const socket = open(app, await app.token(id, roles)).on('access.emergency', (access: object) =>
        heard.push(access),
      );
      await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
      return heard;
    };
    const patient = [await alarms(one, patientId, ['patient']), await alarms(two, patientId, ['patient'])];
    const others = [
      await alarms(one, clinicianId, ['clinician']),
      await alarms(two, 'doc-far', ['clinician']),
      await alarms(one, 'pat-other', ['patient']),
      await alarms(one, 'oncall-1', ['on-call', 'compliance']),
    ];
    await view(one, here, clinicianId, { roles: ['clinician'] });
    const why = { purpose: 'emergency', reason: 'unconscious in the ward' };
    const { body } = await view(one, here, 'doc-far', { roles: ['clinician'], ...why });
    const report = await witness(one, here, 'doc-off', { ...why, viewerRoles: ['clinician'] });
    const told = (viewId: string, viewerId: string, revision: number) => ({
      ...{ patientId, consultationId, recordingId },
      ...{ viewId, viewerId, who: viewerId, revision },
    });
    for (const heard of patient) {
      await eventually(() => heard.length === 2);
      expect(heard).toEqual([told(body.viewId, 'doc-far', 3), told(report.body.viewId, 'doc-off', 4)]);
    }
    expect(others).toEqual([[], [], [], []]);
  });

  it.each([
    ['no token', undefined],
    ['a token that is none', 'not-a-token'],
    ['a token in a wrapping', { token: 'x' }],
  ])('is refused with %s', async (_, token) => {
    expect(await refusal(one, token)).toMatchObject({ data: { code: 'unauthenticated' } });
  });

  it('is refused with an expired token, and ends when the token does', async () => {
    expect(await refusal(one, await one.token('pat-1', ['patient'], -60))).toMatchObject({
      data: { code: 'unauthenticated' },
    });
    const socket = open(one, await one.token('pat-1', ['patient'], 1));
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
    await eventually(() => socket.disconnected);
  });
});
