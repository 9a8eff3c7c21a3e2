import { randomUUID } from 'node:crypto';
import { diaryStreams } from '../../events/categories.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { Role } from '../../src/request/actor.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { type RunningApp, startApp } from '../support/app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

type Ask = { as?: string; roles?: readonly Role[]; body?: unknown; headers?: Record<string, string> };

const send = async (method: string, path: string, { as, roles, body, headers }: Ask = {}) => {
  const response = await app.call(path, {
    method,
    ...(as !== undefined && { as }),
    ...(roles && { roles }),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
};

/** Ids of this test alone, so that tests share a server and nothing else. */
const people = () => {
  const n = randomUUID().slice(0, 8);
  const ids = { patient: `pat-${n}`, clinician: `doc-${n}`, guest: `int-${n}`, stranger: `stranger-${n}` };
  return {
    ...ids,
    asPatient: { as: ids.patient, roles: ['patient'] as const },
    asClinician: { as: ids.clinician, roles: ['clinician'] as const },
    asGuest: { as: ids.guest, roles: [] as const },
    asStranger: { as: ids.stranger, roles: ['patient'] as const },
    asOtherClinician: { as: ids.stranger, roles: ['clinician'] as const },
    asService: { as: 'video-service', roles: ['service'] as const },
  };
};

const slot = (hour: string, day = '2036-05-04') => ({
  scheduledStart: `${day}T${hour}:00:00.000Z`,
  scheduledEnd: `${day}T${hour}:30:00.000Z`,
});

const book = (who: ReturnType<typeof people>, hour = '09', more: Partial<Ask> & { day?: string } = {}) =>
  send('POST', `/v1/patients/${who.patient}/consultations`, {
    ...who.asPatient,
    ...more,
    body: { clinicianId: who.clinician, ...slot(hour, more.day), medium: 'video' },
  });

const booked = async (who: ReturnType<typeof people>) => {
  const { body } = await book(who);
  return { path: `/v1/patients/${who.patient}/consultations/${body.consultationId}`, ...body };
};

describe('booking a consultation', () => {
  it.each(['asPatient', 'asClinician', 'asService'] as const)('is answered with the consultation %s', async (as) => {
    const who = people();
    const { status, headers, body } = await book(who, '09', who[as]);
    expect(status).toBe(201);
    expect(body).toEqual({
      consultationId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/),
      patientId: who.patient,
      clinicianId: who.clinician,
      ...slot('09'),
      medium: 'video',
      status: 'booked',
      participants: [
        { personId: who.patient, capacity: 'patient' },
        { personId: who.clinician, capacity: 'clinician' },
      ],
      recordings: [],
      revision: 0,
    });
    expect(headers.get('etag')).toBe('"0"');
    expect(headers.get('location')).toBe(`/v1/patients/${who.patient}/consultations/${body.consultationId}`);
  });

  it.each(['asStranger', 'asOtherClinician'] as const)('is refused %s as if there were no such patient', async (as) => {
    const who = people();
    expect(await book(who, '09', who[as])).toMatchObject({ status: 404, body: { code: 'patient-not-found' } });
    expect((await send('GET', `/v1/patients/${who.patient}/consultations`, who.asService)).body.items).toEqual([]);
  });

  it.each([
    ['on-call', 403],
    ['compliance', 403],
  ] as const)('is refused to %s', async (role, status) => {
    const who = people();
    expect(await book(who, '09', { as: 'somebody', roles: [role] })).toMatchObject({ status });
  });

  it('is refused when the clinician has no time, for whatever patient', async () => {
    const who = people();
    await book(who);
    const other = { ...people(), clinician: who.clinician };
    expect(await book(other)).toMatchObject({ status: 409, body: { code: 'slot-taken' } });
    expect(await book(other, '10')).toMatchObject({ status: 201 });
  });

  it('happens once when many ask for the same slot at once', async () => {
    const who = people();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => book({ ...people(), clinician: who.clinician })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(11).fill(409)]);
  });

  it('gives a cancelled time free', async () => {
    const who = people();
    const { path } = await booked(who);
    await send('POST', `${path}/cancel`, { ...who.asPatient, body: { reasonCode: 'patient-request' } });
    expect(await book({ ...people(), clinician: who.clinician })).toMatchObject({ status: 201 });
  });

  it.each([
    ['an end before the start', { scheduledEnd: '2036-05-04T08:00:00Z' }, 'scheduledEnd'],
    ['an end at the start', { scheduledEnd: '2036-05-04T09:00:00.000Z' }, 'scheduledEnd'],
    ['more than a day', { scheduledEnd: '2037-05-04T09:30:00Z' }, 'scheduledEnd'],
    ['a time that is none', { scheduledStart: 'tomorrow' }, 'scheduledStart'],
    ['a local time', { scheduledStart: '2036-05-04T09:00:00' }, 'scheduledStart'],
    ['an unknown medium', { medium: 'hologram' }, 'medium'],
    ['an unknown field', { note: 'says hello' }, 'note'],
    ['a number as an id', { clinicianId: 7 }, 'clinicianId'],
    ['an id that names a system stream', { clinicianId: '$admin' }, 'clinicianId'],
  ])('is refused for %s and changes nothing', async (_, wrong, path) => {
    const who = people();
    const answer = await send('POST', `/v1/patients/${who.patient}/consultations`, {
      ...who.asPatient,
      body: { clinicianId: who.clinician, ...slot('09'), medium: 'video', ...wrong },
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
    expect((await send('GET', '/v1/me/consultations', who.asPatient)).body.items).toEqual([]);
  });

  it.each(['%24all', 'a%2F..%2Fb', '..%2F..', 'x'.repeat(65), '%3Cb%3E', '_.a.40b'])(
    'is refused for the patient id %s',
    async (patientId) => {
      const who = people();
      expect(
        await send('POST', `/v1/patients/${patientId}/consultations`, {
          ...who.asService,
          body: { clinicianId: who.clinician, ...slot('09'), medium: 'video' },
        }),
      ).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
    },
  );
});

describe('booking for oneself', () => {
  const from = (minutes: number) => {
    const start = Date.now() + minutes * 60_000;
    return {
      scheduledStart: new Date(start).toISOString(),
      scheduledEnd: new Date(start + 30 * 60_000).toISOString(),
    };
  };
  const at = (who: ReturnType<typeof people>, minutes: number, as: Ask) =>
    send('POST', `/v1/patients/${who.patient}/consultations`, {
      ...as,
      body: { clinicianId: who.clinician, ...from(minutes), medium: 'video' },
    });
  const past = { status: 400, body: { code: 'validation-failed', errors: [{ path: 'scheduledStart' }] } };

  it('is not possible in the past, but for what clocks are apart', async () => {
    const who = people();
    expect(await at(who, -6, who.asPatient)).toMatchObject(past);
    expect(await at(who, -4, who.asPatient)).toMatchObject({ status: 201 });
    expect(await at(who, -90, who.asClinician)).toMatchObject({ status: 201 });
    expect(await at(who, -180, who.asService)).toMatchObject({ status: 201 });
  });

  it('is not moved into the past either, also not by a guardian', async () => {
    const who = people();
    const { path } = await booked(who);
    await send('POST', `${path}/participants`, {
      ...who.asPatient,
      body: { personId: who.guest, capacity: 'guardian' },
    });
    const move = (as: Ask) => send('POST', `${path}/reschedule`, { ...as, body: from(-6) });
    expect(await move(who.asPatient)).toMatchObject(past);
    expect(await move(who.asGuest)).toMatchObject(past);
    expect(await move(who.asOtherClinician)).toMatchObject({ status: 404 });
    expect(await move(who.asClinician)).toMatchObject({ status: 200 });
  });

  it('is bounded for each clinician, and clinicians and services are not', async () => {
    const who = people();
    const hours = ['09', '10', '11', '12', '13'];
    for (const hour of hours) expect(await book(who, hour)).toMatchObject({ status: 201 });
    expect(await book(who, '14')).toMatchObject({ status: 409, body: { code: 'too-many-bookings' } });
    expect(await book({ ...who, clinician: `${who.clinician}x` }, '14')).toMatchObject({ status: 201 });
    expect(await book(who, '15', who.asClinician)).toMatchObject({ status: 201 });
    expect(await book(who, '16', who.asService)).toMatchObject({ status: 201 });
  });

  it('is bounded also for many that arrive at once', async () => {
    const who = people();
    const hours = Array.from({ length: 12 }, (_, i) => String(i + 8).padStart(2, '0'));
    const answers = await Promise.all(hours.map((hour) => book(who, hour)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
  });
});

describe('calling off and moving', () => {
  it.each([
    ['observer', 403],
    ['interpreter', 403],
    ['trainee', 403],
    ['specialist', 200],
    ['guardian', 200],
  ] as const)('by an invited %s is answered with %i', async (capacity, status) => {
    const who = people();
    const { path } = await booked(who);
    await send('POST', `${path}/participants`, { ...who.asPatient, body: { personId: who.guest, capacity } });
    expect(await send('POST', `${path}/reschedule`, { ...who.asGuest, body: slot('17') })).toMatchObject({ status });
    expect(await send('POST', `${path}/cancel`, { ...who.asGuest, body: { reasonCode: 'x' } })).toMatchObject({
      status,
    });
  });
});

describe('repeating a command with its Idempotency-Key', () => {
  const key = { 'idempotency-key': 'key-1' };

  it('gives the same answer and no second consultation', async () => {
    const who = people();
    const first = await book(who, '09', { headers: key });
    const second = await book(who, '09', { headers: key });
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect((await send('GET', '/v1/me/consultations', who.asPatient)).body.items).toHaveLength(1);
  });

  it('gives the first answer even after later changes', async () => {
    const who = people();
    const first = await book(who, '09', { headers: key });
    const path = `/v1/patients/${who.patient}/consultations/${first.body.consultationId}`;
    await send('POST', `${path}/cancel`, { ...who.asPatient, body: { reasonCode: 'patient-request' } });
    expect((await book(who, '09', { headers: key })).body).toEqual(first.body);
  });

  it('gives one consultation when both arrive at once', async () => {
    const who = people();
    const answers = await Promise.all([1, 2, 3, 4].map(() => book(who, '09', { headers: key })));
    expect(new Set(answers.map(({ body }) => body.consultationId)).size).toBe(1);
    expect((await send('GET', '/v1/me/consultations', who.asPatient)).body.items).toHaveLength(1);
  });

  describe('that ended half-way, so long ago that its hold on the clinician’s time lapsed', () => {
    /** What a crash between the two streams leaves. */
    const halfBooked = async (who: ReturnType<typeof people>): Promise<string> => {
      const consultationId = randomUUID();
      const ids = { personId: who.clinician, patientId: who.patient, slotId: randomUUID(), consultationId };
      const { scheduledStart: start, scheduledEnd: end } = slot('09');
      const holdUntil = new Date(Date.now() - 1_000).toISOString();
      const body = { clinicianId: who.clinician, ...slot('09'), medium: 'video' };
      await app.app
        .get(Ledger)
        .append(
          diaryStreams.of(who.clinician),
          -1,
          [{ type: 'SlotHeld', data: { ...ids, capacity: 'clinician', start, end, holdUntil } }],
          {
            actor: { id: who.patient, roles: ['patient'] },
            requestId: randomUUID(),
            idempotency: { key: 'key-1', request: ['POST', `/v1/patients/${who.patient}/consultations`, body] },
          },
        );
      return consultationId;
    };

    it('books the consultation that it began', async () => {
      const who = people();
      const consultationId = await halfBooked(who);
      expect(await book(who, '09', { headers: key })).toMatchObject({ status: 201, body: { consultationId } });
      expect(await book(who, '09', { headers: key })).toMatchObject({ status: 201, body: { consultationId } });
      expect((await send('GET', '/v1/me/consultations', who.asClinician)).body.items).toHaveLength(1);
      const other = { ...people(), clinician: who.clinician };
      expect(await book(other)).toMatchObject({ status: 409, body: { code: 'slot-taken' } });
    });

    it('is refused when somebody else has the time by now', async () => {
      const who = people();
      await halfBooked(who);
      const other = { ...people(), clinician: who.clinician };
      expect((await book(other)).status).toBe(201);
      expect(await book(who, '09', { headers: key })).toMatchObject({ status: 409, body: { code: 'slot-taken' } });
    });
  });

  it('is refused with another body', async () => {
    const who = people();
    await book(who, '09', { headers: key });
    expect(await book(who, '11', { headers: key })).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
  });

  it('is another command from another caller', async () => {
    const who = people();
    await book(who, '09', { headers: key });
    expect(await book(who, '11', { headers: key, ...who.asService })).toMatchObject({ status: 201 });
  });
});

describe('one consultation', () => {
  it('is seen by the people who take part and by services', async () => {
    const who = people();
    const { path, consultationId } = await booked(who);
    await send('POST', `${path}/participants`, {
      ...who.asClinician,
      body: { personId: who.guest, capacity: 'interpreter' },
    });
    for (const as of [who.asPatient, who.asClinician, who.asGuest, who.asService])
      expect(await send('GET', path, as)).toMatchObject({ status: 200, body: { consultationId, revision: 1 } });
  });

  it('is not there for anybody else, whatever their role', async () => {
    const who = people();
    const { path } = await booked(who);
    const others = [
      who.asStranger,
      who.asOtherClinician,
      { as: who.stranger, roles: ['on-call'] as const },
      { as: who.stranger, roles: ['compliance'] as const },
    ];
    for (const as of others) {
      expect(await send('GET', path, as)).toMatchObject({ status: 404, body: { code: 'consultation-not-found' } });
      expect(await send('POST', `${path}/join`, { ...as, body: { mediaSessionId: 'm-1' } })).toMatchObject({
        status: 404,
      });
      expect(await send('POST', `${path}/cancel`, { ...as, body: { reasonCode: 'x' } })).toMatchObject({ status: 404 });
    }
    expect(await send('GET', path)).toMatchObject({ status: 401 });
  });

  it('is not answered again to a reader who has it', async () => {
    const who = people();
    const { path } = await booked(who);
    const again = await send('GET', path, { ...who.asPatient, headers: { 'if-none-match': '"0"' } });
    expect(again).toMatchObject({ status: 304, body: undefined });
  });

  it('changes only for a command that is meant for its revision', async () => {
    const who = people();
    const { path } = await booked(who);
    const move = (etag: string) =>
      send('POST', `${path}/reschedule`, { ...who.asPatient, headers: { 'if-match': etag }, body: slot('14') });
    expect(await move('"7"')).toMatchObject({ status: 412, body: { code: 'revision-mismatch' } });
    expect(await move('"0"')).toMatchObject({ status: 200, body: { ...slot('14'), revision: 1 } });
  });

  it('is never answered from less than the revision asked for', async () => {
    const who = people();
    const { path } = await booked(who);
    const at = (revision: string) => send('GET', path, { ...who.asPatient, headers: { 'x-min-revision': revision } });
    expect(await at('0')).toMatchObject({ status: 200 });
    expect(await at('5')).toMatchObject({ status: 503, body: { code: 'min-revision-unavailable' } });
    expect(await at('soon')).toMatchObject({ status: 400 });
  });
});

describe('the life of a consultation', () => {
  it('goes from booking to its end, and is closed after it', async () => {
    const who = people();
    const { path } = await booked(who);
    expect(await send('POST', `${path}/reschedule`, { ...who.asPatient, body: slot('16') })).toMatchObject({
      status: 200,
    });
    expect(
      await send('POST', `${path}/join`, { ...who.asPatient, body: { mediaSessionId: `room-${who.patient}` } }),
    ).toMatchObject({
      status: 200,
    });
    expect(
      await send('POST', `${path}/join`, {
        ...who.asService,
        body: { mediaSessionId: `room-${who.patient}`, personId: who.clinician },
      }),
    ).toMatchObject({ status: 200 });
    expect(await send('POST', `${path}/consent`, { ...who.asPatient, body: { given: true } })).toMatchObject({
      status: 200,
    });
    expect(await send('POST', `${path}/leave`, who.asPatient)).toMatchObject({ status: 200 });
    expect(await send('POST', `${path}/complete`, who.asPatient)).toMatchObject({ status: 403 });
    expect(await send('POST', `${path}/complete`, who.asClinician)).toMatchObject({
      status: 200,
      body: { status: 'completed' },
    });
    for (const [command, body] of [
      ['reschedule', slot('18')],
      ['cancel', { reasonCode: 'late' }],
      ['join', { mediaSessionId: 'room-2' }],
    ] as const)
      expect(await send('POST', `${path}/${command}`, { ...who.asPatient, body })).toMatchObject({
        status: 409,
        body: { code: 'consultation-closed' },
      });
  });

  it('moves to another time only when the clinician is free then', async () => {
    const who = people();
    const { path } = await booked(who);
    await book({ ...people(), clinician: who.clinician }, '12');
    expect(await send('POST', `${path}/reschedule`, { ...who.asPatient, body: slot('12') })).toMatchObject({
      status: 409,
      body: { code: 'slot-taken' },
    });
    expect((await send('GET', path, who.asPatient)).body).toMatchObject(slot('09'));
    expect(await send('POST', `${path}/reschedule`, { ...who.asPatient, body: slot('13') })).toMatchObject({
      status: 200,
    });
    expect(await book({ ...people(), clinician: who.clinician }, '09')).toMatchObject({ status: 201 });
  });

  it('is joined by people for themselves, and by a service for somebody who takes part', async () => {
    const who = people();
    const { path } = await booked(who);
    const join = (as: Ask, personId?: string) =>
      send('POST', `${path}/join`, {
        ...as,
        body: { mediaSessionId: `room-${who.patient}`, ...(personId && { personId }) },
      });
    expect(await join(who.asPatient, who.clinician)).toMatchObject({ status: 403 });
    expect(await join(who.asService)).toMatchObject({ status: 400 });
    expect(await join(who.asService, who.stranger)).toMatchObject({ status: 404 });
    expect(await join(who.asService, who.patient)).toMatchObject({ status: 200 });
  });

  it('is left on one device and goes on on the others, as joins and leaves without a device go by themselves', async () => {
    const who = people();
    const { path } = await booked(who);
    const call = { mediaSessionId: `room-${who.patient}` };
    const revisionAfter = async (command: 'join' | 'leave', body: object) => {
      const answer = await send('POST', `${path}/${command}`, { ...who.asPatient, body });
      return answer.status === 200 ? answer.body.revision : answer.body.code;
    };
    expect(await revisionAfter('join', { ...call, deviceId: 'PA_phone' })).toBe(1);
    expect(await revisionAfter('leave', {})).toBe('device-needed');
    expect(await revisionAfter('join', call)).toBe(2);
    expect(await revisionAfter('join', { ...call, deviceId: 'PA_phone' })).toBe(2);
    expect(await revisionAfter('leave', { deviceId: 'PA_phone' })).toBe(3);
    expect(await revisionAfter('leave', { deviceId: 'PA_phone' })).toBe(3);
    expect(await revisionAfter('leave', {})).toBe(4);
    expect(await revisionAfter('leave', {})).toBe(4);
    expect(await revisionAfter('leave', { deviceId: 'a phone' })).toBe('validation-failed');
  });

  it.each([
    ['Zoom', '/ajXp112QmuoKj4854875+Q=='],
    ['OpenTok', '2_MX40NjEyMzQ1Nn5-MTYwOTc5NTYzNTI1Mn5ZTkhXVU5xL1l0VXlHT2V0RmJWVXdkSkF-fg'],
    ['Jitsi', 'vpaas-magic-cookie-1fc542a3e4414a44b2611668195e2bfe/ExampleRoom@conference.8x8.vc'],
    ['Teams', '19:meeting_MjdhNjM4YzUtYzExZi00OTFkLTkzZTAtNTVlNmZmMDhkNGU2@thread.v2'],
  ])('is joined in a media session as %s calls it, of one consultation alone', async (_, shape) => {
    const mediaSessionId = `${shape.slice(0, -2)}${randomUUID().slice(0, 8)}${shape.slice(-2)}`;
    const [first, second] = [people(), people()];
    const [here, there] = [await booked(first), await booked(second)];
    const join = ({ path }: typeof here, as: Ask) => send('POST', `${path}/join`, { ...as, body: { mediaSessionId } });
    expect(await join(here, first.asPatient)).toMatchObject({ status: 200 });
    expect(await join(here, first.asClinician)).toMatchObject({ status: 200 });
    expect(await join(there, second.asPatient)).toMatchObject({ status: 409, body: { code: 'media-session-taken' } });
  });

  it.each(['', 'a b', 'room$', 'räume', 'x'.repeat(256), 7])(
    'is not joined in a media session called %j',
    async (mediaSessionId) => {
      const who = people();
      const { path } = await booked(who);
      expect(await send('POST', `${path}/join`, { ...who.asPatient, body: { mediaSessionId } })).toMatchObject({
        status: 400,
        body: { code: 'validation-failed', errors: [{ path: 'mediaSessionId' }] },
      });
    },
  );

  it('is joined in media sessions of its own: one that another consultation was joined in first is refused', async () => {
    const [first, second] = [people(), people()];
    const [here, there] = [await booked(first), await booked(second)];
    const join = ({ path }: typeof here, as: Ask, more: object = {}) =>
      send('POST', `${path}/join`, { ...as, body: { mediaSessionId: `room-${first.patient}`, ...more } });
    // Who may not join it binds nothing.
    expect(await join(there, first.asPatient)).toMatchObject({ status: 404 });
    expect(await join(here, first.asPatient)).toMatchObject({ status: 200 });
    for (const [as, more] of [
      [second.asPatient, {}],
      [second.asService, { personId: second.clinician }],
    ] as const)
      expect(await join(there, as, more)).toMatchObject({ status: 409, body: { code: 'media-session-taken' } });
    expect(await join(here, first.asClinician)).toMatchObject({ status: 200 });
    expect((await send('GET', there.path, second.asPatient)).body.revision).toBe(0);
  });

  it('has guests while they are invited, and not longer', async () => {
    const who = people();
    const { path } = await booked(who);
    const invited = await send('POST', `${path}/participants`, {
      ...who.asPatient,
      body: { personId: who.guest, capacity: 'interpreter' },
    });
    expect(invited.body.participants).toContainEqual({ personId: who.guest, capacity: 'interpreter' });
    expect((await send('GET', '/v1/me/consultations', who.asGuest)).body.items).toHaveLength(1);
    expect(
      await send('POST', `${path}/participants`, { ...who.asGuest, body: { personId: 'obs-1', capacity: 'observer' } }),
    ).toMatchObject({ status: 403 });
    expect(await send('DELETE', `${path}/participants/${who.guest}`, who.asPatient)).toMatchObject({ status: 200 });
    expect(await send('GET', path, who.asGuest)).toMatchObject({ status: 404 });
    expect((await send('GET', '/v1/me/consultations', who.asGuest)).body.items).toEqual([]);
    expect(await send('DELETE', `${path}/participants/${who.clinician}`, who.asPatient)).toMatchObject({
      status: 409,
      body: { code: 'participant-required' },
    });
  });
});

describe('recording a no-show', () => {
  const HOUR_MS = 3_600_000;
  const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
  /** Booked by the clinician: a patient books neither in the past nor for a minute ago. */
  const begun = async (who: ReturnType<typeof people>, startsIn = -1) => {
    const { body } = await send('POST', `/v1/patients/${who.patient}/consultations`, {
      ...who.asClinician,
      body: {
        clinicianId: who.clinician,
        scheduledStart: inHours(startsIn),
        scheduledEnd: inHours(startsIn + 2),
        medium: 'video',
      },
    });
    return { path: `/v1/patients/${who.patient}/consultations/${body.consultationId}`, ...body };
  };
  const miss = (path: string, as: Ask, by = 'patient', headers: Record<string, string> = {}) =>
    send('POST', `${path}/no-show`, { ...as, body: { by }, headers });
  const counted = async (by: string) => {
    const { values } = await app.app.get(Metrics).missed.get();
    return values.find(({ labels }) => labels.by === by)?.value ?? 0;
  };

  it.each(['asClinician', 'asService'] as const)(
    'shows as missed in every list, and is counted once, %s',
    async (as) => {
      const who = people();
      const { path, consultationId } = await begun(who);
      const before = await counted('patient');
      const first = await miss(path, who[as]);
      expect(first).toMatchObject({ status: 200, body: { consultationId, status: 'missed', revision: 1 } });
      expect(first.headers.get('etag')).toBe('"1"');
      expect(await miss(path, who[as])).toMatchObject({ status: 200, body: { status: 'missed', revision: 1 } });
      expect(await counted('patient')).toBe(before + 1);
      for (const [list, of] of [
        ['/v1/me/consultations?status=missed', who.asPatient],
        ['/v1/me/consultations?status=missed', who.asClinician],
        [`/v1/patients/${who.patient}/consultations?status=missed`, who.asService],
      ] as const)
        expect((await send('GET', list, of)).body.items).toMatchObject([{ consultationId, status: 'missed' }]);
      expect((await send('GET', '/v1/me/consultations?status=booked', who.asPatient)).body.items).toEqual([]);
    },
  );

  it('gives the time of everybody in it free', async () => {
    const who = people();
    const { path, scheduledStart, scheduledEnd } = await begun(who);
    const other = people();
    const again = () =>
      send('POST', `/v1/patients/${other.patient}/consultations`, {
        ...who.asClinician,
        body: { clinicianId: who.clinician, scheduledStart, scheduledEnd, medium: 'video' },
      });
    await send('POST', `${path}/participants`, {
      ...who.asClinician,
      body: { personId: who.guest, capacity: 'interpreter' },
    });
    expect(await again()).toMatchObject({ status: 409, body: { code: 'slot-taken' } });
    expect(await miss(path, who.asService, 'clinician')).toMatchObject({ status: 200 });
    expect(await again()).toMatchObject({ status: 201 });
    for (const personId of [who.clinician, who.guest]) {
      const types: string[] = [];
      for await (const event of app.app.get(Ledger).store.read(diaryStreams.of(personId))) types.push(event.type);
      expect(types).toContain('SlotReleased');
    }
  });

  it('happens once for one Idempotency-Key, and for many who report it at once', async () => {
    const who = people();
    const { path } = await begun(who);
    const before = await counted('patient');
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        miss(path, i % 2 ? who.asClinician : who.asService, 'patient', { 'idempotency-key': `no-show-${i % 4}` }),
      ),
    );
    expect(answers.map(({ status, body }) => [status, body.revision])).toEqual(Array(8).fill([200, 1]));
    expect(await counted('patient')).toBe(before + 1);
  });

  it.each([
    ['asPatient', 403, 'forbidden'],
    ['asGuest', 403, 'forbidden'],
    ['asStranger', 403, 'forbidden'],
    ['asOtherClinician', 404, 'consultation-not-found'],
  ] as const)('is refused %s with %i', async (as, status, code) => {
    const who = people();
    const { path } = await begun(who);
    await send('POST', `${path}/participants`, {
      ...who.asClinician,
      body: { personId: who.guest, capacity: 'interpreter' },
    });
    expect(await miss(path, who[as])).toMatchObject({ status, body: { code } });
    expect((await send('GET', path, who.asClinician)).body.status).toBe('booked');
  });

  it.each([
    ['the patient', 'patient', 403],
    ['a guest', 'guest', 403],
    ['a stranger', 'stranger', 404],
  ] as const)('is refused to %s who is a clinician elsewhere', async (_, person, status) => {
    const who = people();
    const { path } = await begun(who);
    await send('POST', `${path}/participants`, {
      ...who.asClinician,
      body: { personId: who.guest, capacity: 'specialist' },
    });
    expect(await miss(path, { as: who[person], roles: ['clinician'] })).toMatchObject({ status });
  });

  it.each(['on-call', 'compliance'] as const)('is refused to %s', async (role) => {
    const { path } = await begun(people());
    expect(await miss(path, { as: 'desk-1', roles: [role] })).toMatchObject({ status: 403 });
  });

  it('is refused without a token, and with one that this issuer did not sign', async () => {
    const who = people();
    const { path } = await begun(who);
    expect(await miss(path, {})).toMatchObject({ status: 401 });
    const [head, claims, signature = ''] = (await app.token(who.clinician, ['clinician'])).split('.');
    const forged = `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    expect(await miss(path, {}, 'patient', { authorization: `Bearer ${forged}` })).toMatchObject({ status: 401 });
  });

  it('is refused before the consultation was to begin, and of who joined', async () => {
    const who = people();
    const ahead = await begun(who, 3);
    expect(await miss(ahead.path, who.asClinician)).toMatchObject({
      status: 409,
      body: { code: 'consultation-not-due' },
    });
    const { path } = await begun(who);
    await send('POST', `${path}/join`, { ...who.asPatient, body: { mediaSessionId: `room-${who.patient}` } });
    expect(await miss(path, who.asClinician)).toMatchObject({ status: 409, body: { code: 'participant-joined' } });
    expect(await miss(path, who.asClinician, 'clinician')).toMatchObject({ status: 200 });
    expect(await miss(path, who.asClinician)).toMatchObject({ status: 409, body: { code: 'consultation-closed' } });
  });

  it('is refused once the consultation is over, for a stale If-Match, and for what is no side of it', async () => {
    const who = people();
    const { path } = await begun(who);
    expect(await miss(path, who.asClinician, 'interpreter')).toMatchObject({ status: 400 });
    expect(await miss(path, who.asClinician, 'patient', { 'if-match': '"7"' })).toMatchObject({ status: 412 });
    await send('POST', `${path}/complete`, { ...who.asClinician });
    expect(await miss(path, who.asClinician)).toMatchObject({ status: 409, body: { code: 'consultation-closed' } });
  });
});

describe('listing consultations', () => {
  it('shows a patient their own and nobody else’s, right after they wrote', async () => {
    const who = people();
    const first = await book(who, '09');
    const second = await book(who, '11');
    await book(people(), '09');
    const { status, body, headers } = await send('GET', '/v1/me/consultations', who.asPatient);
    expect(status).toBe(200);
    expect(body.items.map((item: { consultationId: string }) => item.consultationId)).toEqual([
      second.body.consultationId,
      first.body.consultationId,
    ]);
    expect(body.next).toBeNull();
    expect(headers.get('etag')).toBe('"1"');
  });

  it('shows a clinician theirs through the diary, page by page', async () => {
    const who = people();
    for (const hour of ['09', '10', '11', '12', '13']) await book({ ...people(), clinician: who.clinician }, hour);
    const starts: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 5; pages++) {
      const { body } = await send('GET', `/v1/me/consultations?limit=2${cursor}`, who.asClinician);
      starts.push(...body.items.map((item: { scheduledStart: string }) => item.scheduledStart.slice(11, 13)));
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(starts).toEqual(['13', '12', '11', '10', '09']);
  });

  it('shows somebody who is both patient and clinician both', async () => {
    const who = people();
    await book(who);
    await book({ ...people(), patient: who.clinician, clinician: `doc-of-${who.clinician}` }, '11', who.asService);
    const { body } = await send('GET', '/v1/me/consultations', { as: who.clinician, roles: ['patient', 'clinician'] });
    expect(body.items.map((item: { patientId: string }) => item.patientId)).toEqual([who.clinician, who.patient]);
  });

  it('is empty for somebody without any', async () => {
    const who = people();
    for (const as of [who.asPatient, who.asClinician, who.asGuest])
      expect(await send('GET', '/v1/me/consultations', as)).toMatchObject({
        status: 200,
        body: { items: [], next: null },
      });
  });

  it('is filtered, and refuses what it cannot filter by', async () => {
    const who = people();
    await book(who, '09');
    await book(who, '09', { day: '2036-05-06' });
    const list = (query: string) => send('GET', `/v1/patients/${who.patient}/consultations?${query}`, who.asService);
    expect((await list('from=2036-05-05T00:00:00Z')).body.items).toHaveLength(1);
    expect((await list('to=2036-05-05T00:00:00Z&status=booked')).body.items).toHaveLength(1);
    expect((await list('status=cancelled')).body.items).toEqual([]);
    for (const query of ['limit=0', 'limit=101', 'status=lost', 'cursor=x', 'from=today', 'sort=asc'])
      expect(await list(query)).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
  });

  it('of a patient is for that patient and services', async () => {
    const who = people();
    await booked(who);
    const path = `/v1/patients/${who.patient}/consultations`;
    expect(await send('GET', path, who.asPatient)).toMatchObject({ status: 200 });
    expect(await send('GET', path, who.asStranger)).toMatchObject({ status: 404 });
    expect(await send('GET', path, who.asClinician)).toMatchObject({ status: 403 });
    expect(await send('GET', path)).toMatchObject({ status: 401 });
  });
});
