import { jsonEvent } from '@eventstore/db-client';
import { patientStreams } from '../../../events/categories.ts';
import { MONITOR } from '../../../src/access/monitor/monitor-group.ts';
import { OPENER } from '../../../src/breaches/opener-group.ts';
import { EventStore } from '../../../src/ledger/event-store.ts';
import { groupName } from '../../../src/ledger/react/plan.ts';
import { reactor } from '../../../src/ledger/react/reactor.ts';
import { RunningReactor } from '../../../src/ledger/react/running-reactor.ts';
import { breachesOf, onCall, scene, send, typesOf, verdictsOn, view } from '../../access/scene.ts';
import { LIVEKIT } from '../../media/livekit-messages.ts';
import { type RunningApp, startApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';
import { startEmbeddedNode, type TestNode } from '../../support/node.ts';

const NAMES = ['access-monitor', 'anomaly-watch', 'breach-opener', 'incident-grouper', 'media-watch'];

describe('the reactors of the application', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({ env: LIVEKIT });
    await eventually(async () => (await app.call('/health/ready')).status === 200);
  });
  afterAll(() => app.close());
  const parkedOf = async (name: string) => (await send(app, 'GET', `/v1/reactors/${name}`, onCall)).body.parked;

  it('tell the desk how they are', async () => {
    const { status, body } = await send(app, 'GET', '/v1/reactors', { as: 'dpo', roles: ['compliance'] });
    expect(status).toBe(200);
    const idle = { available: true, waiting: 0, parked: 0 };
    expect(body.reactors).toEqual(
      expect.arrayContaining([
        { name: 'access-monitor', version: 2, group: groupName(MONITOR), ...idle },
        { name: 'breach-opener', version: 1, group: groupName(OPENER), ...idle },
      ]),
    );
    expect(body.reactors.map(({ name }: { name: string }) => name).sort()).toEqual(NAMES);
    for (const name of NAMES) expect((await send(app, 'GET', `/v1/reactors/${name}`, onCall)).body.name).toBe(name);
  });

  it('count what they gave up on, and are handed it once more when the desk says so', async () => {
    const here = await scene(app);
    const { raw } = app.app.get(EventStore);
    // Nobody can read it.
    const unreadable = jsonEvent({ type: 'RecordingPlayed', data: {}, metadata: {} });
    await raw.appendToStream(patientStreams.of(here.patientId), unreadable);
    await eventually(async () => (await parkedOf('breach-opener')) === 1);
    const line = async (name: string) =>
      (await (await app.call('/metrics')).text()).split('\n').find((one) => one.startsWith(name));
    await eventually(async () => (await line('reactor_parked{name="breach-opener"}'))?.endsWith(' 1'));
    expect(await line('reactor_parked{name="access-monitor"}')).toMatch(/ 0$/);
    expect(await line('reactor_lag{name="breach-opener"}')).toMatch(/ 0$/);
    expect(await line('access_monitor_parked_events')).toMatch(/ 1$/);
    const parked = () => app.logged.filter((one) => one.includes('was parked') && one.includes(here.patientId)).length;
    expect(parked()).toBe(1);
    expect((await send(app, 'POST', '/v1/reactors/breach-opener/replay', onCall)).status).toBe(202);
    await eventually(() => parked() === 2);
  });

  it.each([
    ['GET', '/v1/reactors'],
    ['GET', '/v1/reactors/access-monitor'],
    ['POST', '/v1/reactors/access-monitor/replay'],
  ])('are closed to everybody else: %s %s', async (method, path) => {
    for (const roles of [[], ['patient'], ['clinician'], ['service']] as const)
      expect((await send(app, method, path, { as: 'pat-1', roles })).status).toBe(403);
    for (const headers of [undefined, { authorization: 'Bearer forged' }])
      expect((await app.call(path, { method, ...(headers && { headers }) })).status).toBe(401);
  });

  it('are only those that there are', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/replay'],
    ] as const)
      expect((await send(app, method, `/v1/reactors/nobody${path}`, onCall)).body).toMatchObject({
        status: 404,
        code: 'reactor-not-found',
      });
  });
});

describe('the first start of this release on the store of the one before', () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startEmbeddedNode();
  });
  afterAll(() => node.stop());

  it('goes on where the one group of the monitor stood', async () => {
    const env = { STORE_URL: node.connectionString };
    let app = await startApp({ env });
    const here = await scene(app);
    expect((await view(app, here, here.patientId)).status).toBe(201);
    await app.close();

    // As that release left it: one group of all seven types, done with all that is there.
    const store = new EventStore(node.connectionString);
    try {
      const groups = [MONITOR, OPENER].map(groupName);
      for (const group of groups) await store.raw.deletePersistentSubscriptionToAll(group);
      const seen: string[] = [];
      const on = Object.fromEntries(
        [...MONITOR.types, ...OPENER.types].map((type) => [type, async () => void seen.push(type)]),
      );
      const before = reactor({ name: 'access-monitor', version: 1, maxInFlight: 128, on: on as never });
      const one = new RunningReactor(store, { listen: () => () => {} }, before, () => {});
      expect(one.groupName).toBe('access-monitor-67eac523');
      one.start();
      const info = (group: string) => store.raw.getPersistentSubscriptionToAllInfo(group);
      await eventually(() => seen.includes('RecordingViewed'));
      const last = await store.lastPosition();
      const end = last === 'start' ? -1n : last.commit;
      await eventually(
        async () => ((await info(one.groupName)).stats.lastCheckpointedEventPosition?.commit ?? -1n) >= end,
      );
      await one.stop();

      app = await startApp({ env });
      await eventually(async () => (await app.call('/health/ready')).status === 200);
      for (const group of groups) {
        const { startFrom } = (await info(group)).settings;
        expect(typeof startFrom === 'object' && startFrom.commit >= end).toBe(true);
      }
      expect((await view(app, here, here.patientId)).status).toBe(201);
      expect((await view(app, here, here.patientId)).status).toBe(201);
      expect(typesOf(await verdictsOn(app, here.patientId))).toEqual(Array(3).fill('ViewCleared'));
      expect(await breachesOf(app, here)).toEqual([]);
      // The two views of after the upgrade: nothing of before it was handed out.
      expect((await info(groupName(MONITOR))).stats.totalItems).toBe(2n);
      await app.close();
    } finally {
      await store.close();
    }
  }, 60_000);
});
