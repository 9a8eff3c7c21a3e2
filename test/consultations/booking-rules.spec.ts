import { randomUUID } from 'node:crypto';
import { type Answer, send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';

/** What production does where nothing is set: an empty value is the default. */
const DEFAULTS = { BOOKING_MAX_DAYS_AHEAD: '', BOOKING_MAX_PAST_MINUTES: '' };
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const people = () => {
  const n = randomUUID().slice(0, 8);
  const [patient, clinician] = [`pat-${n}`, `doc-${n}`];
  return {
    ...{ patient, clinician, path: `/v1/patients/${patient}/consultations` },
    asPatient: { as: patient, roles: ['patient'] as const },
    asClinician: { as: clinician, roles: ['clinician'] as const },
    asService: { as: 'booking-service', roles: ['service'] as const },
  };
};
type People = ReturnType<typeof people>;
type As = 'asPatient' | 'asClinician' | 'asService';

const from = (ms: number) => ({
  scheduledStart: new Date(Date.now() + ms).toISOString(),
  scheduledEnd: new Date(Date.now() + ms + 30 * MINUTE_MS).toISOString(),
});

const book = (app: RunningApp, who: People, as: As, schedule: object, clinicianId = who.clinician): Promise<Answer> =>
  send(app, 'POST', who.path, { ...who[as], body: { clinicianId, ...schedule, medium: 'video' } });

const bookings = async (app: RunningApp, who: People) =>
  (await send(app, 'GET', who.path, who.asService)).body.items.length;

describe('booking by the rules that hold where nothing is set', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({ env: DEFAULTS });
  });
  afterAll(() => app.close());

  it.each([
    ['asPatient', 'in the past', -6 * MINUTE_MS],
    ['asClinician', 'in the past', -6 * MINUTE_MS],
    ['asService', 'in the past', -6 * MINUTE_MS],
    ['asPatient', 'more than a year ahead', 367 * DAY_MS],
    ['asClinician', 'more than a year ahead', 367 * DAY_MS],
    ['asService', 'more than a year ahead', 367 * DAY_MS],
  ] as const)('is refused %s when it is %s, and so is a move there', async (as, _, ms) => {
    const who = people();
    const refused = { status: 400, body: { code: 'validation-failed', errors: [{ path: 'scheduledStart' }] } };
    expect(await book(app, who, as, from(ms))).toMatchObject(refused);
    expect(await bookings(app, who)).toBe(0);
    const { body } = await book(app, who, as, from(DAY_MS));
    expect(
      await send(app, 'POST', `${who.path}/${body.consultationId}/reschedule`, { ...who[as], body: from(ms) }),
    ).toMatchObject(refused);
    const { body: after } = await send(app, 'GET', `${who.path}/${body.consultationId}`, who[as]);
    expect(after).toEqual(body);
  });

  it.each([-4 * MINUTE_MS, 365 * DAY_MS])('is done %i ms from now', async (ms) => {
    const who = people();
    expect(await book(app, who, 'asService', from(ms))).toMatchObject({ status: 201 });
  });

  it('takes times with an offset, and keeps them in UTC', async () => {
    const who = people();
    const { scheduledStart, scheduledEnd } = from(DAY_MS);
    const inNewfoundland = (time: string) =>
      new Date(Date.parse(time) - 150 * MINUTE_MS).toISOString().replace('Z', '-02:30');
    const { status, body } = await book(app, who, 'asPatient', {
      scheduledStart: inNewfoundland(scheduledStart),
      scheduledEnd,
    });
    expect([status, body.scheduledStart, body.scheduledEnd]).toEqual([201, scheduledStart, scheduledEnd]);
    const at = encodeURIComponent(inNewfoundland(scheduledStart));
    const listed = await send(app, 'GET', `${who.path}?from=${at}`, who.asService);
    expect(listed.body.items.map((item: { scheduledStart: string }) => item.scheduledStart)).toEqual([scheduledStart]);
    expect((await send(app, 'GET', `${who.path}?to=${at}`, who.asService)).body.items).toEqual([]);
  });

  it.each([
    ['a time without a zone', '2036-05-04T09:00:00'],
    ['an offset that is none', '2036-05-04T09:00:00+25:00'],
    ['a year that the ledger does not keep', '9999-12-31T23:59:00-01:00'],
    ['a year before the first', '0000-01-01T00:00:00+01:00'],
  ])('refuses %s', async (_, scheduledStart) => {
    const who = people();
    const { status, body } = await book(app, who, 'asService', { scheduledStart, scheduledEnd: scheduledStart });
    expect([status, body.errors.map(({ path }: { path: string }) => path)]).toEqual([
      400,
      expect.arrayContaining(['scheduledStart']),
    ]);
  });

  it('tells that the patient is at two places at once, and not at which', async () => {
    const who = people();
    const first = await book(app, who, 'asPatient', from(DAY_MS));
    expect(first.body).not.toHaveProperty('warnings');
    const other = { ...people(), patient: who.patient, path: who.path };
    const overlapping = await book(app, other, 'asClinician', from(DAY_MS + 10 * MINUTE_MS));
    expect(overlapping).toMatchObject({ status: 201, body: { warnings: ['patient-elsewhere'] } });
    expect(JSON.stringify(overlapping.body)).not.toContain(first.body.consultationId);
    const after = await book(app, other, 'asClinician', { ...from(2 * DAY_MS) });
    expect(after.body).not.toHaveProperty('warnings');
    const moved = await send(app, 'POST', `${who.path}/${after.body.consultationId}/reschedule`, {
      ...who.asService,
      body: from(DAY_MS - 10 * MINUTE_MS),
    });
    expect(moved).toMatchObject({ status: 409, body: { code: 'slot-taken' } });
    const free = await send(app, 'POST', `${who.path}/${after.body.consultationId}/reschedule`, {
      ...who.asService,
      body: from(DAY_MS - 25 * MINUTE_MS),
    });
    expect(free).toMatchObject({ status: 200, body: { warnings: ['patient-elsewhere'] } });
  });

  it('completes nothing before its start, unless a participant joined it', async () => {
    const who = people();
    const { body } = await book(app, who, 'asPatient', from(DAY_MS));
    const complete = (as: As) => send(app, 'POST', `${who.path}/${body.consultationId}/complete`, who[as]);
    for (const as of ['asClinician', 'asService'] as const)
      expect(await complete(as)).toMatchObject({ status: 409, body: { code: 'consultation-not-due' } });
    await send(app, 'POST', `${who.path}/${body.consultationId}/join`, {
      ...who.asPatient,
      body: { mediaSessionId: `room-${who.patient}` },
    });
    expect(await complete('asClinician')).toMatchObject({ status: 200, body: { status: 'completed' } });
    const begun = await book(app, who, 'asService', from(-MINUTE_MS));
    expect(await send(app, 'POST', `${who.path}/${begun.body.consultationId}/complete`, who.asService)).toMatchObject({
      status: 200,
    });
  });
});

describe('booking by other rules', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({
      env: {
        ...{ BOOKING_MAX_PAST_MINUTES: '60', BOOKING_MAX_DAYS_AHEAD: '1000', BOOKING_OVERLAP: 'refuse' },
        ...{ BOOKING_CLINICIANS: 'known', COMPLETE_BEFORE_START: 'always' },
      },
    });
  });
  afterAll(() => app.close());

  const employ = (clinicianId: string, employment: object | undefined) =>
    send(app, 'PUT', `/v1/people/${clinicianId}/facts`, {
      ...{ as: 'staff-service', roles: ['service'] },
      body: { asOf: new Date().toISOString(), facts: employment ? { employment } : { vip: 1 } },
    });

  it('lets staff file what began within the hour, and patients no earlier than five minutes ago', async () => {
    const who = people();
    await employ(who.clinician, {});
    expect(await book(app, who, 'asPatient', from(-50 * MINUTE_MS))).toMatchObject({ status: 400 });
    expect(await book(app, who, 'asClinician', from(-50 * MINUTE_MS))).toMatchObject({ status: 201 });
    expect(await book(app, who, 'asService', from(-61 * MINUTE_MS))).toMatchObject({ status: 400 });
    expect(await book(app, who, 'asService', from(999 * DAY_MS))).toMatchObject({ status: 201 });
  });

  it('takes no clinician whom the facts do not have as employed at that time', async () => {
    const who = people();
    const unknown = { status: 409, body: { code: 'clinician-unknown' } };
    for (const as of ['asPatient', 'asClinician', 'asService'] as const)
      expect(await book(app, who, as, from(DAY_MS))).toMatchObject(unknown);
    await employ(who.clinician, undefined);
    expect(await book(app, who, 'asService', from(DAY_MS))).toMatchObject(unknown);
    await employ(who.clinician, { endedAt: new Date(Date.now() + 2 * DAY_MS).toISOString().replace('Z', '+00:00') });
    expect(await book(app, who, 'asService', from(3 * DAY_MS))).toMatchObject(unknown);
    expect(await book(app, who, 'asService', from(DAY_MS))).toMatchObject({ status: 201 });
    await employ(who.clinician, { startedAt: new Date(Date.now() + 2 * DAY_MS).toISOString() });
    expect(await book(app, who, 'asService', from(1.5 * DAY_MS))).toMatchObject(unknown);
    expect(await bookings(app, who)).toBe(1);
  });

  it('books a patient at one place at a time, also of many that arrive at once', async () => {
    const who = people();
    const clinicians = Array.from({ length: 6 }, (_, i) => `${who.clinician}-${i}`);
    for (const clinicianId of clinicians) await employ(clinicianId, {});
    const slot = from(DAY_MS);
    const answers = await Promise.all(clinicians.map((clinicianId) => book(app, who, 'asService', slot, clinicianId)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(5).fill(409)]);
    expect(new Set(answers.filter(({ status }) => status === 409).map(({ body }) => body.code))).toEqual(
      new Set(['patient-busy']),
    );
    const next = { scheduledStart: slot.scheduledEnd, scheduledEnd: from(DAY_MS + 60 * MINUTE_MS).scheduledStart };
    const after = await book(app, who, 'asService', next, clinicians[0]);
    expect(after).toMatchObject({ status: 201 });
    const path = `${who.path}/${after.body.consultationId}`;
    expect(await send(app, 'POST', `${path}/reschedule`, { ...who.asService, body: slot })).toMatchObject({
      status: 409,
    });
    expect(await send(app, 'POST', `${path}/complete`, who.asService)).toMatchObject({ status: 200 });
  });
});
