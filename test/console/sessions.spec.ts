import { hkdfSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { io, type Socket } from 'socket.io-client';
import { accountStreams } from '../../events/categories.ts';
import { ConsoleSessions } from '../../src/auth/console-sessions.ts';
import { TokenVerifier } from '../../src/auth/token-verifier.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { CallerWitness } from '../../src/second-key/caller.ts';
import { send } from '../access/scene.ts';
import { recorded } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { problemIn } from '../support/problem.ts';
import { type AtConsole, atConsole, json, signedIn } from './browser.ts';

const SECRET = 'a secret of this test, which no other has';
const key = (use: string) => new Uint8Array(hkdfSync('sha256', SECRET, '', use, 32));

describe('a console session', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({ env: { CONSOLE_SESSION_SECRET: SECRET } });
  });
  afterAll(() => app?.close());

  it.each([
    ['on-call', 200, 403],
    ['compliance', 200, 200],
    ['patient', 403, 403],
  ] as const)('of the role %s opens what that role opens, and nothing else', async (role, incidents, releases) => {
    const browser = await signedIn(app, role);
    expect((await browser.call('/v1/incidents')).status).toBe(incidents);
    expect((await browser.call('/v1/webhooks')).status).toBe(releases);
    expect((await browser.call('/v1/feed')).status).toBe(403);
  });

  it('speaks for its own person alone', async () => {
    const [ann, ben] = [await signedIn(app, 'patient', 'pat-ann'), await signedIn(app, 'patient', 'pat-ben')];
    const slot = { scheduledStart: '2036-05-04T09:00:00Z', scheduledEnd: '2036-05-04T09:30:00Z' };
    const booked = await ann.call(
      '/v1/patients/pat-ann/consultations',
      json({ clinicianId: 'doc-1', ...slot, medium: 'video' }),
    );
    expect(booked.status).toBe(201);
    const mine = (browser: AtConsole) => browser.call('/v1/me/consultations').then((answer) => answer.json());
    expect(await mine(ann)).toMatchObject({ items: [{ patientId: 'pat-ann' }] });
    expect(await mine(ben)).toMatchObject({ items: [] });
    expect((await ben.call(booked.headers.get('location') ?? '')).status).toBe(404);
  });

  it.each<[string, Record<string, string>]>([
    ['without the header of the page', { 'x-ledger-console': '' }],
    ['with another value in it', { 'x-ledger-console': 'yes' }],
    ['from a page of another site', { origin: 'https://evil.example.org', 'sec-fetch-site': 'cross-site' }],
    ['from another origin of the same site', { 'sec-fetch-site': 'same-site' }],
    ['from another port', { origin: 'http://127.0.0.1:1' }],
    ['from a page without an origin', { origin: 'null' }],
  ])('counts for nothing %s', async (_, headers) => {
    const browser = await signedIn(app, 'on-call');
    expect(await problemIn(await browser.call('/v1/incidents', { headers }))).toMatchObject({
      code: 'unauthenticated',
    });
    expect((await browser.call('/console/session', { headers })).status).toBe(401);
  });

  it('changes nothing for a browser that does not say which page asks', async () => {
    const browser = await signedIn(app, 'on-call');
    const unsaid = { origin: '', 'sec-fetch-site': '' };
    expect((await browser.call('/v1/incidents', { headers: unsaid })).status).toBe(200);
    const halted = json({ reason: 'drill' });
    const answer = await browser.call('/v1/playback/halt', {
      ...halted,
      headers: { ...(halted.headers as object), ...unsaid },
    });
    expect(answer.status).toBe(401);
    expect(await (await browser.call('/v1/playback')).json()).toMatchObject({ halted: false });
  });

  it('never weakens a token: where there is one it alone is the caller', async () => {
    const browser = await signedIn(app, 'compliance');
    const ask = (authorization: string) => browser.call('/v1/webhooks', { headers: { authorization } });
    expect((await ask(`Bearer ${await app.token('pat-1', ['patient'])}`)).status).toBe(403);
    expect((await ask('Bearer letmein')).status).toBe(401);
    expect((await ask('Basic YTpi')).status).toBe(401);
    expect((await ask(`Bearer ${await app.token('officer-2', ['compliance'])}`)).status).toBe(200);
    const patient = await signedIn(app, 'patient');
    const officer = `Bearer ${await app.token('officer-2', ['compliance'])}`;
    expect((await patient.call('/v1/webhooks', { headers: { authorization: officer } })).status).toBe(200);
  });

  it('is none where a request brings two of them', async () => {
    const [one, other] = [await signedIn(app, 'on-call'), await signedIn(app, 'compliance')];
    const both = atConsole(app, `${one.cookie}; ${other.cookie}`);
    expect((await both.call('/v1/incidents')).status).toBe(401);
  });

  it('plays a view to its own viewer, where no view’s cookie came along', async () => {
    const here = await recorded(app);
    const viewer = await signedIn(app, 'patient', here.patientId);
    const opened = await viewer.call(`${here.recordingPath}/views`, json({ purpose: 'patient-request' }));
    const { contentUrl } = (await opened.json()) as { contentUrl: string };
    expect((await viewer.call(contentUrl)).status).toBe(200);
    const stranger = await signedIn(app, 'patient', 'pat-stranger');
    expect((await stranger.call(contentUrl)).status).toBe(404);
    expect((await viewer.call(contentUrl, { headers: { 'x-ledger-console': '' } })).status).toBe(401);
  });

  it('is none under the name of another kind of cookie', async () => {
    const { cookie = '' } = await signedIn(app, 'compliance');
    for (const name of ['__Host-ledger', 'view', 'ledgers', 'LEDGER'])
      expect((await atConsole(app, cookie.replace('ledger', name)).call('/v1/incidents')).status).toBe(401);
  });

  /** The cookie with other contents, sealed with the real key as only this application could. */
  const resealed = async (cookie: string, change: (session: Record<string, unknown>) => object, typ?: string) => {
    const { plaintext, protectedHeader } = await compactDecrypt(cookie.replace('ledger=', ''), key('console session'));
    const changed = {
      ...JSON.parse(Buffer.from(plaintext).toString()),
      ...change(JSON.parse(String(Buffer.from(plaintext)))),
    };
    return `ledger=${await new CompactEncrypt(Buffer.from(JSON.stringify(changed)))
      .setProtectedHeader({ ...protectedHeader, ...(typ && { typ }) } as never)
      .encrypt(key('console session'))}`;
  };

  it.each<[string, (cookie: string) => Promise<string> | string]>([
    ['cut off', (cookie) => cookie.slice(0, -8)],
    ['changed', (cookie) => `${cookie.slice(0, -30)}${cookie.at(-30) === 'A' ? 'B' : 'A'}${cookie.slice(-29)}`],
    ['no JWE', () => 'ledger=letmein'],
    ['empty', () => 'ledger='],
    [
      'sealed with another key',
      async (cookie) => {
        const { plaintext, protectedHeader } = await compactDecrypt(
          cookie.replace('ledger=', ''),
          key('console session'),
        );
        return `ledger=${await new CompactEncrypt(plaintext).setProtectedHeader(protectedHeader as never).encrypt(key('x'))}`;
      },
    ],
    ['of another type', (cookie) => resealed(cookie, () => ({}), 'console-login')],
    ['with a field that sessions do not have', (cookie) => resealed(cookie, () => ({ admin: true }))],
    ['idle for too long', (cookie) => resealed(cookie, () => ({ idle: Math.floor(Date.now() / 1_000) - 60 }))],
    ['over', (cookie) => resealed(cookie, () => ({ ends: Math.floor(Date.now() / 1_000) - 60 }))],
    ['that was never begun', (cookie) => resealed(cookie, () => ({ id: 'session-of-no-one' }))],
  ])('is refused when it is one %s', async (_, forge) => {
    const { cookie = '' } = await signedIn(app, 'compliance');
    const forged = atConsole(app, await forge(cookie));
    expect(await problemIn(await forged.call('/v1/webhooks'))).toMatchObject({ code: 'unauthenticated' });
    expect((await forged.call('/console/session')).status).toBe(401);
  });

  it.each<[string, object]>([
    ['another person', { person: 'officer-9' }],
    ['more roles', { roles: ['on-call', 'compliance'] }],
    ['other roles', { roles: ['compliance'] }],
  ])(
    'that the first key takes for %s is stopped by the second, which believes only what it wrote itself',
    async (_, change) => {
      const { cookie = '' } = await signedIn(app, 'on-call', 'on-call-7');
      const wrong = atConsole(app, await resealed(cookie, () => change));
      const answer = await wrong.call('/v1/incidents');
      expect([401, 500]).toContain(answer.status);
      expect(await answer.text()).not.toContain('items');
      expect((await wrong.call('/console/session')).status).toBe(401);
    },
  );

  it('of one person with the second key’s word on another is none', async () => {
    const [ann, ben] = [
      await signedIn(app, 'on-call', 'on-call-ann'),
      await signedIn(app, 'compliance', 'officer-ben'),
    ];
    const { plaintext } = await compactDecrypt((ben.cookie ?? '').replace('ledger=', ''), key('console session'));
    const { witness } = JSON.parse(Buffer.from(plaintext).toString());
    const mixed = atConsole(app, await resealed(ann.cookie ?? '', () => ({ witness })));
    expect((await mixed.call('/v1/incidents')).ok).toBe(false);
  });

  it('is over everywhere once the person signs out, also for whoever copied the cookie', async () => {
    const browser = await signedIn(app, 'on-call');
    const copy = atConsole(app, browser.cookie);
    expect((await copy.call('/v1/incidents')).status).toBe(200);
    await browser.call('/console/logout', { method: 'POST' });
    expect((await copy.call('/v1/incidents')).status).toBe(401);
    expect((await copy.call('/console/session')).status).toBe(401);
  });

  it('takes the place of the one before in the same browser', async () => {
    const browser = await signedIn(app, 'on-call');
    const before = atConsole(app, browser.cookie);
    await browser.call('/console/sign-in', json({ role: 'compliance' }));
    expect((await before.call('/v1/incidents')).status).toBe(401);
    expect((await browser.call('/v1/webhooks')).status).toBe(200);
  });

  it('is on record with ids alone, from its beginning to its end', async () => {
    const browser = await signedIn(app, 'on-call', 'on-call-record');
    await browser.call('/console/logout', { method: 'POST' });
    const { plaintext } = await compactDecrypt(
      ((await signedIn(app, 'on-call', 'on-call-record')).cookie ?? '').replace('ledger=', ''),
      key('console session'),
    );
    const { account } = JSON.parse(Buffer.from(plaintext).toString());
    const events = [];
    for await (const { type, data, metadata } of app.app.get(Ledger).store.read(accountStreams.of(account)))
      events.push({ type, data, actor: metadata.actor });
    expect(events).toMatchObject([
      {
        type: 'SessionBegan',
        data: { personId: 'on-call-record', by: 'development' },
        actor: { id: 'on-call-record' },
      },
      { type: 'SessionEnded', data: { personId: 'on-call-record', reason: 'signed-out' } },
      { type: 'SessionBegan' },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/eyJ/);
    expect(app.logged.join('\n')).not.toMatch(/ledger=eyJ/);
  });

  it('lives on while a person does something, and not while only the page does', async () => {
    const browser = await signedIn(app, 'on-call');
    const idle = Math.floor(Date.now() / 1_000) + 600;
    browser.cookie = await resealed(browser.cookie ?? '', () => ({ idle }));
    const asked = await browser.call('/v1/incidents', { headers: { 'x-ledger-console': 'background' } });
    expect([asked.status, asked.headers.getSetCookie()]).toEqual([200, []]);
    const acted = await browser.call('/v1/incidents');
    expect(acted.headers.getSetCookie().join()).toMatch(/^ledger=eyJ.*; HttpOnly; SameSite=Strict$/);
    const { idleUntil } = (await (await browser.call('/console/session')).json()) as { idleUntil: string };
    expect(Date.parse(idleUntil)).toBeGreaterThan((idle + 900) * 1_000);
    // And the next moment there is nothing to write anew.
    expect((await browser.call('/v1/incidents')).headers.getSetCookie()).toEqual([]);
  });

  describe('and what is dangerous', () => {
    const since = (secondsAgo: number) => () => ({ since: Math.floor(Date.now() / 1_000) - secondsAgo });

    it('asks for a sign-in of the last five minutes', async () => {
      const browser = await signedIn(app, 'on-call', 'on-call-late');
      const fresh = browser.cookie ?? '';
      browser.cookie = await resealed(fresh, since(400));
      const halt = () => browser.call('/v1/playback/halt', json({ reason: 'drill' }));
      expect(await problemIn(await halt())).toMatchObject({ status: 403, code: 'step-up-needed' });
      expect(await (await browser.call('/v1/playback')).json()).toMatchObject({ halted: false });
      // What is not dangerous is done as ever.
      expect((await browser.call('/v1/playback/resume', json({ reason: 'drill' }))).status).toBe(200);
      browser.cookie = await resealed(fresh, () => ({ strong: false }));
      expect((await halt()).status).toBe(403);
      await browser.call('/console/sign-in', json({ role: 'on-call', personId: 'on-call-late' }));
      expect((await halt()).status).toBe(200);
      expect((await browser.call('/v1/playback/resume', json({ reason: 'drill' }))).status).toBe(200);
    });

    it.each([
      ['compliance', '/v1/patients/p/consultations/c/recordings/r/release', { reason: 'reviewed' }],
      ['compliance', '/v1/patients/p/consultations/c/recordings/r/erase', { reason: 'asked' }],
      ['compliance', '/v1/exports/e/approve', {}],
      ['compliance', '/v1/rules/probing/changes/c/approve', {}],
      ['on-call', '/v1/incidents/i/contain', { scope: 'all' }],
      ['on-call', '/v1/incidents/i/contain', { scope: 'release' }],
    ] as const)('is, for the role %s, %s with %j', async (role, path, body) => {
      const browser = await signedIn(app, role);
      browser.cookie = await resealed(browser.cookie ?? '', since(400));
      expect(await problemIn(await browser.call(path, json(body)))).toMatchObject({ code: 'step-up-needed' });
      // A token has no sign-in that could be recent.
      const token = await send(app, 'POST', path, { as: 'officer-9', roles: [role], body });
      expect(token.status).not.toBe(403);
    });

    it.each([{ scope: 'views' }, { scope: 'viewer' }, { scope: 'all', preview: true }])(
      'is no containment of %j',
      async (body) => {
        const browser = await signedIn(app, 'on-call');
        browser.cookie = await resealed(browser.cookie ?? '', since(400));
        expect((await browser.call('/v1/incidents/i/contain', json(body))).status).toBe(404);
      },
    );
  });

  describe('on a socket', () => {
    const sockets: Socket[] = [];
    afterEach(() => {
      for (const socket of sockets.splice(0)) socket.disconnect();
    });
    const connect = async (namespace: string, headers: Record<string, string>, auth: object = {}) => {
      const socket = io(`${app.url}${namespace}`, {
        ...{ transports: ['websocket'], reconnection: false, forceNew: true, extraHeaders: headers, auth },
      });
      sockets.push(socket);
      const said = new Promise<string>((resolve) => {
        socket.once('connect', () => resolve('connected'));
        socket.once('connect_error', (error) => resolve((error as { data?: { code?: string } }).data?.code ?? 'cut'));
      });
      return { socket, said: await said };
    };
    const own = () => ({ origin: new URL(app.url).origin });

    it('lets a person hear what their roles let them hear', async () => {
      const browser = await signedIn(app, 'on-call');
      const headers = { ...own(), cookie: browser.cookie ?? '' };
      const heard = new Promise((resolve) => {
        const socket = io(`${app.url}/on-call`, {
          ...{ transports: ['websocket'], reconnection: false, forceNew: true, extraHeaders: headers },
        });
        sockets.push(socket);
        socket.once('breach.open', resolve);
      });
      expect(await heard).toBeDefined();
      expect((await connect('/compliance', headers)).said).toBe('forbidden');
    });

    it.each<[string, Record<string, string>]>([
      ['of another origin', { origin: 'https://evil.example.org' }],
      ['that does not say where it comes from', {}],
    ])('is none for a page %s', async (_, headers) => {
      const browser = await signedIn(app, 'on-call');
      expect((await connect('/on-call', { ...headers, cookie: browser.cookie ?? '' })).said).toBe('unauthenticated');
    });

    it('is none beside a token, whatever that is worth', async () => {
      const browser = await signedIn(app, 'on-call');
      const headers = { ...own(), cookie: browser.cookie ?? '' };
      expect((await connect('/on-call', headers, { token: 'letmein' })).said).toBe('unauthenticated');
      expect((await connect('/on-call', headers, { token: await app.token('pat-1', ['patient']) })).said).toBe(
        'forbidden',
      );
    });

    it('is cut within a second after the session ended, and stays out', async () => {
      const browser = await signedIn(app, 'on-call');
      const headers = { ...own(), cookie: browser.cookie ?? '' };
      const { socket, said } = await connect('/on-call', headers);
      expect(said).toBe('connected');
      const other = await connect('/on-call', { ...own(), cookie: (await signedIn(app, 'on-call')).cookie ?? '' });
      const since = performance.now();
      await browser.call('/console/logout', { method: 'POST' });
      await eventually(() => !socket.connected || undefined);
      expect(performance.now() - since).toBeLessThan(1_000);
      expect((await connect('/on-call', headers)).said).toBe('unauthenticated');
      expect(other.socket.connected).toBe(true);
    });
  });
});

describe('sessions on two instances', () => {
  it('are the same, and end on both', async () => {
    const one = await startApp({ env: { CONSOLE_SESSION_SECRET: SECRET } });
    const store = one.config.storeUrl ?? '';
    const other = await startApp({
      env: { CONSOLE_SESSION_SECRET: SECRET, STORE_URL: store, DATA_DIR: one.config.dataDir },
    });
    try {
      const browser = await signedIn(one, 'on-call');
      const there = atConsole(other, browser.cookie);
      expect((await there.call('/v1/incidents')).status).toBe(200);
      const since = performance.now();
      await browser.call('/console/logout', { method: 'POST' });
      await eventually(async () => (await there.call('/v1/incidents')).status === 401 || undefined);
      expect(performance.now() - since).toBeLessThan(1_000);
    } finally {
      await other.close();
      await one.close();
    }
  });
});

describe('without the ledger’s word', () => {
  it('there is no session, for either key', async () => {
    const app = await startApp({ env: { CONSOLE_SESSION_SECRET: SECRET } });
    try {
      const { cookie = '' } = await signedIn(app, 'compliance');
      const headers = { cookie, 'x-ledger-console': '1', 'sec-fetch-site': 'same-origin' };
      const alone = await ConsoleSessions.create(app.config);
      expect(await alone.ofRequest(headers, false, Date.now())).toBeUndefined();
      expect(await new CallerWitness(app.config).establish({ ...headers, url: '/v1/incidents' })).toBeUndefined();
      expect(await app.app.get(CallerWitness).establish({ ...headers, url: '/v1/incidents' })).toMatchObject({
        id: 'officer-1',
      });
      expect(app.app.get(TokenVerifier)).toBeDefined();
    } finally {
      await app.close();
    }
  });
});
