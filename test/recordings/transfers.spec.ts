import { randomUUID } from 'node:crypto';
import { AccessMonitor } from '../../src/access/monitor/monitor.ts';
import { AccessPolicy } from '../../src/access/views/policy.ts';
import { JoinedTransfers } from '../../src/recordings/joined-transfers.ts';
import { send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';
import { padded } from './media.ts';
import { ask, heldPlayer, opened, patientEvents, type RecordedConsultation, recorded } from './recorded.ts';

const MIB = 2 ** 20;
/** Four times what the buffers of a connection hold, so that a player that reads no more keeps its transfer open. */
const LARGE = 16 * MIB;
const env = { RELEASE_TIMEOUT_MS: '20000' };
const onCall = { as: 'on-call-1', roles: ['on-call'] as const };

const breach = async (app: RunningApp, breachId: string) =>
  (await send(app, 'GET', `/v1/breaches/${breachId}`, onCall)).body;
const beganIn = (app: RunningApp, { patientId }: RecordedConsultation) =>
  patientEvents(app, patientId, 'RecordingTransferBegan');
const playedIn = (app: RunningApp, { patientId }: RecordedConsultation) =>
  patientEvents(app, patientId, 'RecordingPlayed');

/** A view that is released and flagged: break-glass by a clinician who takes no part. */
const brokenGlass = async (app: RunningApp, { recordingPath }: RecordedConsultation) => {
  const viewerId = `doc-${randomUUID().slice(0, 8)}`;
  const { status, body } = await send(app, 'POST', `${recordingPath}/views`, {
    ...{ as: viewerId, roles: ['clinician'] },
    body: { purpose: 'emergency', reason: 'found unconscious, no history known' },
  });
  expect([status, body.verdict]).toEqual([201, 'flagged']);
  return { viewerId, viewId: body.viewId as string, contentUrl: body.contentUrl as string };
};

describe('a transfer', () => {
  let app: RunningApp;
  let body: Buffer;
  beforeAll(async () => {
    app = await startApp({ env });
    body = await padded('consultation.webm', LARGE);
  });
  afterAll(() => app.close());

  it('is on record before its first byte, and ranges within it are a part of it', async () => {
    const held = await recorded(app, body);
    const { contentUrl, viewId } = await opened(app, held);
    const player = await heldPlayer(app, contentUrl, held.patientId);
    expect(await beganIn(app, held)).toMatchObject([{ viewId, viewerId: held.patientId, range: [0, LARGE - 1] }]);
    expect(await playedIn(app, held)).toEqual([]);
    for (const range of ['bytes=0-9', 'bytes=-5']) {
      const part = await app.call(contentUrl, { as: held.patientId, roles: ['patient'], headers: { range } });
      await part.arrayBuffer();
    }
    player.leave();
    const played = await eventually(async () => {
      const found = await playedIn(app, held);
      return found.length > 0 ? found : undefined;
    });
    const [{ transferId } = {}, ...more] = await beganIn(app, held);
    expect(more).toEqual([]);
    expect(played).toMatchObject([{ transferId, outcome: 'disconnected' }]);
    const [{ ranges, bytesServed } = {}] = played as unknown as { ranges: [number, number][]; bytesServed: number }[];
    expect(ranges?.slice(0, 2)).toEqual([
      [0, 9],
      [LARGE - 5, LARGE - 1],
    ]);
    expect(ranges?.[2]?.[0]).toBe(0);
    expect(bytesServed).toBe(15 + Number(ranges?.[2]?.[1]) + 1);
  });

  it('is one event a minute of a player that asks for 300 ranges, and the first range is on record by itself at once', async () => {
    const held = await recorded(app, body);
    const { contentUrl, viewId } = await opened(app, held);
    const patient = { as: held.patientId, roles: ['patient'] as const };
    const part = async (first: number, last: number) =>
      (await app.call(contentUrl, { ...patient, headers: { range: `bytes=${first}-${last}` } })).arrayBuffer();
    await part(10, 19);
    const [first, ...others] = await eventually(async () => {
      const found = await playedIn(app, held);
      return found.length > 0 ? found : undefined;
    });
    expect(others).toEqual([]);
    expect(first).toMatchObject({ bytesServed: 10, ranges: [[10, 19]], outcome: 'completed' });
    for (let i = 0; i < 30; i++)
      await Promise.all(Array.from({ length: 10 }, (_, j) => part(i * 1_000 + j * 20, i * 1_000 + j * 20 + 9)));
    expect((await beganIn(app, held)).map(({ range }) => range)).toEqual([
      [10, 19],
      [0, LARGE - 1],
    ]);
    expect(await playedIn(app, held)).toHaveLength(1);
    // What happens when the minute is over, and when the server is stopped.
    await app.app.get(JoinedTransfers).settle();
    const [, rest, ...more] = await playedIn(app, held);
    expect(more).toEqual([]);
    expect(rest).toMatchObject({ viewId, bytesServed: 3_000, outcome: 'completed' });
    expect(rest?.ranges).toHaveLength(300);
    const { items } = (await send(app, 'GET', '/v1/me/accesses', patient)).body;
    expect(items.map(({ kind }: { kind: string }) => kind)).toEqual(['played', 'opened']);
    expect(items[0]).toMatchObject({ viewId, bytesServed: 3_010, outcome: 'completed' });
    expect(items[0].ranges[0]).toEqual([0, 29]);
  });

  it('is none when nothing is asked for but the head', async () => {
    const held = await recorded(app);
    const { contentUrl } = await opened(app, held);
    expect((await app.call(contentUrl, { as: held.patientId, roles: ['patient'], method: 'HEAD' })).status).toBe(200);
    expect(await beganIn(app, held)).toEqual([]);
  });

  it('under a flagged view shows what left once it ended, and before that at most how much', async () => {
    const held = await recorded(app, body);
    const { viewerId, viewId, contentUrl } = await brokenGlass(app, held);
    const clinician = { as: viewerId, roles: ['clinician'] as const };
    await eventually(async () => (await breach(app, viewId)).breachId);
    expect(await breach(app, viewId)).toMatchObject({ bytesServed: 0, bytesServedAtMost: 0 });
    for (const range of ['bytes=0-99', 'bytes=1000-1049'])
      await (await app.call(contentUrl, { ...clinician, headers: { range } })).arrayBuffer();
    await app.app.get(JoinedTransfers).settle();
    await eventually(async () => (await breach(app, viewId)).bytesServed === 150);

    const player = await heldPlayer(app, contentUrl, viewerId);
    await eventually(async () => (await breach(app, viewId)).bytesServed === null);
    expect((await breach(app, viewId)).bytesServedAtMost).toBe(150 + LARGE);
    player.leave();
    await app.app.get(JoinedTransfers).settle();
    const { bytesServed, bytesServedAtMost } = await eventually(async () => {
      const item = await breach(app, viewId);
      return item.bytesServed === null ? undefined : item;
    });
    expect(bytesServed).toBeGreaterThan(150);
    expect(bytesServed).toBeLessThan(150 + LARGE);
    expect(bytesServedAtMost).toBe(bytesServed);
  });
});

describe('a transfer, with the store away', () => {
  let node: TestNode;
  let app: RunningApp;
  let body: Buffer;
  beforeEach(async () => {
    node = await startEmbeddedNode();
    app = await startApp({ env: { ...env, STORE_URL: node.connectionString } });
    body = await padded('consultation.webm', LARGE);
  });
  afterEach(async () => {
    await app.close();
    await node.stop();
  });

  it('is recorded when the store is back, with what had left', async () => {
    const held = await recorded(app, body);
    const { viewerId, viewId, contentUrl } = await brokenGlass(app, held);
    const player = await heldPlayer(app, contentUrl, viewerId);
    await eventually(async () => (await breach(app, viewId)).bytesServed === null);
    await node.kill('SIGKILL');
    player.leave();
    await eventually(() => app.logged.some((line) => line.includes('is put off') && line.includes(viewId)));
    await node.restart();
    const [played, ...more] = await eventually(async () => {
      const found = await playedIn(app, held).catch(() => []);
      return found.length > 0 ? found : undefined;
    }, 25_000);
    const [began] = await beganIn(app, held);
    expect(more).toEqual([]);
    expect(played).toMatchObject({ viewId, transferId: began?.transferId });
    expect(played?.bytesServed).toBeGreaterThan(0);
    const item = await eventually(async () => {
      const found = await breach(app, viewId);
      return found.bytesServed === null ? undefined : found;
    }, 25_000);
    expect(item).toMatchObject({ bytesServed: played?.bytesServed, bytesServedAtMost: played?.bytesServed });
  }, 60_000);

  it('does not begin when that cannot be recorded, and leaves nothing open', async () => {
    const held = await recorded(app, body);
    const { contentUrl } = await opened(app, held);
    const patient = { as: held.patientId, roles: ['patient'] as const };
    await (await app.call(contentUrl, { ...patient, headers: { range: 'bytes=0-9' } })).arrayBuffer();
    await eventually(async () => (await playedIn(app, held)).length === 1);
    // Silent, not gone: whether what is asked of it meanwhile is stored is not known.
    process.kill(node.pid, 'SIGSTOP');
    const refused = await app.call(contentUrl, patient);
    const problem = await refused.json();
    process.kill(node.pid, 'SIGCONT');
    expect([refused.status, problem]).toEqual([503, expect.objectContaining({ code: 'ledger-unavailable' })]);
    const ended = await eventually(async () => {
      const found = await playedIn(app, held).catch(() => []);
      return found.length > 1 ? found : undefined;
    }, 25_000);
    expect(ended[1]).toMatchObject({ bytesServed: 0, ranges: [], outcome: 'failed' });
    const ends = new Set(ended.map(({ transferId }) => transferId));
    for (const { transferId } of await beganIn(app, held)) expect(ends).toContain(transferId);
  }, 60_000);

  it('is given up on at a shutdown, which ends all the same and says what is not on record', async () => {
    const held = await recorded(app, body);
    const { contentUrl, viewId } = await opened(app, held);
    const player = await heldPlayer(app, contentUrl, held.patientId);
    await node.kill('SIGKILL');
    player.leave();
    await eventually(() => app.logged.some((line) => line.includes('is put off')));
    const from = performance.now();
    await app.close();
    expect(performance.now() - from).toBeLessThan(10_000);
    expect(app.logged.some((line) => line.includes('is not on record') && line.includes(viewId))).toBe(true);
  }, 60_000);
});

describe('with RELEASE_MODE=policy, a transfer that is over before anybody judged its view', () => {
  it('is counted when the verdict comes', async () => {
    const app = await startApp({ env: { ...env, RELEASE_MODE: 'policy' } });
    try {
      const held = await recorded(app);
      const monitor = app.app.get(AccessMonitor);
      await monitor.onApplicationShutdown();
      const clinician = { as: 'doc-elsewhere', roles: ['clinician'] as const };
      const { body } = await send(app, 'POST', `${held.recordingPath}/views`, {
        ...clinician,
        body: { purpose: 'emergency', reason: 'found unconscious, no history known' },
      });
      expect(body.verdict).toBe('pending');
      const content = await app.call(body.contentUrl, clinician);
      expect(content.status).toBe(200);
      const { byteLength } = await content.arrayBuffer();
      await eventually(async () => (await playedIn(app, held)).length === 1);
      monitor.onApplicationBootstrap();
      await eventually(async () => (await breach(app, body.viewId)).bytesServed === byteLength);
      expect(await breach(app, body.viewId)).toMatchObject({ bytesServedAtMost: byteLength });
    } finally {
      await app.close();
    }
  });
});

describe('with RELEASE_MODE=policy and a policy that lets everybody in, a stranger’s view', () => {
  it('is released and flagged, and the second key lets no byte of it leave', async () => {
    const app = await startApp({
      env: { ...env, RELEASE_MODE: 'policy' },
      override: (builder) => builder.overrideProvider(AccessPolicy).useValue({ decide: () => 'allowed' }),
    });
    try {
      const held = await recorded(app);
      const { body } = await ask(app, held, 'stranger-1');
      const content = await app.call(body.contentUrl, { as: 'stranger-1', roles: ['patient'] });
      expect(content.ok).toBe(false);
      expect(await content.json()).not.toHaveProperty('items');
      expect(await beganIn(app, held)).toEqual([]);
      await eventually(async () => (await breach(app, body.viewId)).rule === 'viewer-not-participant');
    } finally {
      await app.close();
    }
  });
});
