import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, Manager, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type { Role } from '../../src/request/actor.ts';
import { scene, send, witness } from '../access/scene.ts';
import { type AppSetup, type RunningApp, startApp } from '../support/app.ts';
import { eventually, patience } from '../support/eventually.ts';

const sockets: Socket[] = [];
const apps: RunningApp[] = [];
const start = async (setup?: AppSetup): Promise<RunningApp> => {
  const app = await startApp(setup);
  apps.push(app);
  return app;
};
let app: RunningApp;
/** Begun before all tests and looked at after them: these connections are closed when they have been there for long enough. */
let lingering: Promise<number[]>;
let staying: Socket;
beforeAll(async () => {
  app = await startApp();
  staying = await connected(app, '/me', person('pat'), ['patient']);
  sockets.pop(); // Not one that ends with a test.
  lingering = linger(await app.token(person('pat'), ['patient']));
});
afterAll(async () => {
  staying.disconnect();
  await app.close();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect();
  for (const one of apps.splice(0)) await one.close();
});

type Options = Partial<ManagerOptions & SocketOptions>;

const open = ({ url }: RunningApp, namespace: string, token: unknown, options: Options = {}): Socket => {
  const socket = io(`${url}${namespace}`, {
    auth: { token },
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    ...options,
  });
  sockets.push(socket);
  return socket;
};

type Outcome = 'connected' | string;

/** `connected`, or the code of the refusal, or what the connection itself came to. */
const outcome = (socket: Socket): Promise<Outcome> =>
  new Promise((resolve) => {
    socket.once('connect', () => resolve('connected'));
    socket.once('connect_error', (error: Error & { data?: { code: string } }) =>
      resolve(error.data?.code ?? error.message),
    );
  });

const connected = async (from: RunningApp, namespace: string, id: string, roles: readonly Role[], ttl?: number) => {
  const socket = open(from, namespace, await from.token(id, roles, ttl));
  expect(await outcome(socket)).toBe('connected');
  return socket;
};

const person = (kind: string) => `${kind}-${randomUUID().slice(0, 8)}`;

/**
 * How long connections stay open that are in no namespace, in ms. A socket.io client hangs up by itself; these keep the connection as
 * long as they may.
 */
const linger = (token: string): Promise<number[]> =>
  Promise.all(
    ['', '0', `0/nowhere,`, '0/me,{"token":"a.b.c"}', `0/me,{"token":"${token}"}`].map(
      (first) =>
        new Promise<number>((resolve) => {
          const manager = new Manager(app.url, { transports: ['websocket'], reconnection: false, autoConnect: false });
          manager.open(() => {
            const since = Date.now();
            if (first !== '') manager.engine.write(first);
            // Leaves again, if it got in.
            manager.engine.write('1/me,');
            manager.engine.once('close', () => resolve(Date.now() - since));
          });
        }),
    ),
  );

describe('connecting a socket', () => {
  it('is for /me, /on-call and /compliance alone', async () => {
    const token = await app.token(person('pat'), ['patient']);
    expect(await outcome(open(app, '', token))).toBe('route-not-found');
    expect(await outcome(open(app, '/nowhere', token))).toBe('Invalid namespace');
  });

  it('with bad tokens counts against the address as requests with bad tokens do', async () => {
    const limited = await start({ env: { RATE_LIMIT_PER_MINUTE: '3' } });
    const forged = () => limited.call('/v1/me/consultations', { headers: { authorization: 'Bearer a.b.c' } });
    expect((await forged()).status).toBe(401);
    expect(await outcome(open(limited, '/me', 'a.b.c'))).toBe('unauthenticated');
    expect(await outcome(open(limited, '/on-call', undefined))).toBe('unauthenticated');
    const blocked = open(limited, '/me', 'a.b.c');
    const cut = new Promise<void>((resolve) => blocked.io.on('close', () => resolve()));
    expect(await outcome(blocked)).toBe('rate-limited');
    await cut;
    expect((await forged()).status).toBe(429);
    // Somebody with a good token comes in from there all the same.
    await connected(limited, '/me', 'pat-1', ['patient']);
  });

  it('goes by the address that a trusted proxy names', async () => {
    const limited = await start({ env: { RATE_LIMIT_PER_MINUTE: '1', TRUST_PROXY: '127.0.0.0/8' } });
    const from = (address: string) =>
      outcome(open(limited, '/me', 'a.b.c', { extraHeaders: { 'x-forwarded-for': `198.51.100.7, ${address}` } }));
    expect([await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.2')]).toEqual([
      'unauthenticated',
      'rate-limited',
      'unauthenticated',
    ]);
  });

  it('is bounded for each person, over all namespaces', async () => {
    const bounded = await start({ env: { SOCKETS_PER_PERSON: '2' } });
    const one = await connected(bounded, '/me', 'oncall-1', ['on-call']);
    await connected(bounded, '/on-call', 'oncall-1', ['on-call']);
    expect(await outcome(open(bounded, '/me', await bounded.token('oncall-1', ['on-call'])))).toBe('rate-limited');
    await connected(bounded, '/me', 'oncall-2', ['on-call']);
    one.disconnect();
    await eventually(
      async () => (await outcome(open(bounded, '/me', await bounded.token('oncall-1')))) === 'connected',
    );
  });

  it.each([
    ['address', { SOCKETS_PER_ADDRESS: '2' }],
    ['instance', { SOCKETS_MAX: '2' }],
  ])('is bounded for each %s, whoever it is', async (_, env) => {
    const bounded = await start({ env });
    const first = await connected(bounded, '/me', 'pat-1', ['patient']);
    await connected(bounded, '/me', 'pat-2', ['patient']);
    expect(await outcome(open(bounded, '/me', await bounded.token('pat-3')))).toBe('websocket error');
    first.disconnect();
    await eventually(async () => (await outcome(open(bounded, '/me', await bounded.token('pat-3')))) === 'connected');
  });
});

describe('what a socket asks for', () => {
  const acknowledge = (socket: Socket, body: unknown = { breachId: 'view-none' }) =>
    socket.timeout(60_000).emitWithAck('acknowledge', body) as Promise<{ ok: boolean; code?: string }>;

  it('counts with the requests of the same person', async () => {
    const limited = await start({ env: { RATE_LIMIT_PER_MINUTE: '4' } });
    const socket = await connected(limited, '/on-call', 'oncall-1', ['on-call']);
    expect((await limited.call('/v1/playback', { as: 'oncall-1', roles: ['on-call'] })).status).toBe(200);
    expect(await acknowledge(socket)).toMatchObject({ code: 'breach-not-found' });
    // One that nobody listens to is counted, too.
    socket.emit('nonsense', { a: 1 });
    expect(await acknowledge(socket)).toMatchObject({ ok: false, code: 'rate-limited' });
    expect((await limited.call('/v1/playback', { as: 'oncall-1', roles: ['on-call'] })).status).toBe(429);
    expect((await limited.call('/v1/playback', { as: 'oncall-2', roles: ['on-call'] })).status).toBe(200);
    expect(socket.connected).toBe(true);
  });

  it('is done one after the other, and a burst of it holds up nobody else', async () => {
    const breachId: string = (await witness(app, await scene(app), person('pat'))).body.viewId;
    await eventually(
      async () =>
        (await send(app, 'GET', `/v1/breaches/${breachId}`, { as: 'oncall-1', roles: ['on-call'] })).status === 200,
    );
    const socket = await connected(app, '/on-call', 'oncall-1', ['on-call']);
    let underWay = true;
    const burst = Promise.all(Array.from({ length: 1_000 }, () => acknowledge(socket, { breachId }))).finally(() => {
      underWay = false;
    });
    const other = person('pat');
    const waited: number[] = [];
    do {
      const asked = performance.now();
      expect((await app.call('/v1/me/consultations', { as: other, roles: ['patient'] })).status).toBe(200);
      waited.push(performance.now() - asked);
    } while (underWay);
    const answers = await burst;
    expect(Math.max(...waited)).toBeLessThan(2_000 * patience());
    expect(answers.filter(({ ok }) => ok).length).toBeGreaterThan(0);
    expect(new Set(answers.filter(({ ok }) => !ok).map(({ code }) => code))).toEqual(new Set(['rate-limited']));
    expect(await acknowledge(socket, { breachId })).toEqual({ ok: true });
  });
});

describe('a token that ends', () => {
  const listening = (socket: Socket) => {
    const heard: { expiresAt: string }[] = [];
    socket.on('token.expiring', (told) => heard.push(told));
    return heard;
  };
  const renew = (socket: Socket, body: unknown) =>
    socket.emitWithAck('token.renew', body) as Promise<{ ok: boolean; code?: string; expiresAt?: string }>;

  it.each([
    ['/me', ['patient']],
    ['/on-call', ['on-call']],
    ['/compliance', ['compliance']],
  ] as const)('is announced on %s, and the socket stays with the next one', async (namespace, roles) => {
    const id = person('somebody');
    const started = Date.now();
    const socket = open(app, namespace, await app.token(id, roles, 4));
    const heard = listening(socket);
    expect(await outcome(socket)).toBe('connected');
    const { expiresAt } = await eventually(() => heard[0]);
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
    expect(Date.parse(expiresAt)).toBeLessThanOrEqual(started + 5_000);
    const renewed = await renew(socket, { token: await app.token(id, roles, 300) });
    expect(renewed).toEqual({ ok: true, expiresAt: expect.any(String) });
    expect(Date.parse(renewed.expiresAt ?? '')).toBeGreaterThan(started + 290_000);
    await eventually(() => Date.now() > Date.parse(expiresAt) + 1_000);
    expect(socket.connected).toBe(true);
    expect(heard).toHaveLength(1);
  });

  it('is not followed by one of another person, without the role, or of nobody', async () => {
    const id = person('oncall');
    const socket = await connected(app, '/on-call', id, ['on-call'], 4);
    const attempts: [unknown, string][] = [
      [{ token: await app.token(person('oncall'), ['on-call']) }, 'forbidden'],
      [{ token: await app.token(id, ['patient']) }, 'forbidden'],
      [{ token: await app.token(id, ['on-call'], -60) }, 'unauthenticated'],
      [{ token: 'a.b.c' }, 'unauthenticated'],
      [{ token: '' }, 'validation-failed'],
      ['a.b.c', 'validation-failed'],
    ];
    for (const [body, code] of attempts) expect(await renew(socket, body)).toMatchObject({ ok: false, code });
    expect(socket.connected).toBe(true);
    await eventually(() => !socket.connected);
  });

  it('cuts the connection, and an on-call screen comes back by itself with a fresh one', async () => {
    const lists: unknown[] = [];
    const flagged: { breachId: string }[] = [];
    let fresh = 0;
    const socket = io(`${app.url}/on-call`, {
      auth: (give) => {
        fresh += 1;
        void app.token('oncall-1', ['on-call'], 2).then((token) => give({ token }));
      },
      transports: ['websocket'],
      reconnectionDelay: 50,
      forceNew: true,
    });
    sockets.push(socket);
    const reasons: string[] = [];
    socket.on('disconnect', (reason) => reasons.push(reason));
    socket.on('breach.open', (open) => lists.push(open));
    socket.on('breach.flagged', (item) => flagged.push(item));
    await eventually(() => lists.length >= 3, 20_000);
    expect(fresh).toBeGreaterThanOrEqual(3);
    expect(new Set(reasons)).toEqual(new Set(['transport close']));
    const { viewId } = (await witness(app, await scene(app), person('pat'))).body;
    await eventually(
      () => flagged.some(({ breachId }) => breachId === viewId) || JSON.stringify(lists).includes(viewId),
    );
  });
});

describe('a restart', () => {
  it('is something that a screen comes back from by itself', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'ledger-sockets-'));
    try {
      const before = await startApp({ env: { DATA_DIR: dataDir } });
      const socket = open(before, '/me', await before.token('pat-1', ['patient']), {
        reconnection: true,
        reconnectionDelay: 50,
        reconnectionDelayMax: 200,
      });
      let times = 0;
      const reasons: string[] = [];
      socket.on('connect', () => {
        times += 1;
      });
      socket.on('disconnect', (reason) => reasons.push(reason));
      await eventually(() => times === 1);
      await before.close();
      await start({ env: { DATA_DIR: dataDir, PORT: new URL(before.url).port } });
      await eventually(() => times === 2, 20_000);
      expect(reasons).not.toContain('io server disconnect');
    } finally {
      for (const one of apps.splice(0)) await one.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

describe('a connection that is in no namespace', () => {
  it('is closed, and one that is in one stays', async () => {
    for (const ms of await lingering) expect(ms).toBeLessThan(15_000);
    expect(staying.connected).toBe(true);
  });
});
