import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessMonitor } from '../../src/access/monitor/monitor.ts';
import { AccessPolicy } from '../../src/access/views/policy.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { startTestNode, type TestNode } from '../support/node.ts';
import { expectJudged, type Scene, scene, view, viewIdsOf } from './scene.ts';

/** At once, so that the process always dies with views in its hands. */
const VIEWERS = 16;

describe('a monitor that is killed while people watch elsewhere', () => {
  let node: TestNode;
  let app: RunningApp;
  let dataDir: string;
  let other: ChildProcess | undefined;
  beforeAll(async () => {
    node = await startTestNode();
    dataDir = await mkdtemp(join(tmpdir(), 'monitor-'));
    app = await startApp({
      env: { STORE_URL: node.connectionString, RELEASE_TIMEOUT_MS: '500' },
      override: (builder) => builder.overrideProvider(AccessPolicy).useValue({ decide: () => 'allowed' }),
    });
    // This instance asks and releases; all verdicts are the other process's.
    await app.app.get(AccessMonitor).onApplicationShutdown();
  });
  afterAll(async () => {
    await kill();
    await app.close();
    await node.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = (): void => {
    other = spawn(process.execPath, ['--enable-source-maps', 'dist/run/server.js'], {
      env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0', STORE_URL: node.connectionString },
      stdio: 'ignore',
    });
  };
  const kill = async (): Promise<void> => {
    if (!other || other.exitCode !== null || other.signalCode !== null) return;
    const gone = once(other, 'exit');
    other.kill('SIGKILL');
    await gone;
  };

  it('releases nothing meanwhile, and every view ends with one verdict and the breach it deserves', async () => {
    const scenes = await Promise.all(Array.from({ length: VIEWERS }, () => scene(app)));
    const statuses: number[][] = scenes.map(() => []);
    const viewerOf = (here: Scene, i: number) => (i % 2 ? here.patientId : `stranger-of-${here.patientId}`);
    let asking = true;
    start();
    const load = Promise.all(
      scenes.map(async (here, i) => {
        while (asking) statuses[i]?.push((await view(app, here, viewerOf(here, i))).status);
      }),
    );
    const count = (which: (status: number) => boolean) => statuses.flat().filter(which).length;
    const judged = (more: number) => {
      const before = count((status) => status < 500);
      return eventually(() => count((status) => status < 500) > before + more, 60_000);
    };
    await judged(2 * VIEWERS);
    await kill();
    const unreleased = count((status) => status === 503);
    await eventually(() => count((status) => status === 503) > unreleased + VIEWERS, 30_000);
    start();
    await judged(VIEWERS);
    asking = false;
    await load;

    for (const [i, here] of scenes.entries()) {
      expect(new Set(statuses[i])).toEqual(new Set([i % 2 ? 201 : 403, 503]));
      const viewIds = await viewIdsOf(app, here);
      // Each is on record, released or not.
      expect(viewIds).toHaveLength(statuses[i]?.length ?? 0);
      await expectJudged(app, viewerOf(here, i), viewIds, i % 2 ? 'ViewCleared' : 'ViewFlagged');
    }
  }, 120_000);
});
