import { randomUUID } from 'node:crypto';
import { io } from 'socket.io-client';
import type { PatientEvent } from '../../events/patient-events.ts';
import { evolve, noConsultations } from '../../src/consultations/evolve.ts';
import { forgetMerged, merge, nameMerged, unmerge } from '../../src/consultations/merging/decide.ts';
import type { Role } from '../../src/request/actor.ts';
import { booked, target } from '../access/history.ts';
import { append, type Scene, scene, send, view, witness } from '../access/scene.ts';
import { ask, opened, type RecordedConsultation, recorded } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { decider } from '../support/given.ts';
import { storeOf } from '../support/node-of.ts';

const given = decider({ initial: noConsultations, evolve });
const ids = { patientId: 'pat-1', survivingPatientId: 'pat-9' };
const both = { mergedPatientId: 'pat-1', survivingPatientId: 'pat-9' };
const merged: PatientEvent = { type: 'PatientsMerged', data: { patientId: 'pat-1', ...both } };
const named: PatientEvent = { type: 'PatientsMerged', data: { patientId: 'pat-9', ...both } };
const reason = 'two-people';
const unmerged: PatientEvent = { type: 'PatientsUnmerged', data: { patientId: 'pat-1', ...both, reason } };
const guest = (personId: string): PatientEvent => ({
  type: 'ParticipantInvited',
  data: { ...target, personId, capacity: 'guardian' },
});

describe('deciding whether two ids are one person', () => {
  it('names the merged id on the surviving one’s stream, and the surviving one on the merged one’s, once each', () => {
    expect(given().when((surviving) => nameMerged(surviving, ids))).toEqual([named]);
    expect(given(named).when((surviving) => nameMerged(surviving, ids))).toEqual([]);
    expect(given(booked).when((patient) => merge(patient, ids))).toEqual([merged]);
    expect(given(booked, merged).when((patient) => merge(patient, ids))).toEqual([]);
  });

  it('knows no patient without a consultation', () => {
    expect(() => given().when((patient) => merge(patient, ids))).toThrow('no such patient');
    expect(() => given().when((patient) => unmerge(patient, { ...ids, reason }))).toThrow('no such patient');
  });

  const refused = (events: readonly PatientEvent[], decide: typeof merge | typeof nameMerged, more = ids) =>
    expect(() => given(...events).when((patient) => decide(patient, more))).toThrow(
      expect.objectContaining({ code: 'merge-refused' }),
    );

  it('makes no circle, no chain, and no person of one id alone', () => {
    const self = { patientId: 'pat-1', survivingPatientId: 'pat-1' };
    refused([booked], merge, self);
    refused([booked], nameMerged, self);
    refused([booked, merged], merge, { ...ids, survivingPatientId: 'pat-8' });
    refused([booked, merged], nameMerged, { patientId: 'pat-7', survivingPatientId: 'pat-1' });
    const others: PatientEvent = {
      type: 'PatientsMerged',
      data: { patientId: 'pat-1', mergedPatientId: 'pat-7', survivingPatientId: 'pat-1' },
    };
    refused([booked, others], merge);
  });

  it('takes none for one who met: a guardian is not the child, a clinician not the patient', () => {
    refused([booked, guest('pat-9')], merge);
    refused([booked], merge, { ...ids, survivingPatientId: 'doc-1' });
    refused([booked, guest('pat-2')], nameMerged, { patientId: 'pat-2', survivingPatientId: 'pat-1' });
  });

  it('is taken back for the id that it was merged into alone, and may be said again', () => {
    expect(given(booked, merged).when((patient) => unmerge(patient, { ...ids, reason }))).toEqual([unmerged]);
    expect(given(booked).when((patient) => unmerge(patient, { ...ids, reason }))).toEqual([]);
    expect(() =>
      given(booked, merged).when((patient) => unmerge(patient, { ...ids, survivingPatientId: 'pat-8', reason })),
    ).toThrow(expect.objectContaining({ code: 'merge-refused' }));
    expect(given(booked, merged, unmerged).when((patient) => merge(patient, ids))).toEqual([merged]);
    expect(given(named).when((surviving) => forgetMerged(surviving, { ...ids, reason }))).toHaveLength(1);
    expect(given().when((surviving) => forgetMerged(surviving, { ...ids, reason }))).toEqual([]);
  });
});

let app: RunningApp;
let other: RunningApp;
beforeAll(async () => {
  app = await startApp();
  other = await startApp({ env: { STORE_URL: await storeOf(app) } });
});
afterAll(async () => {
  await other.close();
  await app.close();
});

const service = { as: 'identity-service', roles: ['service'] as const };
const officer = { as: 'officer-1', roles: ['compliance'] as const };
const patient = (as: string) => ({ as, roles: ['patient'] as const });
type Who = { readonly as: string; readonly roles?: readonly Role[] };
const newId = () => `pat-${randomUUID().slice(0, 8)}`;

const mergeInto = (patientId: string, survivingPatientId: string, who: Who = service, headers = {}) =>
  send(app, 'POST', `/v1/patients/${patientId}/merge`, { ...who, body: { survivingPatientId }, headers });
const unmergeFrom = (patientId: string, survivingPatientId: string, who: Who = service) =>
  send(app, 'POST', `/v1/patients/${patientId}/unmerge`, { ...who, body: { survivingPatientId, reason } });
const identity = (patientId: string, who: Who = service) => send(app, 'GET', `/v1/patients/${patientId}/identity`, who);
const mine = async (as: string, of = app) => {
  const { status, body } = await send(of, 'GET', '/v1/me/consultations', patient(as));
  return status === 200 ? body.items.map((one: { consultationId: string }) => one.consultationId).sort() : body.code;
};

/** Two patients with a recorded consultation each. */
const two = async () => {
  const [old, now] = [await scene(app), await scene(app)];
  return { old, now, path: old.viewsPath.replace(/\/recordings.*/, '') };
};

describe('two ids of one person', () => {
  it('are said by a service and by compliance, and answered with who is who', async () => {
    for (const who of [service, officer]) {
      const { old, now } = await two();
      const answer = await mergeInto(old.patientId, now.patientId, who);
      expect(answer).toMatchObject({
        status: 200,
        body: { patientId: old.patientId, mergedInto: now.patientId, merged: [], revision: 2 },
      });
      expect(answer.headers.get('etag')).toBe('"2"');
      expect(await identity(now.patientId, who)).toMatchObject({
        status: 200,
        body: { patientId: now.patientId, mergedInto: null, merged: [old.patientId] },
      });
    }
  });

  it('are one by nobody else’s word, and nobody else is told', async () => {
    const { old, now } = await two();
    for (const who of [
      patient(now.patientId),
      patient(old.patientId),
      { as: old.clinicianId, roles: ['clinician'] as const },
      { as: 'on-call-1', roles: ['on-call'] as const },
      { as: 'siem-1', roles: ['siem'] as const },
    ]) {
      expect(await mergeInto(old.patientId, now.patientId, who)).toMatchObject({ status: 403 });
      expect(await unmergeFrom(old.patientId, now.patientId, who)).toMatchObject({ status: 403 });
      expect(await identity(old.patientId, who)).toMatchObject({ status: 403 });
    }
    const token = await app.token('identity-service', ['service']);
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`;
    for (const headers of [{}, { authorization: `Bearer ${forged}` }] as Record<string, string>[])
      expect((await app.call(`/v1/patients/${old.patientId}/identity`, { headers })).status).toBe(401);
    expect(await mine(now.patientId)).toEqual([now.consultationId]);
  });

  it('are not one by the word of an officer who has one of them', async () => {
    const { old, now } = await two();
    for (const [a, b] of [
      [old.patientId, now.patientId],
      [now.patientId, old.patientId],
    ] as const) {
      const self = { as: a, roles: ['compliance', 'patient'] as const };
      expect(await mergeInto(a, b, self)).toMatchObject({ status: 403, body: { code: 'own-case' } });
      expect(await mergeInto(b, a, self)).toMatchObject({ status: 403, body: { code: 'own-case' } });
    }
  });

  it('are refused where one is not known, where they are the same, and where a person would have two that survive', async () => {
    const { old, now } = await two();
    expect(await mergeInto(newId(), now.patientId)).toMatchObject({ status: 404, body: { code: 'patient-not-found' } });
    expect(await identity(newId())).toMatchObject({ status: 404 });
    expect(await mergeInto(old.patientId, old.patientId)).toMatchObject({
      status: 409,
      body: { code: 'merge-refused' },
    });
    expect(await mergeInto('drill-1', now.patientId)).toMatchObject({ status: 400 });
    expect(await mergeInto(old.patientId, 'a b')).toMatchObject({ status: 400 });
    expect(await mergeInto(old.patientId, now.patientId)).toMatchObject({ status: 200 });
    for (const [a, b] of [
      [old.patientId, newId()],
      [now.patientId, newId()],
      [now.patientId, old.patientId],
    ] as const)
      expect(await mergeInto(a, b)).toMatchObject({ status: 409, body: { code: 'merge-refused' } });
    expect(await mergeInto((await scene(app)).patientId, old.patientId)).toMatchObject({ status: 409 });
    expect((await identity(now.patientId)).body.merged).toEqual([old.patientId]);
  });

  it('are one by one event, however often it is said, with a key or without', async () => {
    const { old, now } = await two();
    const key = { 'idempotency-key': randomUUID() };
    for (const headers of [key, key, {}])
      expect(await mergeInto(old.patientId, now.patientId, service, headers)).toMatchObject({
        status: 200,
        body: { mergedInto: now.patientId, revision: 2 },
      });
    expect((await identity(now.patientId)).body.revision).toBe(2);
    expect(await mergeInto(old.patientId, now.patientId, service, { 'if-match': '"1"' })).toMatchObject({
      status: 412,
    });
  });

  it('survive under one of the two, whatever is asked at once on two instances', async () => {
    for (let round = 0; round < 3; round++) {
      const { old, now } = await two();
      const [a, b] = [old.patientId, now.patientId];
      const at = (on: RunningApp, from: string, to: string) =>
        send(on, 'POST', `/v1/patients/${from}/merge`, { ...service, body: { survivingPatientId: to } });
      await Promise.all([at(app, a, b), at(other, b, a)]);
      const [first, second] = [(await identity(a)).body, (await identity(b)).body];
      expect([first.mergedInto, second.mergedInto].filter((into) => into !== null).length).toBeLessThanOrEqual(1);
      // Whoever was refused can ask again once it is clear.
      if (first.mergedInto === null && second.mergedInto === null)
        expect(await mergeInto(a, b)).toMatchObject({ status: 200, body: { mergedInto: b } });
    }
  });
});

describe('what follows a merge', () => {
  it('is one list of what is under both ids, for the surviving one alone, on each instance', async () => {
    const { old, now, path } = await two();
    await mergeInto(old.patientId, now.patientId);
    const all = [old.consultationId, now.consultationId].sort();
    expect(await mine(now.patientId)).toEqual(all);
    expect(await mine(old.patientId)).toEqual([old.consultationId]);
    await eventually(async () => (await mine(now.patientId, other)).length === 2);
    const listed = await send(app, 'GET', `/v1/patients/${now.patientId}/consultations`, service);
    expect(listed.body.items.map((one: { consultationId: string }) => one.consultationId).sort()).toEqual(all);
    const first = await send(app, 'GET', '/v1/me/consultations?limit=1', patient(now.patientId));
    const next = await send(
      app,
      'GET',
      `/v1/me/consultations?limit=1&cursor=${first.body.next}`,
      patient(now.patientId),
    );
    expect([...first.body.items, ...next.body.items].map((one) => one.consultationId).sort()).toEqual(all);
    expect(next.body.next).toBeNull();
    // Nothing was moved: each consultation is where it was.
    expect(await send(app, 'GET', path, patient(now.patientId))).toMatchObject({
      status: 200,
      body: { patientId: old.patientId },
    });
    expect(await send(app, 'GET', path.replace(old.patientId, now.patientId), patient(now.patientId))).toMatchObject({
      status: 404,
    });
    expect(await send(app, 'GET', path, patient(newId()))).toMatchObject({ status: 404 });
  });

  it('lets the person do what the patient may, and nobody else', async () => {
    const { old, now, path } = await two();
    await mergeInto(old.patientId, now.patientId);
    const asNow = patient(now.patientId);
    const guardian = { personId: `par-${old.patientId}`, capacity: 'guardian' };
    expect(await send(app, 'POST', `${path}/participants`, { ...asNow, body: guardian })).toMatchObject({
      status: 200,
    });
    expect(await send(app, 'GET', path, { as: guardian.personId })).toMatchObject({ status: 200 });
    expect(await send(app, 'POST', `${path}/consent`, { ...asNow, body: { given: true } })).toMatchObject({
      status: 200,
    });
    expect(
      await send(app, 'POST', `${path}/participants`, { ...service, body: { ...guardian, personId: now.patientId } }),
    ).toMatchObject({ status: 409, body: { code: 'already-a-participant' } });
    expect(await send(app, 'POST', `${path}/cancel`, { ...asNow, body: { reasonCode: 'x' } })).toMatchObject({
      status: 200,
    });
  });

  it('opens recordings with both keys, under the id that was used, and tells the person of it', async () => {
    const { old, now } = await two();
    expect(await view(app, old, now.patientId)).toMatchObject({ status: 404 });
    await mergeInto(old.patientId, now.patientId);
    expect(await view(app, old, now.patientId)).toMatchObject({ status: 201, body: { verdict: 'cleared' } });
    expect(await witness(app, old, now.patientId)).toMatchObject({ status: 201, body: { verdict: 'cleared' } });
    expect(await view(app, now, old.patientId)).toMatchObject({ status: 404 });
    expect(await view(app, old, old.clinicianId, { roles: ['clinician'] })).toMatchObject({ status: 201 });
    const rows = (await send(app, 'GET', '/v1/me/accesses', patient(now.patientId))).body.items;
    const told = rows.map(({ kind, patientId, viewerId, who }: Record<string, string>) => [
      kind,
      patientId,
      viewerId,
      who,
    ]);
    expect(told).toEqual([
      ['opened', old.patientId, old.clinicianId, old.clinicianId],
      ['refused', now.patientId, old.patientId, 'you'],
      ['opened', old.patientId, now.patientId, 'you'],
      ['opened', old.patientId, now.patientId, 'you'],
      ['refused', old.patientId, now.patientId, 'you'],
    ]);
    // The same in pages, each row once.
    const paged = [];
    for (let cursor = ''; ; ) {
      const { body } = await send(app, 'GET', `/v1/me/accesses?limit=1${cursor}`, patient(now.patientId));
      paged.push(...body.items);
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(paged).toEqual(rows);
    // Under the merged id it is not called their own look: where two people were merged in error, one of them reads this.
    const theirs = (await send(app, 'GET', '/v1/me/accesses', patient(old.patientId))).body.items;
    expect(theirs.map(({ who }: { who: string }) => who)).not.toContain('you');
    expect(theirs[1].reason).toContain('on record as the same person as you');
  });

  it('is what a service and compliance are told of the person, and on record under each id', async () => {
    const { old, now } = await two();
    await view(app, old, old.clinicianId, { roles: ['clinician'] });
    await mergeInto(old.patientId, now.patientId);
    for (const who of [service, officer]) {
      const { status, body } = await send(app, 'GET', `/v1/patients/${now.patientId}/accesses`, who);
      expect(status).toBe(200);
      expect(body.items.map(({ kind }: { kind: string }) => kind)).toContain('opened');
    }
    await eventually(async () => {
      const { body } = await send(app, 'GET', '/v1/me/accesses', patient(old.patientId));
      return body.items.filter(({ kind }: { kind: string }) => kind === 'audited').length === 2;
    });
  });

  it('keeps from the person what a hold under either id covers, and never their own looks', async () => {
    const { old, now } = await two();
    await mergeInto(old.patientId, now.patientId);
    await view(app, old, old.clinicianId, { roles: ['clinician'] });
    await view(app, now, now.clinicianId, { roles: ['clinician'] });
    await view(app, old, now.patientId);
    const viewers = async () =>
      (await send(app, 'GET', '/v1/me/accesses', patient(now.patientId))).body.items.map(
        ({ viewerId }: { viewerId: string }) => viewerId,
      );
    expect(await viewers()).toEqual([now.patientId, now.clinicianId, old.clinicianId]);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    for (const [under, left] of [
      [old.patientId, [now.patientId]],
      [now.patientId, [now.patientId]],
    ] as const) {
      const holds = `/v1/patients/${under}/access-holds`;
      const { body } = await send(app, 'POST', holds, { ...officer, body: { reason: 'law-enforcement', until } });
      expect(await viewers()).toEqual(left);
      await send(app, 'POST', `${holds}/${body.holdId}/lift`, officer);
    }
    expect(await viewers()).toHaveLength(3);
  });

  it('is heard by the person’s apps, those that were there before and those that came since, until it is taken back', async () => {
    const { old, now, path } = await two();
    const listening = async (on: RunningApp, as: string) => {
      const heard: string[] = [];
      const socket = io(`${on.url}/me`, {
        ...{ auth: { token: await on.token(as, ['patient']) }, transports: ['websocket'], reconnection: false },
      }).on('consultation.changed', ({ type, patientId }) => heard.push(`${type} ${patientId}`));
      await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
      return { heard, socket };
    };
    const before = await listening(other, now.patientId);
    await mergeInto(old.patientId, now.patientId);
    const since = await listening(app, now.patientId);
    const stranger = await listening(app, newId());
    const invite = (personId: string) =>
      send(app, 'POST', `${path}/participants`, { ...service, body: { personId, capacity: 'observer' } });
    await invite('obs-1');
    const invited = `ParticipantInvited ${old.patientId}`;
    await eventually(() => before.heard.includes(invited) && since.heard.includes(invited));
    await unmergeFrom(old.patientId, now.patientId);
    const theirs = await listening(app, old.patientId);
    await invite('obs-2');
    await eventually(() => theirs.heard.includes(invited));
    // The instance that is told last hears its own patient's next change after that one.
    const own = now.viewsPath.replace(/\/recordings.*/, '/cancel');
    await send(app, 'POST', own, { ...service, body: { reasonCode: 'x' } });
    await eventually(() =>
      [before, since].every(({ heard }) => heard.includes(`ConsultationCancelled ${now.patientId}`)),
    );
    for (const { heard } of [before, since]) expect(heard.filter((one) => one === invited)).toHaveLength(1);
    expect(stranger.heard).toEqual([]);
    for (const { socket } of [before, since, stranger, theirs]) socket.disconnect();
  });
});

describe('a merge that was wrong', () => {
  it('is taken back: what was seen stays on record, and nothing more is', async () => {
    const held: RecordedConsultation = await recorded(app);
    const now = newId();
    await mergeInto(held.patientId, now);
    const seen = await opened(app, held, now);
    const content = () => app.call(seen.contentUrl, { ...patient(now) });
    expect((await content()).status).toBe(200);
    expect(await unmergeFrom(held.patientId, now)).toMatchObject({ status: 200, body: { mergedInto: null } });
    expect(await mine(now)).toEqual([]);
    expect(await send(app, 'GET', held.path, patient(now))).toMatchObject({ status: 404 });
    expect((await content()).status).toBe(410);
    expect(await ask(app, held, now)).toMatchObject({ status: 403, body: { code: 'view-refused' } });
    expect((await identity(now)).body).toMatchObject({ mergedInto: null, merged: [] });
    const { items } = (await send(app, 'GET', '/v1/me/accesses', patient(held.patientId))).body;
    expect(items).toContainEqual(expect.objectContaining({ kind: 'opened', viewerId: now, who: now }));
    // And said again, the view that was open before stays over.
    expect(await mergeInto(held.patientId, now)).toMatchObject({ status: 200 });
    expect((await content()).status).toBe(410);
    expect(await ask(app, held, now)).toMatchObject({ status: 201 });
  });

  it('is taken back for the id that it was said of, and as often as is asked', async () => {
    const { old, now } = await two();
    expect(await unmergeFrom(old.patientId, now.patientId)).toMatchObject({ status: 200, body: { revision: 1 } });
    await mergeInto(old.patientId, now.patientId);
    expect(await unmergeFrom(old.patientId, newId())).toMatchObject({ status: 409 });
    for (let i = 0; i < 2; i++)
      expect(await unmergeFrom(old.patientId, now.patientId)).toMatchObject({ status: 200, body: { revision: 3 } });
    expect(await unmergeFrom(newId(), now.patientId)).toMatchObject({ status: 404 });
  });
});

describe('a merge that nobody asked for', () => {
  /** Both streams say it, as a first key with a bug, or a writer past it, might have made them. */
  const forged = async ({ old, now }: { old: Scene; now: Scene }) => {
    const it = { mergedPatientId: old.patientId, survivingPatientId: now.patientId };
    for (const patientId of [now.patientId, old.patientId])
      await append(app, patientId, { type: 'PatientsMerged', data: { patientId, ...it } });
  };

  it('lets nobody see anything: the second key does not know of it', async () => {
    const scenes = await two();
    await forged(scenes);
    const { old, now } = scenes;
    // The first key takes it for true.
    expect((await identity(now.patientId)).body).toMatchObject({ merged: [old.patientId] });
    expect(await mine(now.patientId)).toBe('egress-violation');
    expect(await view(app, old, now.patientId)).toMatchObject({ status: 403, body: { code: 'view-withheld' } });
    expect(await send(app, 'GET', scenes.path, patient(now.patientId))).toMatchObject({ status: 500 });
    expect(await send(app, 'GET', '/v1/me/accesses', patient(now.patientId))).toMatchObject({ status: 500 });
  });

  it('lets nobody see anything where the surviving id alone names the other', async () => {
    const { old, now, path } = await two();
    await append(app, now.patientId, {
      type: 'PatientsMerged',
      data: { patientId: now.patientId, mergedPatientId: old.patientId, survivingPatientId: now.patientId },
    });
    expect((await identity(now.patientId)).body).toMatchObject({ merged: [] });
    expect(await mine(now.patientId)).toEqual([now.consultationId]);
    expect(await send(app, 'GET', path, patient(now.patientId))).toMatchObject({ status: 404 });
    expect(await view(app, old, now.patientId)).toMatchObject({ status: 404 });
    // It is a merge that stopped half-way: asked for again, it is whole.
    expect(await mergeInto(old.patientId, now.patientId)).toMatchObject({ status: 200 });
    expect(await mine(now.patientId)).toHaveLength(2);
  });
});
