import { AccessPolicy } from '../../src/access/policy.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { startTestNode, type TestNode } from '../support/node.ts';
import { breachOf, patientEventsOf, type Scene, scene, typesOf, verdictsOn, view } from './scene.ts';

const KILLS = 4;

let node: TestNode;
let app: RunningApp;
beforeAll(async () => {
  node = await startTestNode();
  app = await startApp({
    env: { EVENTSTORE_URL: node.connectionString },
    override: (builder) => builder.overrideProvider(AccessPolicy).useValue({ decide: () => 'allowed' }),
  });
});
afterAll(async () => {
  await app.close();
  await node.stop();
});

const viewIdsOf = async (here: Scene): Promise<{ viewId: string; viewerId: string }[]> =>
  (await patientEventsOf(app, here)).flatMap(({ type, data }) =>
    type === 'RecordingViewed' ? [data as { viewId: string; viewerId: string }] : [],
  );

describe('a store that is killed while people watch', () => {
  it('loses no view that was answered, and every view in it ends with one verdict and the breach it deserves', async () => {
    const scenes = await Promise.all(Array.from({ length: 10 }, () => scene(app)));
    const answered = new Map<string, number[]>(scenes.map(({ patientId }) => [patientId, []]));
    let asking = true;
    const load = Promise.all(
      scenes.map(async (here, i) => {
        while (asking) {
          const viewerId = i % 2 ? here.patientId : `stranger-of-${here.patientId}`;
          answered.get(here.patientId)?.push((await view(app, here, viewerId)).status);
        }
      }),
    );
    const done = () => [...answered.values()].flat().filter((status) => status < 500).length;
    for (let i = 0; i < KILLS; i++) {
      const before = done();
      await eventually(() => done() > before + 50, 60_000);
      await node.kill('SIGKILL');
      await node.restart();
    }
    const before = done();
    await eventually(() => done() > before + 50, 60_000);
    asking = false;
    await load;

    for (const [i, here] of scenes.entries()) {
      const statuses = answered.get(here.patientId) ?? [];
      expect(new Set(statuses.filter((status) => status < 500))).toEqual(new Set([i % 2 ? 201 : 403]));
      const recorded = await viewIdsOf(here);
      expect(recorded.length).toBeGreaterThanOrEqual(statuses.filter((status) => status < 500).length);
      const viewerId = recorded[0]?.viewerId ?? '';
      await eventually(async () => (await verdictsOn(app, viewerId)).length >= recorded.length, 60_000);
      const verdicts = await verdictsOn(app, viewerId);
      expect(verdicts.map(({ data }) => (data as { viewId: string }).viewId).sort()).toEqual(
        recorded.map(({ viewId }) => viewId).sort(),
      );
      expect(new Set(typesOf(verdicts))).toEqual(new Set([i % 2 ? 'ViewCleared' : 'ViewFlagged']));
      for (const { viewId } of recorded) {
        const flags = async () => typesOf(await breachOf(app, viewId)).filter((type) => type === 'BreachFlagged');
        if (i % 2 === 0) await eventually(async () => (await flags()).length > 0);
        expect(await flags()).toHaveLength(i % 2 ? 0 : 1);
      }
    }
  }, 300_000);
});
