import { randomUUID } from 'node:crypto';
import { ROLES } from '../../events/values.ts';
import { availabilityIn } from '../../src/consultations/diary/availability.ts';
import type { Role } from '../../src/request/actor.ts';
import { type Answer, send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const service = { as: 'booking-service', roles: ['service'] } as const;
const short = () => randomUUID().slice(0, 8);
const day = (hour: string) => ({
  scheduledStart: `2036-05-04T${hour}:00:00.000Z`,
  scheduledEnd: `2036-05-04T${hour}:30:00.000Z`,
});

const book = async (patientId: string, clinicianId: string, hour: string, more: object = {}) => {
  const body = { clinicianId, ...day(hour), medium: 'video', ...more };
  const booked = await send(app, 'POST', `/v1/patients/${patientId}/consultations`, { ...service, body });
  expect(booked.status).toBe(201);
  return `/v1/patients/${patientId}/consultations/${booked.body.consultationId}`;
};

const invite = (path: string, personId: string, capacity: string) =>
  send(app, 'POST', `${path}/participants`, { ...service, body: { personId, capacity } });

type Listed = { readonly scheduledStart: string; readonly patientId: string };
const hours = ({ body }: Answer): string[] =>
  body.items.map(({ scheduledStart }: Listed) => scheduledStart.slice(11, 13));

const RANGE = 'from=2036-05-04T00:00:00Z&to=2036-05-05T00:00:00Z';
const routes = ['consultations', 'availability'] as const;
const ask = (clinicianId: string, what: string, { as, roles }: { as: string; roles: readonly Role[] }) =>
  send(app, 'GET', `/v1/clinicians/${clinicianId}/${what}`, { as, roles });

describe.each(routes)('the %s of a clinician', (route) => {
  const path = `${route}?${RANGE}`;

  it('are for the clinician and for services', async () => {
    const clinician = `doc-${short()}`;
    await book(`pat-${short()}`, clinician, '09');
    const mine = await ask(clinician, path, { as: clinician, roles: ['clinician'] });
    const served = await ask(clinician, path, service);
    expect([mine.status, served.status]).toEqual([200, 200]);
    expect(served.body).toEqual(mine.body);
    expect(JSON.stringify(mine.body)).toContain('2036-05-04T09:00:00.000Z');
  });

  it.each(ROLES.filter((role) => role !== 'service'))(
    'are refused to another %s, and the same where there is no such clinician',
    async (role) => {
      const [clinician, patient] = [`doc-${short()}`, `pat-${short()}`];
      await book(patient, clinician, '09');
      for (const as of [`other-${short()}`, patient]) {
        const { status, body } = await ask(clinician, path, { as, roles: [role] });
        const nowhere = await ask(`doc-${short()}`, path, { as, roles: [role] });
        expect([status, body.code]).toEqual([403, 'forbidden']);
        expect([nowhere.status, nowhere.body.detail]).toEqual([status, body.detail]);
      }
      if (role !== 'clinician') expect((await ask(clinician, path, { as: clinician, roles: [role] })).status).toBe(403);
    },
  );

  it('are refused without a token, and with a forged one', async () => {
    const clinician = `doc-${short()}`;
    const url = `/v1/clinicians/${clinician}/${path}`;
    expect((await app.call(url)).status).toBe(401);
    const token = await app.token(clinician, ['clinician']);
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`;
    expect((await app.call(url, { headers: { authorization: `Bearer ${forged}` } })).status).toBe(401);
  });

  it.each([`${route}?from=2036-05-04`, `${route}?colour=red`])('refuse %s', async (asked) => {
    expect((await ask('doc-1', asked, service)).status).toBe(400);
  });
});

describe('the calendar of a clinician', () => {
  it('has all they take part in, but as a guardian, and in the order that is asked for', async () => {
    const [clinician, child] = [`doc-${short()}`, `pat-${short()}`];
    const path = await book(`pat-${short()}`, clinician, '09');
    await book(`pat-${short()}`, clinician, '11');
    const colleague = await book(`pat-${short()}`, `doc-${short()}`, '10');
    await invite(colleague, clinician, 'specialist');
    await invite(await book(child, `doc-${short()}`, '12'), clinician, 'guardian');
    expect(hours(await ask(clinician, `consultations?${RANGE}`, service))).toEqual(['11', '10', '09']);
    expect(hours(await ask(clinician, `consultations?${RANGE}&order=oldest`, service))).toEqual(['09', '10', '11']);
    await send(app, 'POST', `${path}/cancel`, { ...service, body: { reasonCode: 'x' } });
    expect(hours(await ask(clinician, 'consultations?status=booked', service))).toEqual(['11', '10']);
    expect(hours(await ask(clinician, 'consultations?status=booked,cancelled', service))).toEqual(['11', '10', '09']);
    const own = await ask(clinician, `consultations?clinicianId=${clinician}`, { as: clinician, roles: ['clinician'] });
    expect(hours(own)).toEqual(['11', '09']);
    expect(JSON.stringify(own.body)).not.toContain(child);
  });

  it('is paged in either order, each consultation once, and looks no further than the range', async () => {
    const clinician = `doc-${short()}`;
    for (const hour of ['08', '09', '10', '11', '12']) await book(`pat-${short()}`, clinician, hour);
    for (const order of ['newest', 'oldest']) {
      const seen: string[] = [];
      let cursor = '';
      do {
        const query = `consultations?from=2036-05-04T09:00:00Z&order=${order}&limit=2${cursor}`;
        const page = await ask(clinician, query, service);
        seen.push(...hours(page));
        cursor = page.body.next === null ? '' : `&cursor=${page.body.next}`;
      } while (cursor !== '');
      expect(seen).toEqual(order === 'oldest' ? ['09', '10', '11', '12'] : ['12', '11', '10', '09']);
    }
  });

  it('has a consultation at its new time alone once it was moved', async () => {
    const clinician = `doc-${short()}`;
    const path = await book(`pat-${short()}`, clinician, '09');
    await send(app, 'POST', `${path}/reschedule`, { ...service, body: day('14') });
    const within = (from: string, to: string) =>
      ask(clinician, `consultations?from=2036-05-04T${from}:00:00Z&to=2036-05-04T${to}:00:00Z`, service);
    expect(hours(await within('08', '10'))).toEqual([]);
    expect(hours(await within('13', '15'))).toEqual(['14']);
  });
});

describe('the availability of a clinician', () => {
  const availability = async (clinician: string, query = RANGE) =>
    (await ask(clinician, `availability?${query}`, service)).body;

  it('says when a booking would find the slot taken, and names no person and no consultation', async () => {
    const [clinician, patient] = [`doc-${short()}`, `pat-${short()}`];
    const path = await book(patient, clinician, '09');
    const moved = await book(patient, clinician, '11');
    await invite(await book(patient, `doc-${short()}`, '13'), clinician, 'specialist');
    await send(app, 'POST', `${moved}/reschedule`, { ...service, body: day('15') });
    const found = await availability(clinician);
    const at = (time: string) => `2036-05-04T${time}:00.000Z`;
    expect(found).toEqual({
      clinicianId: clinician,
      ...{ from: at('00:00'), to: '2036-05-05T00:00:00.000Z' },
      busy: [
        { start: at('09:00'), end: at('09:30') },
        { start: at('15:00'), end: at('15:30') },
      ],
      free: [
        { start: at('00:00'), end: at('09:00') },
        { start: at('09:30'), end: at('15:00') },
        { start: at('15:30'), end: '2036-05-05T00:00:00.000Z' },
      ],
    });
    await send(app, 'POST', `${path}/cancel`, { ...service, body: { reasonCode: 'x' } });
    expect((await availability(clinician)).busy).toEqual([{ start: at('15:00'), end: at('15:30') }]);
  });

  it('is of a week from now on where no time is given, and of 31 days at most', async () => {
    const { from, to } = await availability('doc-free', '');
    expect(Date.parse(to) - Date.parse(from)).toBe(7 * 86_400_000);
    expect(Math.abs(Date.parse(from) - Date.now())).toBeLessThan(60_000);
    for (const query of ['to=2036-06-05T00:00:01Z', 'to=2036-05-04T00:00:00Z']) {
      const { status, body } = await ask('doc-free', `availability?from=2036-05-05T00:00:00Z&${query}`, service);
      expect([status, body.errors?.[0]?.path]).toEqual([400, 'to']);
    }
  });

  it.each([
    ['nothing', [], [], [['0', '9']]],
    ['all of it', [['0', '9']], [['0', '9']], []],
    ['more than it', [['-', 'z']], [['0', '9']], []],
    [
      'what touches, as one',
      [
        ['3', '5'],
        ['1', '3'],
      ],
      [['1', '5']],
      [
        ['0', '1'],
        ['5', '9'],
      ],
    ],
    [
      'what lies in another',
      [
        ['1', '6'],
        ['2', '3'],
      ],
      [['1', '6']],
      [
        ['0', '1'],
        ['6', '9'],
      ],
    ],
    [
      'what lies outside',
      [
        ['-', '0'],
        ['9', 'z'],
      ],
      [],
      [['0', '9']],
    ],
  ] as const)('takes %s for busy', (_, taken, busy, free) => {
    const stretches = (pairs: readonly (readonly [string, string])[]) => pairs.map(([start, end]) => ({ start, end }));
    const found = availabilityIn({ start: '0', end: '9' }, stretches(taken));
    expect(found).toEqual({ busy: stretches(busy), free: stretches(free) });
  });
});

describe('searching a patient’s consultations', () => {
  it('is by clinician, participant, medium, recordings and status, for services and the patient', async () => {
    const [patient, one, other, guest] = [`pat-${short()}`, `doc-${short()}`, `doc-${short()}`, `int-${short()}`];
    await book(patient, one, '09');
    const path = await book(patient, other, '10', { medium: 'audio' });
    await invite(path, guest, 'interpreter');
    const found = async (query: string) => {
      const url = `/v1/patients/${patient}/consultations?${query}`;
      const served = await send(app, 'GET', url, service);
      const own = await send(app, 'GET', url, { as: patient, roles: ['patient'] });
      expect(own.body).toEqual(served.body);
      return hours(served);
    };
    expect(await found(`clinicianId=${one}`)).toEqual(['09']);
    expect(await found(`participantId=${guest}`)).toEqual(['10']);
    expect(await found('medium=audio')).toEqual(['10']);
    expect(await found('recorded=true')).toEqual([]);
    expect(await found('recorded=false&order=oldest')).toEqual(['09', '10']);
    expect(await found('status=completed,missed')).toEqual([]);
    for (const query of ['status=', 'status=booked,lost', 'medium=hologram', 'recorded=maybe', 'order=up'])
      expect((await send(app, 'GET', `/v1/patients/${patient}/consultations?${query}`, service)).status).toBe(400);
    for (const [as, role] of [
      [one, 'clinician'],
      [guest, 'patient'],
    ] as const)
      expect(
        await send(app, 'GET', `/v1/patients/${patient}/consultations?medium=audio`, { as, roles: [role] }),
      ).toMatchObject({
        status: role === 'clinician' ? 403 : 404,
      });
  });
});
