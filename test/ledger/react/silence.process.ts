import { scene, view } from '../../access/scene.ts';
import { type RunningApp, startApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';
import { type HoldingProxy, startHoldingProxy } from '../../support/holding-proxy.ts';
import { startEmbeddedNode, type TestNode } from '../../support/node.ts';

describe('a group whose deliveries stop while its connection stays open', () => {
  let node: TestNode;
  let proxy: HoldingProxy;
  let app: RunningApp;
  beforeAll(async () => {
    node = await startEmbeddedNode();
    proxy = await startHoldingProxy(node.connectionString);
    app = await startApp({ env: { STORE_URL: proxy.connectionString } });
  });
  afterAll(async () => {
    await app.close();
    await proxy.stop();
    await node.stop();
  });
  const checks = async () => {
    const response = await app.call('/health/ready');
    const body = (await response.json()) as { errors?: readonly { path: string }[] };
    return { status: response.status, failed: (body.errors ?? []).map(({ path }) => path) };
  };

  it('makes the instance not ready within 15 s, and ready again when they come', async () => {
    const here = await scene(app);
    await eventually(async () => (await checks()).status === 200);
    expect((await view(app, here, here.patientId)).status).toBe(201);

    proxy.hold();
    const heldAt = performance.now();
    expect((await view(app, here, here.patientId)).status).toBe(503);
    await eventually(async () => (await checks()).status === 503, 20_000);
    expect(performance.now() - heldAt).toBeLessThan(15_000);
    // All else works: the store answers, and the feed follows it.
    expect((await checks()).failed).toEqual(['monitor']);
    expect(app.logged.some((line) => line.includes('does not arrive'))).toBe(true);

    proxy.release();
    await eventually(async () => (await checks()).status === 200);
    await eventually(async () => (await view(app, here, here.patientId)).status === 201);
  }, 90_000);
});
