import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';
import { padded } from './media.ts';
import { heldPlayer, patientEvents, recorded } from './recorded.ts';

/** Four times what the buffers of a connection hold. */
const LARGE = 16 * 2 ** 20;
const KILLS = 3;

describe('an application that is killed while it sends a recording', () => {
  let node: TestNode;
  let app: RunningApp;
  let other: ChildProcess | undefined;
  beforeAll(async () => {
    node = await startEmbeddedNode();
    app = await startApp({ env: { STORE_URL: node.connectionString, RELEASE_TIMEOUT_MS: '20000' } });
  });
  afterAll(async () => {
    other?.kill('SIGKILL');
    await app.close();
    await node.stop();
  });

  /** Another instance as it ships, on the same store, folder and keys; gives its address. */
  const start = async (): Promise<string> => {
    const child = spawn(process.execPath, ['--enable-source-maps', 'dist/run/server.js'], {
      env: {
        ...{ PATH: process.env.PATH, DATA_DIR: app.config.dataDir, PORT: '0', STORE_URL: node.connectionString },
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    other = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const said = /"url":"(http[^"]+)"/.exec(line)?.[1];
      if (said !== undefined) {
        child.stdout.resume();
        return said;
      }
    }
    throw new Error('the other instance did not start');
  };

  it('leaves on record that up to the whole may have left, and never that nothing did', async () => {
    const body = await padded('consultation.webm', LARGE);
    const held = await recorded(app, body);
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const viewerId = `doc-${randomUUID().slice(0, 8)}`;
      const { body: view } = await send(app, 'POST', `${held.recordingPath}/views`, {
        ...{ as: viewerId, roles: ['clinician'] },
        body: { purpose: 'emergency', reason: 'found unconscious, no history known' },
      });
      const there = { ...app, url: await start() };
      const player = await heldPlayer(there, view.contentUrl, viewerId);
      const gone = once(other as ChildProcess, 'exit');
      other?.kill('SIGKILL');
      await gone;
      const { received, whole } = await player.rest();
      expect(whole).toBe(false);
      expect(received).toBeGreaterThan(0);
      const breach = async () =>
        (await send(app, 'GET', `/v1/breaches/${view.viewId}`, { as: 'on-call-1', roles: ['on-call'] })).body;
      const item = await eventually(async () => {
        const found = await breach();
        return found.bytesServedAtMost > 0 ? found : undefined;
      }, 60_000);
      expect(item).toMatchObject({ bytesServed: null, bytesServedAtMost: LARGE, contentReleased: true });
      const began = await patientEvents(app, held.patientId, 'RecordingTransferBegan');
      expect(began.filter(({ viewId }) => viewId === view.viewId)).toMatchObject([{ range: [0, LARGE - 1] }]);
    }
  }, 180_000);
});
