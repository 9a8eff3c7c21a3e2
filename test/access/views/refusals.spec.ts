import { randomUUID } from 'node:crypto';
import type { Recorded } from '../../../events/event.ts';
import { RecentViews } from '../../../src/access/views/recent-views.ts';
import { Refusals } from '../../../src/access/views/refusals.ts';
import { Clock } from '../../../src/clock.ts';
import { LedgerUnavailable } from '../../../src/ledger/errors.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { type RunningApp, startApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';
import { storeOf } from '../../support/node-of.ts';
import { append, onCall, patientEventsOf, type Scene, scene, send, typesOf, verdictsOn, view } from '../scene.ts';

let one: RunningApp;
let two: RunningApp;
let ahead = 0;
const clock = { now: () => Date.now() + ahead };
beforeAll(async () => {
  one = await startApp({ override: (builder) => builder.overrideProvider(Clock).useValue(clock) });
  two = await startApp({ env: { STORE_URL: await storeOf(one) } });
});
afterEach(() => {
  ahead = 0;
});
afterAll(async () => {
  await two.close();
  await one.close();
});

const content = async (app: RunningApp, viewId: string, as: string, headers = {}) => {
  const response = await app.call(`/v1/views/${viewId}/content`, { as, roles: ['patient'], headers });
  return [response.status, ((await response.json()) as { code: string }).code];
};

const refusals = async (here: Scene) =>
  (await patientEventsOf(one, here)).flatMap(({ type, data, metadata }) =>
    type === 'RecordingContentRefused' ? [{ ...data, actor: metadata.actor.id }] : [],
  );

/** Until everything that was refused so far is written down. */
const written = async () => {
  for (const { app } of [one, two]) await eventually(() => app.get(Refusals).idle);
};

/** A released view, whose link both instances know by then. */
const opened = async (here: Scene): Promise<string> => {
  const { viewId } = (await view(one, here, here.patientId)).body;
  for (const { app } of [one, two]) await eventually(() => app.get(RecentViews).get(viewId));
  return viewId;
};

const eve = () => `eve-${randomUUID().slice(0, 8)}`;

describe('being refused the content of a view', () => {
  it('is a fact of the patient’s, once for each caller and reason, on whatever instance', async () => {
    const here = await scene(one);
    const viewId = await opened(here);
    const [stranger, other] = [eve(), eve()];
    for (let round = 0; round < 3; round++)
      for (const [app, as] of [
        [one, stranger],
        [two, stranger],
        [two, other],
      ] as const)
        expect(await content(app, viewId, as, { 'x-client-release': 'web-9' })).toEqual([404, 'view-not-found']);
    await written();
    const { patientId, consultationId, recordingId } = here;
    const what = { patientId, consultationId, recordingId, viewId, reasonCode: 'not-the-viewer' };
    expect(await refusals(here)).toHaveLength(2);
    expect(await refusals(here)).toEqual(
      expect.arrayContaining([
        { ...what, viewerId: stranger, actor: stranger },
        { ...what, viewerId: other, actor: other },
      ]),
    );
    const { body } = await send(one, 'GET', '/v1/me/accesses', { as: patientId, roles: ['patient'] });
    const rows = body.items.filter(({ kind }: { kind: string }) => kind === 'refused');
    const row = { kind: 'refused', at: expect.any(String), patientId, consultationId, recordingId, viewId };
    expect(rows).toHaveLength(2);
    expect(rows).toContainEqual({
      ...{ ...row, viewerId: stranger, viewerRoles: ['patient'], reasonCode: 'not-the-viewer' },
      ...{ appVersion: one.config.appVersion, clientRelease: 'web-9', who: stranger, automated: false },
      reason: 'asked for a recording of your consultation on 4 May 2026, and was refused',
    });
  });

  it('is one also for the viewer whose view is over, with the reason', async () => {
    const here = await scene(one);
    const { patientId } = here;
    const viewId = await opened(here);
    const reason = { ...onCall, body: { reason: 'incident' } };
    await send(one, 'POST', `/v1/viewers/${patientId}/suspend`, reason);
    await eventually(async () => (await content(one, viewId, patientId))[1] === 'content-suspended');
    await send(one, 'POST', `/v1/viewers/${patientId}/reinstate`, reason);
    await eventually(async () => (await content(one, viewId, patientId))[1] === 'view-revoked');
    const late = await opened(here);
    ahead = 3_600_000;
    expect(await content(one, late, patientId)).toEqual([410, 'view-expired']);
    await written();
    const reasons = (await refusals(here)).map(({ viewId: of, reasonCode }) => [of, reasonCode]);
    expect(reasons.sort()).toEqual(
      [
        [viewId, 'content-suspended'],
        [viewId, 'view-revoked'],
        [late, 'view-expired'],
      ].sort(),
    );
  });

  it('is answered all the same while nothing can be recorded, and recorded the next time', async () => {
    const here = await scene(one);
    const viewId = await opened(here);
    const stranger = eve();
    const { store } = one.app.get(Ledger);
    const original = store.append.bind(store);
    let failed = 0;
    store.append = async () => {
      failed += 1;
      throw new LedgerUnavailable('the test took it away');
    };
    try {
      expect(await content(one, viewId, stranger)).toEqual([404, 'view-not-found']);
      await eventually(() => failed > 0);
    } finally {
      store.append = original;
    }
    expect(await refusals(here)).toEqual([]);
    await eventually(async () => {
      await content(one, viewId, stranger);
      return (await refusals(here)).length === 1;
    });
  });

  it('of a view that nobody made leaves nothing behind', async () => {
    const stranger = eve();
    expect(await content(one, 'view-none', stranger)).toEqual([404, 'view-not-found']);
    expect(await verdictsOn(one, stranger)).toEqual([]);
  });
});

describe('looking for ids', () => {
  const probing = (viewerId: string): Promise<Recorded[]> =>
    eventually(async () => {
      const found = (await verdictsOn(one, viewerId)).filter(({ type }) => type === 'ProbingDetected');
      return found.length > 0 ? found : undefined;
    });
  const incident = (breachId: string) =>
    eventually(async () => {
      const { status, body } = await send(one, 'GET', `/v1/breaches/${breachId}`, onCall);
      return status === 200 && body;
    });

  it('among five patients’ recordings, consultations, lists and links is one critical incident', async () => {
    const scenes = await Promise.all(Array.from({ length: 6 }, () => scene(one)));
    const [a, b, c, d, e, f] = scenes as [Scene, Scene, Scene, Scene, Scene, Scene];
    const stranger = eve();
    const viewId = await opened(d);
    const path = ({ patientId }: Scene) => `/v1/patients/${patientId}/consultations`;
    const ask = { as: stranger, roles: ['patient'] as const };
    const tries = [
      () => view(one, a, stranger),
      () => send(one, 'GET', `${path(b)}/${b.consultationId}`, ask),
      () => send(one, 'GET', path(c), ask),
      () => send(one, 'GET', `/v1/views/${viewId}/content`, ask),
      () => send(one, 'POST', `${path(e)}/con-guessed/cancel`, { ...ask, body: { reasonCode: 'x' } }),
      () => view(one, f, stranger),
    ];
    for (const attempt of tries) expect((await attempt()).status).toBe(404);
    const found = await probing(stranger);
    expect(found).toMatchObject([
      {
        data: { viewerId: stranger, kind: 'patients', count: 5, windowSeconds: 600 },
        metadata: { actor: { id: stranger } },
      },
    ]);
    const item = await incident(found[0]?.id ?? '');
    expect(item).toMatchObject({
      ...{ rule: 'probing', severity: 'critical', viewerId: stranger, patientId: null, contentReleased: false },
      ...{ viewedAt: null, bytesServed: 0 },
    });
  });

  it('by thirty misses is one, and by a service never', async () => {
    const stranger = eve();
    const service = `service-${stranger}`;
    for (let i = 0; i < 35; i++) {
      expect((await content(one, randomUUID(), stranger))[0]).toBe(404);
      await send(one, 'GET', `/v1/views/${randomUUID()}/content`, { as: service, roles: ['service'] });
    }
    const found = await probing(stranger);
    expect(found).toMatchObject([{ data: { kind: 'misses', count: 30, windowSeconds: 300 } }]);
    expect(await incident(found[0]?.id ?? '')).toMatchObject({ rule: 'probing', viewerId: stranger });
    expect(await verdictsOn(one, service)).toEqual([]);
  });

  it('is not what a player does that asks for its own view after its end', async () => {
    const here = await scene(one);
    const viewId = await opened(here);
    await append(one, here.patientId, {
      type: 'RecordingErased',
      data: { ...pick(here), reason: 'retention' },
    });
    await eventually(async () => (await content(one, viewId, here.patientId))[1] === 'recording-erased');
    for (let i = 0; i < 35; i++) await content(one, viewId, here.patientId);
    await written();
    expect(await refusals(here)).toHaveLength(1);
    expect(typesOf(await verdictsOn(one, here.patientId))).toEqual(['ViewCleared']);
  });
});

const pick = ({ patientId, consultationId, recordingId }: Scene) => ({ patientId, consultationId, recordingId });
