import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { jsonEvent } from '@eventstore/db-client';
import { connectClient, gossipSeedsOf, isOfTheClient, reasonOf } from '../../src/ledger/client.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';

describe('the hosts of a cluster', () => {
  it.each([
    ['esdb+discover://a:2113,b:2113/?tls=false', 'esdb://a:2113,b:2113/?tls=false'],
    ['esdb+discover://admin:pw@a,b,c?tls=true', 'esdb://admin:pw@a,b,c?tls=true'],
    ['esdb+discover://cluster.example:2113?tls=true', 'esdb+discover://cluster.example:2113?tls=true'],
    ['esdb://a,b?tls=false', 'esdb://a,b?tls=false'],
    ['esdb://a?tlsCAFile=/etc/x,y.crt', 'esdb://a?tlsCAFile=/etc/x,y.crt'],
    ['esdb+discover://a?tlsCAFile=/etc/x,y.crt', 'esdb+discover://a?tlsCAFile=/etc/x,y.crt'],
  ])('%s are all asked', (given, asked) => {
    expect(gossipSeedsOf(given)).toBe(asked);
  });
});

describe("an error of the store's client", () => {
  it('says why, also where it has no name and no message', () => {
    class UnknownError extends Error {}
    const silent = Object.assign(new UnknownError(''), { _raw: { details: 'Commit phase timeout' } });
    expect(reasonOf(silent)).toBe('UnknownError: Commit phase timeout');
    expect(reasonOf(new UnknownError(''))).toBe('UnknownError: the client gives no reason');
    expect(reasonOf(new TypeError('x is not iterable'))).toBe('TypeError: x is not iterable');
  });

  it('is told from one of the application by where it was thrown', async () => {
    const client = connectClient('esdb://127.0.0.1:1,127.0.0.1:2?tls=false&maxDiscoverAttempts=1&discoveryInterval=1');
    const error = await client.appendToStream('x', jsonEvent({ type: 'Noted', data: {} })).catch((e: unknown) => e);
    await client.dispose();
    expect(isOfTheClient(error)).toBe(true);
    expect(isOfTheClient(new Error('ours'))).toBe(false);
    expect(isOfTheClient('nothing')).toBe(false);
  });

  it('about one connection does not end the process when another one answers', async () => {
    const [a, b] = [await startEmbeddedNode(), await startEmbeddedNode()];
    const [toA, toB] = [connectClient(a.connectionString), connectClient(b.connectionString)];
    const noted = jsonEvent({ type: 'Noted', data: {} });
    await Promise.all([toA.appendToStream('x', noted), toB.appendToStream('x', noted)]);
    process.kill(a.pid, 'SIGSTOP');
    process.kill(b.pid, 'SIGSTOP');
    const appends = Promise.allSettled([
      toA.appendToStream('x', jsonEvent({ type: 'Noted', data: {} })),
      toB.appendToStream('x', jsonEvent({ type: 'Noted', data: {} })),
    ]);
    await setImmediate(); // They are under way.
    // All clients share one table of appends: this one's end takes the other's out of it, whose answer then finds nobody.
    await a.kill('SIGKILL');
    await appends;
    process.kill(b.pid, 'SIGCONT');
    expect(await toB.appendToStream('x', noted)).toMatchObject({ success: true });
    await Promise.all([toA.dispose(), toB.dispose()]);
    await Promise.all([a.stop(), b.stop()]);
  });
});

describe('an application whose cluster goes away', () => {
  let dir: string;
  let ports: number[];
  let app: RunningApp | undefined;
  const nodes: TestNode[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cluster-'));
    ports = await freePorts(2);
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
    await Promise.all(nodes.splice(0).map((node) => node.stop()));
    await rm(dir, { recursive: true, force: true });
  });

  const nodeAt = async (port: number): Promise<TestNode> => {
    const node = await startEmbeddedNode({ dir, args: ['--port', String(port)] });
    nodes.push(node);
    return node;
  };
  const url = (protocol = 'esdb') => `${protocol}://${ports.map((port) => `127.0.0.1:${port}`).join(',')}?tls=false`;
  const start = async (store: string): Promise<RunningApp> => {
    app = await startApp({ env: { STORE_URL: store } });
    return app;
  };
  const isReady = async (running: RunningApp) => (await running.call('/health/ready')).status === 200;
  const book = (running: RunningApp, hour: number) =>
    running.call('/v1/patients/pat-1/consultations', {
      ...{ method: 'POST', as: 'pat-1', roles: ['patient'] },
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ clinicianId: 'doc-1', medium: 'video' },
        ...{ scheduledStart: `2036-05-04T${hour}:00:00Z`, scheduledEnd: `2036-05-04T${hour}:30:00Z` },
      }),
    });

  it('before it started is ready as soon as one host answers', async () => {
    const running = await start(url('esdb+discover'));
    expect(await isReady(running)).toBe(false);
    await nodeAt(ports[1] as number);
    await eventually(() => isReady(running), 20_000);
    expect((await book(running, 10)).status).toBe(201);
  }, 60_000);

  it('goes on at another host, with all there was', async () => {
    const first = await nodeAt(ports[0] as number);
    const running = await start(url());
    await eventually(() => isReady(running));
    expect((await book(running, 10)).status).toBe(201);
    await first.kill('SIGKILL');
    await eventually(async () => !(await isReady(running)), 4_000);
    await nodeAt(ports[1] as number);
    await eventually(() => isReady(running), 20_000);
    expect((await book(running, 11)).status).toBe(201);
    const listed = await running.call('/v1/me/consultations', { as: 'pat-1', roles: ['patient'] });
    expect(((await listed.json()) as { items: unknown[] }).items).toHaveLength(2);
  }, 60_000);

  it('notices within seconds that its host hangs, without being asked for anything, and goes on when it is back', async () => {
    const node = await nodeAt(ports[0] as number);
    const running = await start(url());
    await eventually(() => isReady(running));
    process.kill(node.pid, 'SIGSTOP');
    try {
      await eventually(async () => !(await isReady(running)), 3_500);
    } finally {
      process.kill(node.pid, 'SIGCONT');
    }
    await eventually(() => isReady(running), 20_000);
    expect((await book(running, 10)).status).toBe(201);
  }, 60_000);
});
