import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { outcomeOf } from '../cli/migrating.ts';
import { media } from '../recordings/media.ts';
import { keysIn, opened, patientEvents, type RecordedConsultation, recorded } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';

/** `SEAL_KILLS=200 npm run test:faults -- test/faults/sealing.fault.ts` is the long run. */
const KILLS = Number(process.env.SEAL_KILLS ?? 6);
const RECORDINGS = 12;
const BYTES = 4 * 2 ** 20;

describe('sealing that is killed', () => {
  let node: TestNode;
  let dir: string;
  let app: RunningApp;
  beforeAll(async () => {
    node = await startEmbeddedNode();
    dir = await mkdtemp(join(tmpdir(), 'ledger-sealing-'));
    app = await startApp({ env: { DATA_DIR: dir, STORE_URL: node.connectionString } });
  });
  afterAll(async () => {
    await app.close();
    await node.stop();
    await rm(dir, { recursive: true, force: true });
  });
  const seal = () =>
    spawn(process.execPath, ['dist/src/cli/main.js', 'recordings', 'seal'], {
      env: { PATH: process.env.PATH, DATA_DIR: dir, STORE_URL: node.connectionString, KEYS_KMS: 'file' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  it('loses no recording, whenever it is, and comes to its end when it is let', async () => {
    const all: (RecordedConsultation & { body: Buffer })[] = [];
    for (let at = 0; at < RECORDINGS; at += 1) {
      const body = Buffer.concat([await media('consultation.webm'), randomBytes(BYTES)]);
      all.push({ ...(await recorded(app, body)), body });
    }
    await app.close();
    app = await startApp({ env: { DATA_DIR: dir, STORE_URL: node.connectionString, KEYS_KMS: 'file' } });
    const allPlay = async () => {
      for (const { body, ...held } of all) {
        const { contentUrl } = await opened(app, held);
        const answer = await app.call(contentUrl, { as: held.patientId, roles: ['patient'] });
        expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
      }
    };
    const incoming = join(dir, 'recordings', '.incoming');
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = seal();
      const gone = once(child, 'exit');
      // From the first object that it writes on, at any moment of its work.
      const before = new Set(await readdir(incoming));
      await eventually(
        async () => child.exitCode !== null || (await readdir(incoming)).some((name) => !before.has(name)),
      );
      await Promise.race([delay(randomInt(0, 150)), gone]);
      child.kill('SIGKILL');
      await gone;
      if (kill % 3 === 0) await allPlay();
    }
    const { code, out } = await outcomeOf(seal());
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/recordings of .* were sealed/) });
    await allPlay();
    const objects = await keysIn(app);
    for (const { patientId, recordingId } of all) {
      expect(await patientEvents(app, patientId, 'RecordingResealed')).toHaveLength(1);
      expect(objects).not.toContain(`patient-${patientId}/${recordingId}`);
    }
  }, 600_000);
});
