import { AccessPolicy } from '../../src/access/views/policy.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';
import { expectJudged, type Scene, scene, view, viewIdsOf } from './scene.ts';

const KILLS = 4;

let node: TestNode;
let app: RunningApp;
beforeAll(async () => {
  node = await startEmbeddedNode();
  app = await startApp({
    env: { STORE_URL: node.connectionString },
    override: (builder) => builder.overrideProvider(AccessPolicy).useValue({ decide: () => 'allowed' }),
  });
});
afterAll(async () => {
  await app.close();
  await node.stop();
});

describe('a store that is killed while people watch', () => {
  it('loses no view that was answered, and every view in it ends with one verdict and the breach it deserves', async () => {
    const scenes = await Promise.all(Array.from({ length: 10 }, () => scene(app)));
    const answered = new Map<string, number[]>(scenes.map(({ patientId }) => [patientId, []]));
    const viewerOf = (here: Scene, i: number) => (i % 2 ? here.patientId : `stranger-of-${here.patientId}`);
    let asking = true;
    const load = Promise.all(
      scenes.map(async (here, i) => {
        while (asking) {
          answered.get(here.patientId)?.push((await view(app, here, viewerOf(here, i))).status);
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
      const viewIds = await viewIdsOf(app, here);
      expect(viewIds.length).toBeGreaterThanOrEqual(statuses.filter((status) => status < 500).length);
      await expectJudged(app, viewerOf(here, i), viewIds, i % 2 ? 'ViewCleared' : 'ViewFlagged');
    }
  }, 300_000);
});
