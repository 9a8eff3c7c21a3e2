import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonEvent } from '@eventstore/db-client';
import { privacyStreams } from '../../events/categories.ts';
import { ROLES } from '../../events/values.ts';
import { ROUTE_ROLES, routeRoles } from '../../src/auth/route-roles.ts';
import { Clock } from '../../src/clock.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { type Role } from '../../src/request/actor.ts';
import { type Answer, append, eventsOf, type Scene, scene, send, typesOf, view, witness } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';

const HOUR_MS = 3_600_000;
/** Milliseconds since the epoch, where the time stands still. */
let still: number | undefined;
const clock = { now: () => still ?? Date.now() };

let one: RunningApp;
let two: RunningApp;
beforeAll(async () => {
  one = await startApp({ override: (builder) => builder.overrideProvider(Clock).useValue(clock) });
  two = await startApp({ env: { STORE_URL: await storeOf(one) } });
});
afterEach(() => {
  still = undefined;
});
afterAll(async () => {
  await two.close();
  await one.close();
});

const officer = { as: 'officer-1', roles: ['compliance'] } as const;
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const holdsOf = ({ patientId }: Scene) => `/v1/patients/${patientId}/access-holds`;

const place = (here: Scene, more: object = {}, app = one): Promise<Answer> =>
  send(app, 'POST', holdsOf(here), {
    ...officer,
    body: { reason: 'law-enforcement', until: inMs(HOUR_MS), ...more },
  });
const placed = async (here: Scene, more: object = {}, app = one) => {
  const { status, body } = await place(here, more, app);
  expect(status).toBe(201);
  return body;
};
const lift = (here: Scene, holdId: string, by: { as: string; roles: readonly Role[] } = officer) =>
  send(one, 'POST', `${holdsOf(here)}/${holdId}/lift`, by);

const asPatient = ({ patientId }: Scene, query = '', app = one): Promise<Answer> =>
  send(app, 'GET', `/v1/me/accesses${query}`, { as: patientId, roles: ['patient'] });
const asService = ({ patientId }: Scene): Promise<Answer> =>
  send(one, 'GET', `/v1/patients/${patientId}/accesses`, { as: 'portal', roles: ['service'] });
const asOfficer = ({ patientId }: Scene): Promise<Answer> =>
  send(one, 'GET', `/v1/patients/${patientId}/accesses?limit=100`, officer);

type Row = { kind: string; viewerId: string; held?: true };
const viewersIn = ({ status, body }: Answer): string[] => {
  expect(status).toBe(200);
  return body.items.map(({ viewerId }: Row) => viewerId);
};

/** The whole list by pages, each with how many rows it had. */
const paged = async (here: Scene, limit: number) => {
  const items: Row[] = [];
  const sizes: number[] = [];
  for (let query: string | undefined = `?limit=${limit}`; query !== undefined; ) {
    const { body }: Answer = await asPatient(here, query);
    items.push(...body.items);
    sizes.push(body.items.length);
    query = body.next === null ? undefined : `?limit=${limit}&cursor=${body.next}`;
  }
  return { items, sizes };
};

describe('while a hold is in force', () => {
  it('the patient and services are not shown the accesses of others, compliance is, and after it all are again', async () => {
    const here = await scene(one);
    await view(one, here, here.clinicianId, { roles: ['clinician'] });
    await witness(one, here, 'doc-elsewhere');
    await view(one, here, here.patientId);
    const before = await asPatient(here);
    expect(viewersIn(before)).toEqual([here.patientId, 'doc-elsewhere', here.clinicianId]);
    const { until } = await placed(here);

    still = Date.parse(until) - 1;
    expect(viewersIn(await asPatient(here))).toEqual([here.patientId]);
    expect(viewersIn(await asService(here))).toEqual([here.patientId]);
    const { body } = await asOfficer(here);
    expect(body.items.slice(-3).map(({ viewerId, held }: Row) => [viewerId, held])).toEqual([
      [here.patientId, undefined],
      ['doc-elsewhere', true],
      [here.clinicianId, true],
    ]);

    still = Date.parse(until);
    await eventually(async () => (await asPatient(here)).body.items.length === before.body.items.length + 2);
    expect((await asPatient(here)).body.items.slice(2)).toEqual(before.body.items);
    expect((await asOfficer(here)).body.items.filter(({ held }: Row) => held)).toEqual([]);
  });

  it('of one viewer, all that this viewer did is left out, of every kind, and nothing of others', async () => {
    const here = await scene(one);
    const { patientId, consultationId, recordingId } = here;
    const [suspect, other] = [`doc-s-${patientId}`, `doc-o-${patientId}`];
    for (const personId of [suspect, other]) {
      const as = { as: patientId, roles: ['patient'] } as const;
      const path = `/v1/patients/${patientId}/consultations/${consultationId}/participants`;
      await send(one, 'POST', path, { ...as, body: { personId, capacity: 'specialist' } });
      await send(one, 'GET', '/v1/me/consultations', { as: personId, roles: ['clinician'] });
      const { body } = await view(one, here, personId, { roles: ['clinician'] });
      await append(one, patientId, {
        type: 'RecordingPlayed',
        data: {
          ...{ patientId, consultationId, recordingId, viewId: body.viewId, viewerId: personId },
          ...{ bytesServed: 7, ranges: [[0, 6]], outcome: 'completed' },
        },
      });
      await send(one, 'DELETE', `${path}/${personId}`, as);
      await view(one, here, personId, { roles: ['clinician'] });
      await send(one, 'GET', `/v1/patients/${patientId}/accesses`, { as: personId, roles: ['compliance'] });
    }
    await eventually(async () => (await asPatient(here)).body.items.length === 10);
    const whole = (await asPatient(here)).body.items as Row[];
    const ofOther = whole.filter(({ viewerId }) => viewerId === other);
    expect(ofOther.map(({ kind }) => kind).sort()).toEqual(['audited', 'opened', 'played', 'refused', 'shown']);

    await placed(here, { viewerId: suspect });
    expect((await asPatient(here)).body).toEqual({ items: ofOther, next: null });
    const text = JSON.stringify([(await asPatient(here)).body, (await asService(here)).body]);
    expect(text).not.toContain(suspect);
    expect(text).not.toContain('held');
  });

  it('pages are as if the rows were not there, wherever they lie', async () => {
    const here = await scene(one);
    // The newest and the oldest are held, and some between.
    const viewers = ['held', 'a', 'held', 'held', 'b', 'c', 'held', 'd', 'held', 'held'];
    for (const [i, name] of viewers.entries())
      await witness(one, here, name === 'held' ? 'doc-held' : `doc-${name}${i}`);
    const left = ((await asPatient(here)).body.items as Row[]).filter(({ viewerId }) => viewerId !== 'doc-held');
    const cursor = (await asPatient(here, '?limit=3')).body.next;
    await placed(here, { viewerId: 'doc-held' });

    expect(left).toHaveLength(4);
    for (const [limit, sizes] of [
      [1, [1, 1, 1, 1]],
      [2, [2, 2]],
      [3, [3, 1]],
      [4, [4]],
      [5, [4]],
    ] as const)
      expect([limit, await paged(here, limit)]).toEqual([limit, { items: left, sizes }]);
    // A place in the list that was given before: among the first three was one that is not held.
    expect((await asPatient(here, `?limit=100&cursor=${cursor}`)).body).toEqual({ items: left.slice(1), next: null });
  });

  it('a list that is made while a hold is placed shows nothing that it covers', async () => {
    const here = await scene(one);
    await witness(one, here, 'doc-before');
    const { store } = one.app.get(Ledger);
    const read = store.readBackwards.bind(store);
    let calls = 0;
    store.readBackwards = async function* (stream, ...more) {
      if (calls++ === 0) {
        await placed(here, {}, two);
        await witness(two, here, 'doc-meanwhile');
      }
      yield* read(stream, ...more);
    } as typeof store.readBackwards;
    try {
      expect((await asPatient(here)).body).toEqual({ items: [], next: null });
    } finally {
      store.readBackwards = read;
    }
    expect(calls).toBeGreaterThan(1);
  });

  it('it counts at once on every instance, and after it is lifted no more', async () => {
    const here = await scene(one);
    await witness(one, here, 'doc-elsewhere');
    expect(viewersIn(await asPatient(here, '', two))).toEqual(['doc-elsewhere']);
    const { holdId } = await placed(here);
    expect(viewersIn(await asPatient(here, '', two))).toEqual([]);
    expect((await lift(here, holdId)).body).toMatchObject({ holdId, status: 'lifted', liftedBy: officer.as });
    expect(viewersIn(await asPatient(here, '', two))).toEqual(['doc-elsewhere']);
  });

  it('it still is after a restart', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'ledger-holds-'));
    const start = () => startApp({ env: { DATA_DIR: dataDir, STORE_URL: '' } });
    let app = await start();
    try {
      const here = await scene(app);
      await witness(app, here, 'doc-elsewhere');
      const me = { as: here.patientId, roles: ['patient'] } as const;
      await send(app, 'PUT', '/v1/me/access-notifications', { ...me, body: { notify: true } });
      await placed(here, {}, app);
      await app.close();
      app = await start();
      await eventually(async () => (await asPatient(here, '', app)).status === 200);
      expect((await asPatient(here, '', app)).body).toEqual({ items: [], next: null });
      expect((await send(app, 'GET', '/v1/me/access-notifications', me)).body).toEqual({ notify: true, chosen: true });
      expect((await send(app, 'GET', holdsOf(here), officer)).body.items).toMatchObject([{ status: 'in-force' }]);
    } finally {
      await app.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it('no list is shown while it cannot be read whether there is one', async () => {
    const here = await scene(one);
    await witness(one, here, 'doc-elsewhere');
    const { raw } = one.app.get(Ledger).store;
    await raw.appendToStream(privacyStreams.of(here.patientId), jsonEvent({ type: 'Odd', data: {} }));
    for (const answer of [await asPatient(here), await asService(here), await asOfficer(here), await place(here)]) {
      expect([answer.status, answer.body.code]).toEqual([503, 'ledger-unavailable']);
      expect(JSON.stringify(answer.body)).not.toContain('doc-elsewhere');
    }
  });

  it('no list is shown while the store is away', async () => {
    const store = await startApp({ env: { STORE_URL: '' } });
    const app = await startApp({ env: { STORE_URL: await storeOf(store) } });
    const here = await scene(app);
    await witness(app, here, 'doc-elsewhere');
    await placed(here, {}, app);
    expect(viewersIn(await asPatient(here, '', app))).toEqual([]);
    await store.close();
    const { status, body } = await asPatient(here, '', app);
    expect([status, body.code]).toEqual([503, 'ledger-unavailable']);
    await app.close();
  });
});

describe('placing a hold', () => {
  it('is on record with why, how, of whom and until when, apart from the patient’s own stream', async () => {
    const here = await scene(one);
    const { body: booked } = await send(one, 'GET', here.viewsPath.replace(/\/recordings.*/, ''), {
      ...{ as: here.patientId, roles: ['patient'] },
    });
    const until = inMs(HOUR_MS);
    const hold = await placed(here, { reason: 'vital-interests', viewerId: 'doc-1', until });
    expect(hold).toEqual({
      ...{ patientId: here.patientId, holdId: expect.any(String), reason: 'vital-interests', request: 'oral' },
      ...{ viewerId: 'doc-1', until, status: 'in-force', placedBy: officer.as },
    });
    const [event] = await eventsOf(one, privacyStreams.of(here.patientId));
    expect(event).toMatchObject({ type: 'AccessHoldPlaced', metadata: { actor: { id: officer.as } } });
    const { body: after } = await send(one, 'GET', here.viewsPath.replace(/\/recordings.*/, ''), {
      ...{ as: here.patientId, roles: ['patient'] },
    });
    expect(after).toEqual(booked);
  });

  it('happens once for one Idempotency-Key, also where its time is over by then', async () => {
    const here = await scene(one);
    const until = inMs(HOUR_MS);
    const again = (more: object = {}) =>
      send(one, 'POST', holdsOf(here), {
        ...officer,
        body: { reason: 'law-enforcement', until, ...more },
        headers: { 'idempotency-key': `key-${here.patientId}` },
      });
    const first = await again();
    still = Date.parse(until) + 1;
    const second = await again();
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual({ ...first.body, status: 'over' });
    expect((await again({ viewerId: 'doc-1' })).body.code).toBe('idempotency-key-reused');
    expect(typesOf(await eventsOf(one, privacyStreams.of(here.patientId)))).toEqual(['AccessHoldPlaced']);
  });

  it.each<[string, object]>([
    ['in the past', { until: inMs(-1_000) }],
    ['for more than 30 days by word of mouth', { until: inMs(31 * 24 * HOUR_MS) }],
    ['for more than a year in writing', { request: 'written', until: inMs(367 * 24 * HOUR_MS) }],
    ['without an end', { until: undefined }],
    ['until no time', { until: 'tomorrow' }],
    ['for a reason of its own', { reason: 'inconvenient' }],
    ['without a reason', { reason: undefined }],
    ['of no id', { viewerId: 'a b' }],
    ['with a field that it has not', { note: 'a name' }],
  ])('is refused %s', async (_, more) => {
    const here = await scene(one);
    const { status, body } = await place(here, more);
    expect([status, body.code]).toEqual([400, 'validation-failed']);
    expect(await eventsOf(one, privacyStreams.of(here.patientId))).toEqual([]);
  });

  it('in writing is for longer', async () => {
    const until = inMs(31 * 24 * HOUR_MS);
    expect(await placed(await scene(one), { request: 'written', until })).toMatchObject({ until });
  });

  it('is refused of the patient’s own accesses', async () => {
    const here = await scene(one);
    expect((await place(here, { viewerId: here.patientId })).body.errors).toMatchObject([{ path: 'viewerId' }]);
  });
});

describe('holds', () => {
  const asks = (here: Scene, holdId: string) =>
    [
      ['POST', holdsOf(here), { reason: 'law-enforcement', until: inMs(HOUR_MS) }],
      ['GET', holdsOf(here), undefined],
      ['POST', `${holdsOf(here)}/${holdId}/lift`, undefined],
    ] as const;

  it('are listed newest first, by pages, as they stand', async () => {
    const here = await scene(one);
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.unshift((await placed(here, { viewerId: `doc-${i}` })).holdId);
    await lift(here, ids[1] as string);
    const seen: { holdId: string; status: string }[] = [];
    for (let query: string | undefined = '?limit=2'; query !== undefined; ) {
      const { body }: Answer = await send(one, 'GET', `${holdsOf(here)}${query}`, officer);
      seen.push(...body.items);
      query = body.next === null ? undefined : `?limit=2&cursor=${body.next}`;
    }
    expect(seen.map(({ holdId, status }) => [holdId, status])).toEqual([
      [ids[0], 'in-force'],
      [ids[1], 'lifted'],
      [ids[2], 'in-force'],
    ]);
  });

  it('are lifted once, and there is none that was not placed', async () => {
    const [here, there] = [await scene(one), await scene(one)];
    const { holdId } = await placed(here);
    for (const target of ['hold-unknown', holdId]) {
      const { status, body } = await lift(there, target);
      expect([status, body.code]).toEqual([404, 'hold-not-found']);
    }
    expect([(await lift(here, holdId)).status, (await lift(here, holdId)).status]).toEqual([200, 200]);
    const events = typesOf(await eventsOf(one, privacyStreams.of(here.patientId)));
    expect(events).toEqual(['AccessHoldPlaced', 'AccessHoldLifted']);
  });

  it.each(ROLES.filter((role) => role !== 'compliance'))('are not for the role %s', async (role) => {
    const here = await scene(one);
    const { holdId } = await placed(here);
    for (const as of [here.patientId, here.clinicianId, 'person-elsewhere'])
      for (const [method, path, body] of asks(here, holdId)) {
        const answer = await send(one, method, path, { as, roles: [role], ...(body && { body }) });
        expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
        expect(JSON.stringify(answer.body)).not.toContain('law-enforcement');
      }
    expect(viewersIn(await asPatient(here))).toEqual([]);
  });

  it('are not for callers without a token, or with a forged one', async () => {
    const here = await scene(one);
    const { holdId } = await placed(here);
    const token = await one.token('officer-1', ['compliance']);
    const forged = `Bearer ${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`;
    for (const [method, path] of asks(here, holdId)) {
      expect((await one.call(path, { method })).status).toBe(401);
      expect((await one.call(path, { method, headers: { authorization: forged } })).status).toBe(401);
    }
  });

  it('are not for an officer who is the patient, who is told what any patient is', async () => {
    const here = await scene(one);
    await witness(one, here, 'doc-elsewhere');
    const { holdId } = await placed(here);
    const roles: readonly Role[] = ['compliance', 'patient'];
    for (const [method, path, body] of asks(here, holdId)) {
      const answer = await send(one, method, path, { as: here.patientId, roles, ...(body && { body }) });
      expect([answer.status, answer.body.code]).toEqual([403, 'own-case']);
    }
    const path = `/v1/patients/${here.patientId}/accesses`;
    expect((await send(one, 'GET', path, { as: here.patientId, roles })).body).toEqual({ items: [], next: null });
  });

  it('are not for an officer whose accesses they hide', async () => {
    const here = await scene(one);
    expect((await place(here, { viewerId: officer.as })).body.code).toBe('own-case');
    const { holdId } = await placed(here, { viewerId: 'officer-2' });
    const answer = await lift(here, holdId, { as: 'officer-2', roles: ['compliance'] });
    expect([answer.status, answer.body.code]).toEqual([403, 'own-case']);
  });

  it('are kept from a patient by the second key where the first lets them in', async () => {
    const faulty = await startApp({
      env: { STORE_URL: await storeOf(one) },
      override: (builder) =>
        builder
          .overrideProvider(ROUTE_ROLES)
          .useValue({ ...routeRoles, 'GET /v1/patients/:patientId/access-holds': 'anyone' }),
    });
    const here = await scene(one);
    await placed(here);
    const { status, body } = await send(faulty, 'GET', holdsOf(here), { as: 'pat-curious', roles: ['patient'] });
    expect([status, body.code]).toEqual([500, 'egress-violation']);
    expect(JSON.stringify(body)).not.toContain('law-enforcement');
    await faulty.close();
  });
});

describe('choosing to be told of accesses', () => {
  const path = '/v1/me/access-notifications';
  const choose = (as: string, body: object, roles: readonly Role[] = ['patient']) =>
    send(one, 'PUT', path, { as, roles, body });

  it('is off until the patient chooses, and is on record once', async () => {
    const { patientId } = await scene(one);
    const ask = () => send(one, 'GET', path, { as: patientId, roles: ['patient'] });
    expect((await ask()).body).toEqual({ notify: false, chosen: false });
    expect((await choose(patientId, { notify: true })).body).toEqual({ notify: true, chosen: true });
    await choose(patientId, { notify: true });
    expect((await ask()).body).toEqual({ notify: true, chosen: true });
    expect(typesOf(await eventsOf(one, privacyStreams.of(patientId)))).toEqual(['AccessNotificationsChosen']);
    expect((await choose(patientId, { notify: false })).body).toEqual({ notify: false, chosen: true });
  });

  it('tells of no hold', async () => {
    const here = await scene(one);
    await placed(here);
    const response = await one.call(path, { as: here.patientId, roles: ['patient'] });
    expect(await response.json()).toEqual({ notify: false, chosen: false });
    expect(response.headers.get('etag')).toBeNull();
  });

  it('is for patients, about themselves', async () => {
    for (const roles of ROLES.filter((role) => role !== 'patient').map((role) => [role])) {
      expect((await choose('pat-1', { notify: true }, roles)).status).toBe(403);
      expect((await send(one, 'GET', path, { as: 'pat-1', roles })).status).toBe(403);
    }
    for (const method of ['GET', 'PUT']) expect((await one.call(path, { method })).status).toBe(401);
  });

  it.each([{}, { notify: 'yes' }, { notify: true, patientId: 'pat-2' }])('is refused with %j', async (body) => {
    expect((await choose('pat-1', body)).status).toBe(400);
  });
});
