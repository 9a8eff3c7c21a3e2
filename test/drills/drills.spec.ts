import { randomUUID } from 'node:crypto';
import { breachStreams, drillSchedule, drillStreams, incidentStreams, viewerStreams } from '../../events/categories.ts';
import { drillPersonId } from '../../events/drill-events.ts';
import { Clock } from '../../src/clock.ts';
import { StoredLog } from '../../src/compliance/log/stored-log.ts';
import { type Finding, Rehearsal, thisBuild } from '../../src/compliance/rehearsal/rehearsal.ts';
import { DrillWatch } from '../../src/drills/watch.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { Role } from '../../src/request/actor.ts';
import { eventsOf, onCall, scene, send, typesOf, view, witness } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';

const DAY_MS = 86_400_000;
const officer = { as: 'officer-1', roles: ['compliance'] } as const;

const clock = { offset: 0, now: () => Date.now() + clock.offset };
const start = (env: Readonly<Record<string, string>> = {}) =>
  // As production has it: the recordings of a drill are of several patients.
  startApp({
    env: { RECORDING_SAME_BYTES: '', ...env },
    override: (builder) => builder.overrideProvider(Clock).useValue(clock),
  });

let app: RunningApp;
beforeAll(async () => {
  app = await start({ DRILL_EVERY_DAYS: '30' });
});
afterAll(() => app.close());
afterEach(() => {
  clock.offset = 0;
});

const ask = async (body: object = {}) => (await send(app, 'POST', '/v1/drills', { ...onCall, body })).body;
const begin = (drillId: string, by: { as: string; roles: readonly Role[] } = officer) =>
  send(app, 'POST', `/v1/drills/${drillId}/begin`, by);
const read = async (drillId: string) => (await send(app, 'GET', `/v1/drills/${drillId}`, officer)).body;
const carriedOut = async (body?: object) => {
  const { drillId } = await ask(body);
  expect((await begin(drillId)).body).toMatchObject({ status: 'running', begunBy: 'officer-1' });
  await eventually(async () => (await read(drillId)).views !== undefined, 20_000);
  return read(drillId);
};
const incidentOf = async (drillId: string) => {
  const find = async () => {
    const { body } = await send(app, 'GET', '/v1/incidents?status=all&limit=100', onCall);
    return body.items.find((item: { drillId?: string }) => item.drillId === drillId);
  };
  await eventually(async () => (await find()) !== undefined);
  return find();
};
const step = (incidentId: string, name: string, body?: object) =>
  send(app, 'POST', `/v1/incidents/${incidentId}/${name}`, { ...onCall, ...(body && { body }) });

describe('a drill', () => {
  it('is asked for by one person and begun by another', async () => {
    const asked = await send(app, 'POST', '/v1/drills', { ...onCall, body: { patients: 2, limitMinutes: 5 } });
    const { drillId } = asked.body;
    expect(asked.status).toBe(201);
    expect(asked.headers.get('location')).toBe(`/v1/drills/${drillId}`);
    expect(asked.body).toEqual({
      ...{ drillId, status: 'requested', patients: 2, limitMinutes: 5, requestedBy: 'oncall-1' },
      requestedAt: expect.any(String),
    });
    expect((await begin(drillId, onCall)).body).toMatchObject({ status: 403, code: 'own-case' });
    expect((await begin(randomUUID())).body).toMatchObject({ status: 404, code: 'drill-not-found' });
    expect((await begin(drillId, { as: 'pat-1', roles: ['patient'] })).status).toBe(403);
    expect(typesOf(await eventsOf(app, drillStreams.of(drillId)))).toEqual(['DrillRequested']);
    const { body } = await send(app, 'GET', '/v1/drills?status=requested', officer);
    expect(body.items).toContainEqual(asked.body);
  });

  it('is the same with the same key', async () => {
    const again = { ...onCall, body: { patients: 1 }, headers: { 'idempotency-key': randomUUID() } };
    const first = await send(app, 'POST', '/v1/drills', again);
    expect((await send(app, 'POST', '/v1/drills', again)).body).toEqual(first.body);
    const other = await send(app, 'POST', '/v1/drills', { ...again, body: { patients: 2 } });
    expect(other.body.code).toBe('idempotency-key-reused');
  });

  it('finds the first key wrong and the second right: nothing leaves, and all of it is one incident of the drill', async () => {
    const { drillId, views } = await carriedOut();
    expect(views).toHaveLength(3);
    for (const each of views) expect(each).toMatchObject({ outcome: 'withheld' });
    const viewerId = drillPersonId(drillId, 'viewer');
    const judged = await eventsOf(app, viewerStreams.of(viewerId));
    expect(judged.filter(({ type }) => type === 'ViewFlagged').map(({ data }) => data)).toEqual(
      views.map(({ viewId }: { viewId: string }) =>
        expect.objectContaining({ viewId, severity: 'critical', rule: 'viewer-not-participant', released: false }),
      ),
    );
    const listed = async () => {
      const { breaches } = await incidentOf(drillId);
      return breaches;
    };
    // A breach for each view, and one for each consultation in the answer that was kept back.
    await eventually(async () => (await listed()) === 6);
    const incident = await incidentOf(drillId);
    expect(incident).toMatchObject({ kind: 'drill', key: `drill:${drillId}`, viewers: 1, people: 3, bytesServed: 0 });
    for (const { viewId } of views)
      expect((await eventsOf(app, breachStreams.of(viewId)))[0]?.data).toMatchObject({ drillId });
    const shown = await send(app, 'GET', `/v1/breaches/${views[0].viewId}`, onCall);
    expect(shown.body).toMatchObject({ drillId, viewerId, bytesServed: 0, contentReleased: false });
    expect((await eventsOf(app, drillStreams.of(drillId))).at(-1)?.data).toMatchObject({
      ...{ bytesLeaked: 0, egressPrevented: 3, egressPassed: 0 },
    });
    await step(incident.incidentId, 'close', { resolution: 'drill' });
  });

  it('is contained without halting the release that patients use, and is closed as a drill alone', async () => {
    const { drillId } = await carriedOut({ patients: 1 });
    const { incidentId } = await incidentOf(drillId);
    const { body } = await step(incidentId, 'contain', { scope: 'all' });
    expect(body.stopped).toMatchObject({ viewers: [drillPersonId(drillId, 'viewer')], releases: [] });
    expect((await send(app, 'GET', '/v1/playback', onCall)).body).toEqual({ halted: false, releases: [] });
    expect((await step(incidentId, 'close', { resolution: 'confirmed' })).body.code).toBe('incident-change-refused');
    expect((await step(incidentId, 'close', { resolution: 'drill' })).status).toBe(200);
  });

  it('is reported once its incident is closed: without a pager it has failed, which is an incident to review', async () => {
    const { drillId } = await carriedOut({ patients: 1 });
    const { incidentId } = await incidentOf(drillId);
    await step(incidentId, 'acknowledge');
    await step(incidentId, 'contain', { scope: 'views' });
    await step(incidentId, 'close', { resolution: 'drill' });
    await eventually(async () => (await read(drillId)).report !== undefined, 20_000);
    const { status, report } = await read(drillId);
    expect([status, report]).toEqual([
      'failed',
      {
        ...{ reasons: ['not-paged'], incidentId, views: 1, flagged: 1, bytesLeaked: 0, egressPrevented: 1 },
        ...{ detectionMs: expect.any(Number), acknowledgementSeconds: expect.any(Number) },
        ...{ containmentSeconds: expect.any(Number), breachFileMs: expect.any(Number), at: expect.any(String) },
      },
    ]);
    const { body } = await send(app, 'GET', '/v1/incidents?status=open&severity=review&limit=100', onCall);
    expect(body.items).toContainEqual(expect.objectContaining({ kind: 'operations', reason: 'drill-failed' }));
    await app.app.get(DrillWatch).round();
    const types = typesOf(await eventsOf(app, drillStreams.of(drillId)));
    expect(types).toEqual(['DrillRequested', 'DrillBegan', 'DrillCarriedOut', 'DrillReported']);
    expect((await begin(drillId)).body.code).toBe('drill-closed');
  });

  it('that no person acknowledges fails at its limit, also where another instance was there when it began', async () => {
    const { drillId } = await carriedOut({ patients: 1, limitMinutes: 10 });
    const { incidentId } = await incidentOf(drillId);
    clock.offset = 9 * 60_000;
    await app.app.get(DrillWatch).round();
    expect((await read(drillId)).status).toBe('running');
    clock.offset = 11 * 60_000;
    const other = await start({ STORE_URL: await storeOf(app), DRILL_EVERY_DAYS: '30' });
    try {
      await eventually(async () => (await read(drillId)).status === 'failed', 20_000);
    } finally {
      await other.close();
    }
    expect((await read(drillId)).report.reasons).toEqual(['not-paged', 'not-acknowledged']);
    await step(incidentId, 'close', { resolution: 'drill' });
  });
});

describe('the people of drills', () => {
  it('are made by drills: no caller books or invites one, or is one', async () => {
    const { drillId } = await ask();
    const patientId = drillPersonId(drillId, 'patient1');
    const body = {
      ...{ clinicianId: 'doc-1', medium: 'video' },
      ...{ scheduledStart: '2036-05-04T09:00:00Z', scheduledEnd: '2036-05-04T09:30:00Z' },
    };
    const service = { as: 'backend', roles: ['service'] as const };
    const booked = await send(app, 'POST', `/v1/patients/drill-sergeant/consultations`, { ...service, body });
    expect([booked.status, booked.body.errors[0].path]).toEqual([400, 'patientId']);
    const named = { ...service, body: { ...body, clinicianId: patientId } };
    expect((await send(app, 'POST', `/v1/patients/pat-1/consultations`, named)).body.errors[0].path).toBe(
      'clinicianId',
    );
    const { consultationId, patientId: real } = await scene(app);
    const invited = await send(app, 'POST', `/v1/patients/${real}/consultations/${consultationId}/participants`, {
      ...service,
      body: { personId: patientId, capacity: 'observer' },
    });
    expect([invited.status, invited.body.errors[0].path]).toEqual([400, 'personId']);
    const asOne = await app.call('/v1/me/consultations', { as: patientId, roles: ['patient'] });
    expect(asOne.status).toBe(401);
  });

  it('open nothing of others: the product’s policy knows of no drill', async () => {
    const { drillId } = await carriedOut({ patients: 1 });
    const here = await scene(app);
    const stranger = `pat-${randomUUID().slice(0, 8)}`;
    expect((await view(app, here, stranger)).body.code).toBe('recording-not-found');
    const [{ patientId, recordingId }] = (await read(drillId)).views;
    const { body } = await send(app, 'GET', `/v1/patients/${patientId}/consultations`, {
      ...{ as: 'backend', roles: ['service'] },
    });
    const viewsPath = `/v1/patients/${patientId}/consultations/${body.items[0].consultationId}/recordings/${recordingId}/views`;
    expect((await view(app, { ...here, viewsPath }, stranger)).body.code).toBe('recording-not-found');
    await step((await incidentOf(drillId)).incidentId, 'close', { resolution: 'drill' });
  });

  it('hide nothing: who gets at them, and what they are said to get at, are breaches like any other', async () => {
    const { drillId, views } = await carriedOut({ patients: 1 });
    const [{ patientId, recordingId }] = views;
    const drillsIncident = await incidentOf(drillId);
    const { body } = await send(app, 'GET', `/v1/patients/${patientId}/consultations`, {
      ...{ as: 'backend', roles: ['service'] },
    });
    const here = await scene(app);
    const path = `/v1/patients/${patientId}/consultations/${body.items[0].consultationId}/recordings/${recordingId}/views`;
    const flaggedOf = async (viewId: string) => {
      await eventually(async () => (await eventsOf(app, breachStreams.of(viewId))).length > 0);
      return (await eventsOf(app, breachStreams.of(viewId)))[0]?.data;
    };
    const snoop = await witness(app, { ...here, viewsPath: path }, `snoop-${randomUUID().slice(0, 8)}`);
    expect(await flaggedOf(snoop.body.viewId)).not.toHaveProperty('drillId');
    const ofReal = await witness(app, here, drillPersonId(drillId, 'viewer'));
    expect(await flaggedOf(ofReal.body.viewId)).not.toHaveProperty('drillId');
    const unknown = randomUUID();
    const ofNone = await witness(
      app,
      { ...here, viewsPath: path.replace(patientId, drillPersonId(unknown, 'patient1')) },
      drillPersonId(unknown, 'viewer'),
    );
    expect(await flaggedOf(ofNone.body.viewId)).not.toHaveProperty('drillId');
    await step(drillsIncident.incidentId, 'close', { resolution: 'drill' });
  });
});

describe('a rehearsal of a build', () => {
  it('does not ask it what a drill asked its own policy', async () => {
    const { drillId } = await carriedOut({ patients: 2 });
    const found: Finding[] = [];
    const log = new StoredLog(app.app.get(Ledger).store);
    const result = await new Rehearsal(log, thisBuild, (one) => void found.push(one)).run({});
    expect(found.filter(({ viewerId }) => viewerId === drillPersonId(drillId, 'viewer'))).toEqual([]);
    const [skipped] = result.notReplayable.filter(({ reason }) => reason.startsWith('a view of a drill'));
    expect(skipped?.questions).toBeGreaterThanOrEqual(2);
    await step((await incidentOf(drillId)).incidentId, 'close', { resolution: 'drill' });
  });
});

describe('a drill that is due', () => {
  const missed = async () =>
    typesOf(await eventsOf(app, drillSchedule.stream)).filter((type) => type === 'DrillMissed');
  const incidents = async () => {
    const { body } = await send(app, 'GET', '/v1/incidents?status=all&limit=100', onCall);
    return body.items.filter(({ reason }: { reason?: string }) => reason === 'drill-missed');
  };

  it('and is not begun is one incident to review, once for several instances, and is due again after as long', async () => {
    await carriedOut({ patients: 1 });
    const watch = app.app.get(DrillWatch);
    clock.offset = 29 * DAY_MS;
    await watch.round();
    expect(await missed()).toEqual([]);
    clock.offset = 31 * DAY_MS;
    const other = await start({ STORE_URL: await storeOf(app), DRILL_EVERY_DAYS: '30' });
    try {
      await Promise.all([watch.round(), other.app.get(DrillWatch).round(), watch.round()]);
      await eventually(async () => (await missed()).length > 0);
      await watch.round();
    } finally {
      await other.close();
    }
    expect(await missed()).toHaveLength(1);
    expect(await incidents()).toEqual([
      expect.objectContaining({ kind: 'operations', severity: 'review', breaches: 0 }),
    ]);
    const [{ incidentId }] = await incidents();
    expect(typesOf(await eventsOf(app, incidentStreams.of(incidentId)))[0]).toBe('IncidentOpened');
    clock.offset = 60 * DAY_MS;
    await watch.round();
    expect(await missed()).toHaveLength(1);
    clock.offset = 62 * DAY_MS;
    await watch.round();
    expect(await missed()).toHaveLength(2);
    expect(await incidents()).toHaveLength(2);
  });
});
