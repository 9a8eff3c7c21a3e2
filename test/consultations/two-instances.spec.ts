import { randomUUID } from 'node:crypto';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';

let one: RunningApp;
let two: RunningApp;
beforeAll(async () => {
  one = await startApp();
  two = await startApp({ env: { STORE_URL: await storeOf(one) } });
});
afterAll(async () => {
  await two.close();
  await one.close();
});

const book = (app: RunningApp, patient: string, clinician: string, hour: string, headers = {}) =>
  app.call(`/v1/patients/${patient}/consultations`, {
    method: 'POST',
    as: patient,
    roles: ['patient'],
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      clinicianId: clinician,
      scheduledStart: `2036-05-04T${hour}:00:00Z`,
      scheduledEnd: `2036-05-04T${hour}:30:00Z`,
      medium: 'video',
    }),
  });

const id = (kind: string) => `${kind}-${randomUUID().slice(0, 8)}`;

describe('two instances on one store', () => {
  it('never give one slot away twice', async () => {
    const clinician = id('doc');
    for (const hour of ['09', '10', '11', '12', '13', '14']) {
      const answers = await Promise.all([one, two, one, two].map((app) => book(app, id('pat'), clinician, hour)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    }
  });

  it('give a media session to one consultation, however many are joined in it at once', async () => {
    for (let round = 0; round < 5; round++) {
      const mediaSessionId = id('room');
      const patients = [id('pat'), id('pat'), id('pat'), id('pat')];
      const apps = [one, two, one, two];
      const paths = await Promise.all(
        patients.map(async (patient) => {
          const { consultationId } = (await (await book(one, patient, id('doc'), '09')).json()) as Record<
            string,
            string
          >;
          return `/v1/patients/${patient}/consultations/${consultationId}/join`;
        }),
      );
      const join = (i: number) =>
        (apps[i] ?? one).call(paths[i] ?? '', {
          ...{ method: 'POST', as: patients[i] ?? '', roles: ['patient'] },
          headers: { 'content-type': 'application/json', 'x-min-revision': '0' },
          body: JSON.stringify({ mediaSessionId }),
        });
      await eventually(
        async () => (await two.call(paths[3]?.replace(/.join$/, '') ?? '', { as: patients[3] ?? '' })).ok,
      );
      const answers = await Promise.all(paths.map((_, i) => join(i)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
      const again = await Promise.all(paths.map((_, i) => join(i)));
      expect(again.map(({ status }) => status)).toEqual(answers.map(({ status }) => status));
    }
  });

  it('do a command once that reaches both with the same Idempotency-Key', async () => {
    const [patient, clinician] = [id('pat'), id('doc')];
    const headers = { 'idempotency-key': 'same' };
    const answers = await Promise.all([one, two].map((app) => book(app, patient, clinician, '09', headers)));
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(bodies[0]).toEqual(bodies[1]);
  });

  it('show each other’s writes: at once where a revision is asked for, and soon anyway', async () => {
    const patient = id('pat');
    const list = (app: RunningApp, headers = {}) =>
      app.call('/v1/me/consultations', { as: patient, roles: ['patient'], headers });
    expect(await (await list(two)).json()).toMatchObject({ items: [] });
    const booked = (await (await book(one, patient, id('doc'), '09')).json()) as { revision: number };
    const asked = await list(two, { 'x-min-revision': String(booked.revision) });
    expect(((await asked.json()) as { items: unknown[] }).items).toHaveLength(1);
    await book(one, patient, id('doc'), '10');
    await eventually(async () => ((await (await list(two)).json()) as { items: unknown[] }).items.length === 2);
  });
});
