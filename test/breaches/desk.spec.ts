import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { BreachBoard } from '../../src/breaches/board.ts';
import { breachActions } from '../../src/breaches/decide.ts';
import { LedgerUnavailable } from '../../src/ledger/errors.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { Role } from '../../src/request/actor.ts';
import { append, breachOf, onCall, type Scene, scene, send, typesOf, view, witness } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

/** A clinician of another ward, of this run alone: how many patients they open in emergencies counts. */
const elsewhere = `doc-${randomUUID().slice(0, 8)}`;

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});

type Item = { breachId: string; status: string; patientId: string };
type Screen = { socket: Socket; open: Item[][]; flagged: Item[]; updated: Item[]; refused: string[] };

const connect = async (
  { url, token }: RunningApp = app,
  auth?: { id?: string; roles?: readonly Role[]; token?: string; ttl?: number },
): Promise<Screen> => {
  const { id = 'oncall-1', roles = ['on-call'], ttl } = auth ?? {};
  const socket = io(`${url}/on-call`, {
    auth: { token: auth?.token ?? (await token(id, roles, ttl)) },
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  });
  sockets.push(socket);
  const screen: Screen = { socket, open: [], flagged: [], updated: [], refused: [] };
  socket.on('breach.open', (items) => screen.open.push(items));
  socket.on('breach.flagged', (item) => screen.flagged.push(item));
  socket.on('breach.updated', (item) => screen.updated.push(item));
  socket.on('connect_error', (error) => screen.refused.push(error.message));
  return screen;
};

const opened = async (from: RunningApp = app): Promise<Screen> => {
  const screen = await connect(from);
  await eventually(() => screen.open.length > 0);
  return screen;
};

const flag = async (here?: Scene): Promise<{ breachId: string; here: Scene }> => {
  const where = here ?? (await scene(app));
  const { body } = await witness(app, where, 'pat-stranger');
  // Complete once it is noted how much was served elsewhere at most.
  await eventually(async () => (await act('', body.viewId, 'GET')).body.bytesServedAtMost === 10);
  return { breachId: body.viewId, here: where };
};

const act = (action: string, breachId: string, method = 'POST', body?: object) =>
  send(app, method, `/v1/breaches/${breachId}${action && `/${action}`}`, {
    ...onCall,
    ...(body && { body }),
  });

describe('the breach desk', () => {
  it('shows a breach with every field of the contract', async () => {
    const { breachId, here } = await flag();
    const { status, body, headers } = await act('', breachId, 'GET');
    expect(status).toBe(200);
    expect(headers.get('etag')).toMatch(/^"\d+"$/);
    expect(body).toEqual({
      breachId,
      status: 'open',
      severity: 'critical',
      rule: 'viewer-not-participant',
      patientId: here.patientId,
      consultationId: here.consultationId,
      recordingId: here.recordingId,
      viewerId: 'pat-stranger',
      purpose: 'treatment',
      source: 'witnessed',
      contentReleased: true,
      // Elsewhere: all of it, for all that anybody here knows.
      bytesServed: null,
      bytesServedAtMost: 10,
      viewedAt: expect.any(String),
      flaggedAt: expect.any(String),
      appVersion: expect.any(String),
      steps: [],
    });
  });

  it('is counted in the metrics: open breaches by status, and those that no screen heard of', async () => {
    const measured = async () => {
      const text = await (await app.call('/metrics')).text();
      const value = (line: string) =>
        Number(
          text
            .split('\n')
            .find((one) => one.startsWith(`${line} `))
            ?.slice(line.length),
        );
      return {
        open: value('breaches_open{status="open"}'),
        acknowledged: value('breaches_open{status="acknowledged"}'),
        unheard: value('alerts_without_listeners_total'),
        screens: value('on_call_screens'),
      };
    };
    await eventually(async () => (await measured()).screens === 0);
    const before = await measured();
    const { breachId } = await flag();
    await eventually(async () => (await measured()).open === before.open + 1);
    expect(await measured()).toMatchObject({ unheard: before.unheard + 1, screens: 0 });
    expect((await act('acknowledge', breachId)).status).toBe(200);
    const screen = await opened();
    const { breachId: heard } = await flag();
    await eventually(() => screen.flagged.some((item) => item.breachId === heard));
    expect(await measured()).toEqual({
      open: before.open + 1,
      acknowledged: before.acknowledged + 1,
      unheard: before.unheard + 1,
      screens: 1,
    });
  });

  it('walks an incident from its flag to its close, each step once', async () => {
    const { breachId } = await flag();
    const steps = ['acknowledge', 'contain', 'notify-patient', 'notify-regulator', 'close'];
    for (const step of steps) {
      expect((await act(step, breachId)).status).toBe(200);
      expect((await act(step, breachId, 'POST', {})).status).toBe(200);
    }
    const { body } = await act('', breachId, 'GET');
    expect(body).toMatchObject({ status: 'closed', resolution: 'handled', acknowledgedAt: expect.any(String) });
    expect(typesOf(await breachOf(app, breachId)).filter((type) => type !== 'OnCallNotified')).toEqual([
      'BreachFlagged',
      'BreachTransferBegan',
      'BreachAcknowledged',
      'BreachContained',
      'PatientNotified',
      'RegulatorNotified',
      'BreachClosed',
    ]);
    expect((await act('acknowledge', breachId)).body).toMatchObject({ status: 409, code: 'breach-closed' });
  });

  it('shows a step in the list as soon as it is answered', async () => {
    const { breachId, here } = await flag();
    const listed = async (status: string) => {
      const { body } = await send(app, 'GET', `/v1/breaches?status=${status}&limit=100`, onCall);
      return body.items
        .filter(({ patientId }: Item) => patientId === here.patientId)
        .map((item: Item) => item.breachId);
    };
    await eventually(async () => (await listed('open')).length === 1);
    for (const [action, status] of [
      ['acknowledge', 'acknowledged'],
      ['contain', 'contained'],
      ['dismiss', 'closed'],
    ] as const) {
      await act(action, breachId, 'POST', { reason: 'test-account' });
      expect(await listed(status)).toEqual([breachId]);
      expect(await listed('open')).toEqual([]);
      expect(await listed('all')).toEqual([breachId]);
    }
  });

  it('pages from the newest to the oldest, closed ones too', async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await flag()).breachId);
    await act('close', made[1] ?? '', 'POST', { reason: 'test-account' });
    await eventually(() =>
      app.app
        .get(BreachBoard)
        .open(100)
        .some(({ item }) => item.breachId === made[0]),
    );
    const seen: string[] = [];
    let path: string | undefined = '/v1/breaches?limit=2';
    while (path !== undefined && seen.length < 5) {
      const { body } = await send(app, 'GET', path, onCall);
      expect(body.items).toHaveLength(2);
      seen.push(...body.items.map(({ breachId }: Item) => breachId));
      path = body.next === null ? undefined : `/v1/breaches?limit=2&cursor=${body.next}`;
    }
    expect(seen.slice(0, 5)).toEqual(made);
  });

  it('is conditional on the revision the caller saw', async () => {
    const { breachId } = await flag();
    const stale = { ...onCall, headers: { 'if-match': '"99"' } };
    expect((await send(app, 'POST', `/v1/breaches/${breachId}/acknowledge`, stale)).status).toBe(412);
  });

  it('revokes the view of a contained breach', async () => {
    const here = await scene(app);
    const { body } = await view(app, here, elsewhere, {
      roles: ['clinician'],
      purpose: 'emergency',
      reason: 'unconscious in the ward',
    });
    await eventually(async () => (await act('', body.viewId, 'GET')).status === 200);
    expect((await act('contain', body.viewId)).body.status).toBe('contained');
    const content = await app.call(body.contentUrl, { as: elsewhere, roles: ['clinician'] });
    expect([content.status, ((await content.json()) as { code: string }).code]).toEqual([410, 'view-revoked']);
  });

  it('counts what was watched under a flagged view', async () => {
    const here = await scene(app);
    const { patientId, consultationId, recordingId } = here;
    const emergency = { roles: ['clinician'] as const, purpose: 'emergency', reason: 'unconscious in the ward' };
    const { body } = await view(app, here, elsewhere, emergency);
    for (const bytesServed of [7, 3])
      await append(app, patientId, {
        type: 'RecordingPlayed',
        data: {
          ...{ patientId, consultationId, recordingId, viewId: body.viewId, viewerId: elsewhere },
          ...{ bytesServed, ranges: [[0, bytesServed - 1]], outcome: 'completed' },
        },
      });
    await eventually(async () => (await act('', body.viewId, 'GET')).body.bytesServed === 10);
  });

  it('opens an incident for a recording that may be filed in the wrong place', async () => {
    const here = await scene(app);
    const { patientId, consultationId, recordingId } = here;
    const screen = await opened();
    await append(app, patientId, {
      type: 'RecordingQuarantined',
      data: { patientId, consultationId, recordingId, reason: 'provenance' },
    });
    const item = await eventually(() => screen.flagged.find((one) => one.patientId === patientId));
    expect(item).toMatchObject({
      breachId: recordingId,
      severity: 'review',
      rule: 'recording-provenance',
      viewerId: null,
      viewedAt: null,
      contentReleased: false,
    });
  });

  it('shows every step with who took it and why, and under which release of the app it happened', async () => {
    const here = await scene(app);
    const headers = { 'x-client-release': 'player-4.2+7' };
    const body = { purpose: 'treatment', viewerId: 'pat-stranger' };
    const report = await send(app, 'POST', here.viewsPath, { as: 'player', roles: ['service'], headers, body });
    const { viewId: breachId } = report.body;
    await eventually(async () => (await act('', breachId, 'GET')).status === 200);
    expect((await act('close', breachId)).body).toMatchObject({ status: 409, code: 'containment-needed' });
    expect((await act('dismiss', breachId)).body).toMatchObject({ status: 409, code: 'containment-needed' });
    await act('acknowledge', breachId);
    const officer = { as: 'officer', roles: ['compliance', 'on-call'] as const, body: { reason: 'test-account' } };
    expect((await send(app, 'POST', `/v1/breaches/${breachId}/dismiss`, officer)).status).toBe(200);
    const at = expect.any(String);
    expect((await act('', breachId, 'GET')).body).toMatchObject({
      clientRelease: 'player-4.2+7',
      steps: [
        { type: 'BreachAcknowledged', at, actor: { id: 'oncall-1', roles: ['on-call'] } },
        {
          type: 'BreachDismissed',
          at,
          actor: { id: 'officer', roles: ['compliance', 'on-call'] },
          reason: 'test-account',
        },
      ],
    });
  });

  it('is for nobody whose own case it is, at the desk, on a screen or among the viewers', async () => {
    const here = await scene(app);
    const viewerId = `viewer-of-${here.patientId}`;
    const { body } = await witness(app, here, viewerId);
    const breachId = body.viewId;
    await eventually(async () => (await act('', breachId, 'GET')).status === 200);
    const ownCase = { status: 403, body: { code: 'own-case' } };
    for (const as of [viewerId, here.patientId]) {
      const own = { as, roles: ['on-call', 'compliance'] as const, body: { reason: 'test-account' } };
      for (const action of breachActions)
        expect(await send(app, 'POST', `/v1/breaches/${breachId}/${action}`, own)).toMatchObject(ownCase);
      expect(await send(app, 'GET', `/v1/breaches/${breachId}/justification`, { as, roles: own.roles })).toMatchObject(
        ownCase,
      );
      const { socket, open } = await connect(app, { id: as });
      await eventually(() => open.length > 0);
      expect(await socket.emitWithAck('acknowledge', { breachId })).toMatchObject({ ok: false, code: 'own-case' });
      for (const suspended of [false, true]) {
        if (suspended) await send(app, 'POST', `/v1/viewers/${as}/suspend`, { ...onCall, body: { reason: 'x' } });
        expect(await send(app, 'POST', `/v1/viewers/${as}/reinstate`, own)).toMatchObject(ownCase);
      }
      const reinstated = await send(app, 'POST', `/v1/viewers/${as}/reinstate`, { ...onCall, body: { reason: 'x' } });
      expect(reinstated.body).toEqual({ viewerId: as, suspended: false });
    }
    const done = ['BreachFlagged', 'BreachTransferBegan', 'OnCallNotified'];
    expect(typesOf(await breachOf(app, breachId)).filter((type) => !done.includes(type))).toEqual([]);
  });

  describe('reading the justification of an emergency', () => {
    const why = 'unconscious in the ward';
    let here: Scene;
    let breachId: string;
    let path: string;
    beforeAll(async () => {
      here = await scene(app);
      const emergency = { roles: ['clinician'] as const, purpose: 'emergency', reason: why };
      breachId = (await view(app, here, elsewhere, emergency)).body.viewId;
      path = `/v1/breaches/${breachId}/justification`;
      await eventually(async () => (await act('', breachId, 'GET')).status === 200);
    });
    const reads = async () => typesOf(await breachOf(app, breachId)).filter((type) => type === 'JustificationRead');

    it('shows it to the desk, and that it was read is on record first', async () => {
      for (const [as, role] of [
        ['oncall-1', 'on-call'],
        ['officer', 'compliance'],
      ] as const) {
        const { status, body } = await send(app, 'GET', path, { as, roles: [role] });
        expect([status, body]).toEqual([
          200,
          {
            ...{
              breachId,
              patientId: here.patientId,
              consultationId: here.consultationId,
              recordingId: here.recordingId,
            },
            ...{ viewerId: elsewhere, viewerRoles: ['clinician'], purpose: 'emergency', reason: why },
          },
        ]);
      }
      expect(await reads()).toHaveLength(2);
      expect((await act('', breachId, 'GET')).body.steps).toMatchObject([
        { type: 'JustificationRead', actor: { id: 'oncall-1' } },
        { type: 'JustificationRead', actor: { id: 'officer' } },
      ]);
      expect(app.logged.join('\n')).not.toContain(why);
    });

    it('is closed to everybody else, and leaves nothing behind then', async () => {
      const before = await reads();
      for (const [as, roles] of [
        [here.patientId, ['patient']],
        ['pat-stranger', ['patient']],
        [elsewhere, ['clinician']],
        ['player-service', ['service']],
        ['somebody', []],
      ] as const)
        expect((await send(app, 'GET', path, { as, roles })).status).toBe(403);
      for (const headers of [undefined, { authorization: 'Bearer forged' }])
        expect((await app.call(path, headers && { headers })).status).toBe(401);
      const own = { as: elsewhere, roles: ['clinician', 'on-call'] as const };
      expect((await send(app, 'GET', path, own)).body.code).toBe('own-case');
      expect(await reads()).toEqual(before);
    });

    it('is not there where nobody gave one, or there is no breach', async () => {
      const without = await flag();
      for (const id of [without.breachId, 'view-none'])
        expect((await act('justification', id, 'GET')).body).toMatchObject({ status: 404, code: 'breach-not-found' });
      expect(typesOf(await breachOf(app, without.breachId))).not.toContain('JustificationRead');
    });

    it('is shown from a report about a consultation that nobody knows, too', async () => {
      const nowhere = { ...here, viewsPath: here.viewsPath.replace('/con-', '/con-x') };
      const emergency = { purpose: 'emergency', reason: why, viewerRoles: ['clinician'] };
      const { body } = await witness(app, nowhere, 'doc-far', emergency);
      await eventually(async () => (await act('', body.viewId, 'GET')).status === 200);
      expect((await act('justification', body.viewId, 'GET')).body).toMatchObject({ viewerId: 'doc-far', reason: why });
    });

    it('shows nothing while it cannot be recorded', async () => {
      const ledger = app.app.get(Ledger);
      const { store } = ledger;
      await act('justification', breachId, 'GET');
      const append = store.append.bind(store);
      store.append = async () => {
        throw new LedgerUnavailable('the test took it away');
      };
      try {
        const { status, body } = await act('justification', breachId, 'GET');
        expect([status, body.code, body.reason]).toEqual([503, 'ledger-unavailable', undefined]);
      } finally {
        store.append = append;
      }
    });
  });

  it('is closed to everybody who is not on its roles', async () => {
    const { breachId } = await flag();
    for (const roles of [['patient'], ['clinician'], ['service'], []] as const) {
      const ask = { as: 'somebody', roles };
      expect((await send(app, 'GET', '/v1/breaches', ask)).status).toBe(403);
      expect((await send(app, 'POST', `/v1/breaches/${breachId}/acknowledge`, ask)).status).toBe(403);
    }
    expect((await send(app, 'GET', '/v1/breaches', { as: 'officer', roles: ['compliance'] })).status).toBe(200);
  });

  it.each([
    ['GET', '/v1/breaches?status=broken'],
    ['GET', '/v1/breaches?limit=0'],
    ['GET', '/v1/breaches?cursor=nonsense'],
    ['GET', '/v1/breaches?unknown=1'],
    ['GET', '/v1/breaches/%24all'],
  ])('refuses %s %s', async (method, path) => {
    expect((await send(app, method, path, onCall)).status).toBe(400);
  });

  it('knows no breach that was never flagged', async () => {
    for (const [action, method] of [
      ['', 'GET'],
      ['acknowledge', 'POST'],
      ['contain', 'POST'],
    ] as const)
      expect((await act(action, 'view-none', method)).body).toMatchObject({ status: 404, code: 'breach-not-found' });
    expect(await breachOf(app, 'view-none')).toEqual([]);
  });
});

describe('an on-call screen', () => {
  it('gets what is open first, then what is flagged, and every change', async () => {
    const before = await flag();
    await eventually(() =>
      app.app
        .get(BreachBoard)
        .open(100)
        .some(({ item }) => item.breachId === before.breachId),
    );
    const screen = await opened();
    expect(screen.open[0]?.map(({ breachId }) => breachId)).toContain(before.breachId);

    const { breachId } = await flag();
    const item = await eventually(() => screen.flagged.find((one) => one.breachId === breachId));
    // Flagged before it was looked up how large the recording is.
    const complete = { ...item, bytesServedAtMost: 10 };
    expect(complete).toEqual((await act('', breachId, 'GET')).body);

    await act('acknowledge', breachId);
    await eventually(() => screen.updated.find((one) => one.breachId === breachId && one.status === 'acknowledged'));
    expect(screen.flagged.filter((one) => one.breachId === breachId)).toHaveLength(1);
  });

  it('acknowledges, and is answered', async () => {
    const { breachId } = await flag();
    const { socket } = await opened();
    expect(await socket.emitWithAck('acknowledge', { breachId })).toEqual({ ok: true });
    expect((await act('', breachId, 'GET')).body.status).toBe('acknowledged');
    expect(await socket.emitWithAck('acknowledge', { breachId })).toEqual({ ok: true });
    const events = await breachOf(app, breachId);
    expect(events.find(({ type }) => type === 'BreachAcknowledged')?.metadata.actor.id).toBe('oncall-1');
  });

  it('is told what is wrong with what it sends, and stays connected', async () => {
    const { socket } = await opened();
    for (const nonsense of [undefined, 'view-1', {}, { breachId: '../x' }, { breachId: 'view-1', more: 1 }])
      expect(await socket.emitWithAck('acknowledge', nonsense)).toMatchObject({ ok: false, code: 'validation-failed' });
    expect(await socket.emitWithAck('acknowledge', { breachId: 'view-none' })).toMatchObject({
      ok: false,
      code: 'breach-not-found',
    });
    const { breachId } = await flag();
    await act('close', breachId, 'POST', { reason: 'test-account' });
    expect(await socket.emitWithAck('acknowledge', { breachId })).toMatchObject({ ok: false, code: 'breach-closed' });
    expect(socket.connected).toBe(true);
  });

  it('lets in nobody without a valid token and the role', async () => {
    const attempts = await Promise.all([
      connect(app, { token: 'forged' }),
      connect(app, { token: '' }),
      connect(app, { roles: ['clinician'] }),
      connect(app, { roles: ['patient', 'service'] }),
      connect(app, { ttl: -60 }),
    ]);
    for (const { socket, refused, open } of attempts) {
      await eventually(() => refused.length > 0);
      expect([socket.connected, open]).toEqual([false, []]);
    }
  });

  it('leaves when its token expires', async () => {
    const { socket } = await connect(app, { ttl: 2 });
    await eventually(() => socket.connected);
    await eventually(() => !socket.connected);
  });

  it('is on record as told, once for each breach', async () => {
    const screens = [await opened(), await opened()];
    const { breachId } = await flag();
    for (const { flagged } of screens) await eventually(() => flagged.some((one) => one.breachId === breachId));
    const told = async () => typesOf(await breachOf(app, breachId)).filter((type) => type === 'OnCallNotified').length;
    await eventually(async () => (await told()) === 1);
    await opened();
    await act('acknowledge', breachId);
    expect(await told()).toBe(1);
  });

  it('is told on connecting of what happened while nobody looked, also before a restart', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'ledger-desk-'));
    const before = await startApp({ env: { DATA_DIR: dataDir } });
    const { body } = await witness(before, await scene(before), 'pat-stranger');
    await eventually(async () => typesOf(await breachOf(before, body.viewId)).includes('BreachTransferBegan'));
    expect(typesOf(await breachOf(before, body.viewId))).toEqual(['BreachFlagged', 'BreachTransferBegan']);
    await before.close();

    const after = await startApp({ env: { DATA_DIR: dataDir } });
    try {
      const { open, flagged } = await opened(after);
      // The newest first; with a server of somebody else there may be older ones.
      expect(open[0]?.[0]?.breachId).toBe(body.viewId);
      expect(flagged).toEqual([]);
      await eventually(async () => typesOf(await breachOf(after, body.viewId)).includes('OnCallNotified'));
    } finally {
      await after.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
