import { randomUUID } from 'node:crypto';
import { patientStreams } from '../../events/categories.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { append, send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const cause = { actor: { id: 'a-faulty-writer', roles: [] }, requestId: randomUUID() };

const booked = (patientId: string, clinicianId: string, consultationId: string): PatientEvent => ({
  type: 'ConsultationBooked',
  data: {
    ...{ patientId, clinicianId, consultationId, medium: 'video' },
    ...{ scheduledStart: '2036-05-04T09:00:00.000Z', scheduledEnd: '2036-05-04T09:30:00.000Z' },
  },
});

const listOf = (patientId: string, role: 'patient' | 'clinician' = 'patient') =>
  send(app, 'GET', '/v1/me/consultations', { as: patientId, roles: [role] });

const eventsCheck = async () =>
  ((await (await app.call('/health/ready')).json()) as { checks?: Record<string, string> }).checks?.events;

describe('an event of one patient on the stream of another', () => {
  it.each([
    ['before the application knows of the stream', false],
    ['after the application has served it', true],
  ])('is listed for nobody, and reported: written %s', async (_, isKnown) => {
    const [owner, other, clinician] = [randomUUID(), randomUUID(), randomUUID()];
    const [theirs, foreign] = [randomUUID(), randomUUID()];
    await append(app, owner, booked(owner, clinician, theirs));
    if (isKnown) expect((await listOf(owner)).status).toBe(200);
    await app.app.get(Ledger).append(patientStreams.of(owner), 'any', [booked(other, clinician, foreign)], cause);

    await eventually(async () => (await eventsCheck())?.includes('ConsultationBooked'));
    const line = app.logged.find(
      (entry) => entry.includes(patientStreams.of(owner)) && entry.includes('is not served'),
    );
    expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 'error' });

    for (const [person, role] of [
      [other, 'patient'],
      [owner, 'patient'],
      [clinician, 'clinician'],
    ] as const)
      expect(JSON.stringify((await listOf(person, role)).body)).not.toContain(foreign);
    expect((await listOf(other)).body).toMatchObject({ items: [] });
    expect((await listOf(owner)).status).toBe(500);
  });

  it('keeps the instance ready: one damaged stream is no reason to stop all others', async () => {
    expect((await app.call('/health/ready')).status).toBe(200);
  });
});
