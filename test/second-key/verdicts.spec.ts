import { randomUUID } from 'node:crypto';
import {
  append,
  breachesOf,
  onCall,
  type Scene,
  scene,
  send,
  typesOf,
  verdictsOn,
  view,
  witness,
} from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';

let one: RunningApp;
let two: RunningApp;
beforeAll(async () => {
  one = await startApp({ env: { RELEASE_TIMEOUT_MS: '20000' } });
  two = await startApp({ env: { STORE_URL: await storeOf(one), RELEASE_TIMEOUT_MS: '20000' } });
});
afterAll(async () => {
  await two.close();
  await one.close();
});

const breachOn = (app: RunningApp, here: Scene) => eventually(async () => (await breachesOf(app, here))[0]);

describe('emergencies of one clinician', () => {
  const emergency = { roles: ['clinician'] as const, purpose: 'emergency', reason: 'unconscious, allergies unknown' };

  it('open three patients’ recordings a day and no fourth, however many are asked for at once and where', async () => {
    const clinician = `doc-${randomUUID().slice(0, 8)}`;
    const scenes = await Promise.all(Array.from({ length: 12 }, () => scene(one)));
    const answers = await Promise.all(scenes.map((here, i) => view(i % 2 ? one : two, here, clinician, emergency)));
    const statuses = answers.map(({ status, body }) => (status === 201 ? body.severity : body.code));
    expect(statuses.filter((status) => status === 'review')).toHaveLength(3);
    expect(statuses.filter((status) => status === 'view-withheld')).toHaveLength(9);
    const rules = await Promise.all(scenes.map(async (here) => (await breachOn(one, here)).rule));
    expect(rules.filter((rule) => rule === 'emergency-access')).toHaveLength(3);
    expect(rules.filter((rule) => rule === 'emergency-limit')).toHaveLength(9);
    expect(typesOf(await verdictsOn(one, clinician))).toEqual(Array(12).fill('ViewFlagged'));
  });

  it('may open the same patient’s again', async () => {
    const clinician = `doc-${randomUUID().slice(0, 8)}`;
    const here = await scene(one);
    for (let i = 0; i < 4; i++) expect((await view(one, here, clinician, emergency)).body.severity).toBe('review');
  });
});

describe('a view that a service reports', () => {
  it('says so where its viewer is suspended', async () => {
    const here = await scene(one);
    const body = { reason: 'case-7' };
    await send(one, 'POST', `/v1/viewers/${here.clinicianId}/suspend`, { ...onCall, body });
    expect((await witness(one, here, here.clinicianId)).body).toMatchObject({
      ...{ verdict: 'flagged', severity: 'critical' },
    });
    expect(await breachOn(one, here)).toMatchObject({ rule: 'viewer-suspended', viewerId: here.clinicianId });
  });

  it('is judged as of when it happened, and looked at by somebody where it is otherwise now', async () => {
    const here = await scene(one);
    const guest = { patientId: here.patientId, consultationId: here.consultationId, personId: 'int-late' };
    await append(one, here.patientId, { type: 'ParticipantInvited', data: { ...guest, capacity: 'interpreter' } });
    // Times of the store are whole milliseconds: what happens at one is told from what happens after it.
    const past = async () => {
      const now = Date.now();
      await eventually(() => Date.now() > now + 1);
      return new Date(now + 1).toISOString();
    };
    const asGuest = await past();
    await append(one, here.patientId, { type: 'ParticipantRemoved', data: guest });
    const asNobody = await past();
    const reported = async (occurredAt: string) => (await witness(one, here, 'int-late', { occurredAt })).body;
    expect(await reported(asNobody)).toMatchObject({ verdict: 'flagged', severity: 'critical' });
    expect(await reported(asGuest)).toMatchObject({ verdict: 'flagged', severity: 'review' });
    await append(one, here.patientId, { type: 'ParticipantInvited', data: { ...guest, capacity: 'interpreter' } });
    expect(await reported(new Date(Date.parse(asNobody) - 1).toISOString())).toMatchObject({ severity: 'review' });
    expect((await witness(one, here, 'int-late')).body).toMatchObject({ verdict: 'cleared' });
  });
});
