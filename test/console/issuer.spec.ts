import { io } from 'socket.io-client';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { signingKey, startIssuer } from '../support/issuer.ts';
import { problemIn } from '../support/problem.ts';
import { type AtConsole, atConsole, json } from './browser.ts';
import { CLIENT, type Provider, startProvider } from './provider.ts';

describe('signing in with an issuer', () => {
  let provider: Provider;
  let issuer: string;
  let app: RunningApp;
  beforeAll(async () => {
    provider = await startProvider();
    issuer = provider.issuer;
    app = await startApp({ env: provider.env });
  });
  afterAll(async () => {
    await app?.close();
    provider?.stop();
  });

  /** A browser at the issuer, with its cookies there. */
  const atIssuer = () => {
    const jar = new Map<string, string>();
    /** @returns the address at the console that the issuer leads back to */
    return async (from: string): Promise<URL> => {
      for (let next = new URL(from), hops = 0; hops < 20; hops++) {
        if (next.origin !== issuer) return next;
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
        const response = await fetch(next, { redirect: 'manual', headers: { cookie } });
        for (const line of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          if (value === '') jar.delete(name);
          else jar.set(name, value);
        }
        const location = response.headers.get('location');
        if (!location) throw new Error(`the issuer answered ${response.status}: ${await response.text()}`);
        next = new URL(location, next);
      }
      throw new Error('the issuer leads in circles');
    };
  };
  type AtIssuer = ReturnType<typeof atIssuer>;
  const begin = async (browser: AtConsole, query = '') => {
    const led = await browser.call(`/console/login${query}`);
    return { led, to: new URL(led.headers.get('location') ?? '', app.url) };
  };
  /** Comes back from another site: without the header of the page, and by SameSite without the cookie of the session. */
  const comeBack = async (browser: AtConsole, back: URL) => {
    const { cookie } = browser;
    browser.cookie = undefined;
    const answer = await browser.call(`${back.pathname}${back.search}`, {
      headers: { origin: '', 'x-ledger-console': '', 'sec-fetch-site': 'cross-site' },
    });
    browser.cookie ??= cookie;
    return answer;
  };
  const signIn = async (who: string, { browser = atConsole(app), there = atIssuer(), query = '' } = {}) => {
    const { to } = await begin(browser, query);
    to.searchParams.set('login_hint', who);
    const answer = await comeBack(browser, await there(to.href));
    return { browser, there: there as AtIssuer, answer, location: answer.headers.get('location') };
  };
  const session = async (browser: AtConsole) => (await browser.call('/console/session')).json();

  it('begins a session of the person and the roles that the token has, on the page that was asked for', async () => {
    const { browser, answer, location } = await signIn('on-call-7', {
      query: '?returnTo=/console/incidents/i-1%3Ftab=file',
    });
    expect([answer.status, location]).toEqual([303, '/console/incidents/i-1?tab=file']);
    expect(await session(browser)).toMatchObject({ personId: 'on-call-7', roles: ['on-call'], signIn: 'issuer' });
    expect((await browser.call('/v1/incidents')).status).toBe(200);
    expect((await browser.call('/v1/webhooks')).status).toBe(403);
  });

  it('asks with PKCE, state and nonce, in the name of the client, and tells the browser no secret', async () => {
    const browser = atConsole(app);
    const { led, to } = await begin(browser);
    const asked = Object.fromEntries(to.searchParams);
    expect(asked).toMatchObject({
      ...{ client_id: 'console', response_type: 'code', code_challenge_method: 'S256', scope: 'openid ledger' },
      redirect_uri: `${app.url}/console/callback`,
    });
    for (const each of [asked.state, asked.nonce, asked.code_challenge]) expect(each).toMatch(/^[\w-]{43}$/);
    expect(asked).not.toHaveProperty('max_age');
    const [cookie = ''] = led.headers.getSetCookie();
    expect(cookie).toMatch(/^ledger-login-[\w-]{16}=eyJ[\w.-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toContain(asked.nonce);
    expect(led.headers.getSetCookie()).toHaveLength(1);
  });

  it('gives the browser no token, and the log neither that nor the code', async () => {
    const { browser, answer } = await signIn('officer-1');
    const told = [...answer.headers].join() + JSON.stringify(await session(browser)) + app.logged.join('\n');
    expect(told).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+(?![\w.-])/);
    expect(app.logged.join('\n')).not.toMatch(/code=/);
  });

  it.each([
    'https://evil.example.org/',
    '//evil.example.org/console',
    '/\\evil.example.org',
    '/console/../../evil',
    '/console/%2e%2e/v1/incidents',
    '/console@evil.example.org',
    '/consolex',
    '/docs',
    'console',
    '/console/callback?code=x',
    '/console/login',
    'javascript:alert(1)',
    '/console/\nset-cookie: a=b',
  ])('never leads on to %j', async (returnTo) => {
    const { led } = await begin(atConsole(app), `?returnTo=${encodeURIComponent(returnTo)}`);
    expect(await problemIn(led)).toMatchObject({ status: 400, code: 'validation-failed' });
    expect(led.headers.getSetCookie()).toEqual([]);
  });

  describe('comes to nothing', () => {
    const failed = { status: 303, location: '/console/sign-in?problem=unauthenticated' };
    const outcome = (answer: Response) => ({ status: answer.status, location: answer.headers.get('location') });

    it('in a browser that did not begin it', async () => {
      const { to } = await begin(atConsole(app));
      to.searchParams.set('login_hint', 'officer-1');
      const back = await atIssuer()(to.href);
      const victim = atConsole(app);
      expect(outcome(await comeBack(victim, back))).toEqual(failed);
      expect(victim.cookie).toBeUndefined();
    });

    it('a second time with the same answer', async () => {
      const browser = atConsole(app);
      const { to } = await begin(browser);
      to.searchParams.set('login_hint', 'officer-1');
      const back = await atIssuer()(to.href);
      expect((await comeBack(browser, back)).headers.get('location')).toBe('/console');
      expect(outcome(await comeBack(browser, back))).toEqual(failed);
    });

    it('with the answer to another sign-in of the same browser', async () => {
      const browser = atConsole(app);
      const [one, other] = [await begin(browser), await begin(browser)];
      one.to.searchParams.set('login_hint', 'officer-1');
      const back = await atIssuer()(one.to.href);
      back.searchParams.set('state', other.to.searchParams.get('state') ?? '');
      expect(outcome(await comeBack(browser, back))).toEqual(failed);
      expect(browser.cookie).toBeUndefined();
    });

    it('with a code that the issuer did not give', async () => {
      const browser = atConsole(app);
      const { to } = await begin(browser);
      const back = new URL('/console/callback', app.url);
      back.search = String(new URLSearchParams({ code: 'x', state: to.searchParams.get('state') ?? '', iss: issuer }));
      expect(outcome(await comeBack(browser, back))).toEqual(failed);
    });

    it('where the issuer says no, or the person gave it up', async () => {
      const browser = atConsole(app);
      const { to } = await begin(browser);
      const back = new URL('/console/callback', app.url);
      const state = to.searchParams.get('state') ?? '';
      back.search = String(new URLSearchParams({ error: 'access_denied', state, iss: issuer }));
      expect(outcome(await comeBack(browser, back))).toEqual(failed);
    });

    it('for answers without a sign-in', async () => {
      for (const path of ['/console/callback', '/console/callback?state=x&code=y', '/console/callback?error=x'])
        expect(outcome(await atConsole(app).call(path))).toEqual(failed);
    });
  });

  it('is done in two tabs at once', async () => {
    const browser = atConsole(app);
    const tabs = [await begin(browser, '?returnTo=/console/a'), await begin(browser, '?returnTo=/console/b')];
    const there = atIssuer();
    for (const [i, { to }] of tabs.entries()) {
      to.searchParams.set('login_hint', 'on-call-7');
      const answer = await comeBack(browser, await there(to.href));
      expect(answer.headers.get('location')).toBe(['/console/a', '/console/b'][i]);
    }
    expect((await browser.call('/v1/incidents')).status).toBe(200);
  });

  it('does not exist as a click', async () => {
    expect((await atConsole(app).call('/console/sign-in', json({ role: 'on-call' }))).status).toBe(404);
  });

  describe('once more, for what is dangerous', () => {
    const halt = (browser: AtConsole) => browser.call('/v1/playback/halt', json({ reason: 'drill' }));

    it('is asked of the issuer with an age and a strength, and takes the place of the session before', async () => {
      const { browser, there } = await signIn('on-call-7');
      // A password alone is not what CONSOLE_STEP_UP_ACR asks for.
      expect(await problemIn(await halt(browser))).toMatchObject({ status: 403, code: 'step-up-needed' });
      const before = atConsole(app, browser.cookie);
      const asked = await begin(browser, '?stepUp=1&returnTo=/console/operations');
      expect(Object.fromEntries(asked.to.searchParams)).toMatchObject({ max_age: '300', acr_values: 'mfa' });
      asked.to.searchParams.set('login_hint', 'on-call-7');
      // So that a real person would be asked again.
      asked.to.searchParams.set('prompt', 'login');
      const answer = await comeBack(browser, await there(asked.to.href));
      expect(answer.headers.get('location')).toBe('/console/operations');
      expect((await halt(browser)).status).toBe(200);
      expect((await browser.call('/v1/playback/resume', json({ reason: 'drill' }))).status).toBe(200);
      expect((await before.call('/v1/incidents')).status).toBe(401);
    });

    it('comes to nothing where it was too weak, and the session before goes on', async () => {
      const { browser, there } = await signIn('on-call-7');
      const asked = await begin(browser, '?stepUp=1&returnTo=/console/operations');
      asked.to.searchParams.set('login_hint', 'on-call-7');
      // An issuer that does not hear of strengths.
      asked.to.searchParams.delete('acr_values');
      const answer = await comeBack(browser, await there(asked.to.href));
      expect(answer.headers.get('location')).toBe(
        '/console/sign-in?problem=step-up-needed&returnTo=%2Fconsole%2Foperations&stepUp=1',
      );
      expect((await browser.call('/v1/incidents')).status).toBe(200);
      expect((await halt(browser)).status).toBe(403);
    });
  });

  describe('ends at the issuer', () => {
    const signOut = (query: string) => provider.tell(`/sign-out?${query}`);

    it('and with it every session that was begun with that one, and its sockets', async () => {
      const { browser } = await signIn('on-call-9');
      const { browser: others } = await signIn('on-call-8');
      const socket = io(`${app.url}/on-call`, {
        ...{ transports: ['websocket'], reconnection: false, forceNew: true },
        extraHeaders: { cookie: browser.cookie ?? '', origin: app.url },
      });
      await new Promise((resolve) => socket.once('connect', () => resolve(undefined)));
      const since = performance.now();
      await signOut('sub=on-call-9');
      await eventually(() => !socket.connected || undefined);
      expect(performance.now() - since).toBeLessThan(1_000);
      expect((await browser.call('/v1/incidents')).status).toBe(401);
      expect((await others.call('/v1/incidents')).status).toBe(200);
    });

    it('and not the sessions that were begun with another session there', async () => {
      const { browser } = await signIn('on-call-10');
      await signOut('sub=on-call-10&sid=another');
      expect((await browser.call('/v1/incidents')).status).toBe(200);
    });

    it('also where it names its session alone, and no other ends then', async () => {
      const { browser, there } = await signIn('on-call-11');
      // A second browser of the same person, with a session of its own there.
      const { browser: elsewhere } = await signIn('on-call-11');
      await signOut('sub=on-call-11&only=sid&sid=another');
      const ended = async () => [
        (await browser.call('/v1/incidents')).status,
        (await elsewhere.call('/v1/incidents')).status,
      ];
      expect(await ended()).toEqual([200, 200]);
      await signOut('sub=on-call-11&only=sid');
      expect(await ended()).toEqual([200, 401]);
      // The same session there, once more: it is known already whose it is.
      const { browser: again } = await signIn('on-call-11', { there });
      await signOut('sub=on-call-11&only=sid');
      expect(await ended()).toEqual([401, 401]);
      expect((await again.call('/v1/incidents')).status).toBe(401);
    });

    it('as does a role that is taken away there, with the session: after an hour at most', async () => {
      const { browser } = await signIn('on-call-12');
      await provider.tell('/roles?sub=on-call-12&are=');
      expect((await browser.call('/v1/incidents')).status).toBe(200);
      const { signedInAt, expiresAt } = (await session(browser)) as Record<'signedInAt' | 'expiresAt', string>;
      expect(Date.parse(expiresAt) - Date.parse(signedInAt)).toBeLessThanOrEqual(3_600_000);
      const { browser: anew } = await signIn('on-call-12');
      expect((await anew.call('/v1/incidents')).status).toBe(403);
    });
  });
});

describe('a logout token', () => {
  it('ends nothing unless the issuer made it for this client, as one', async () => {
    const issuer = await startIssuer();
    const key = await signingKey('ES256', 'key');
    issuer.publish(key);
    const app = await startApp({ env: { ...issuer.env, ...CLIENT, CONSOLE_URL: 'http://127.0.0.1:1' } });
    const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
    const now = Math.floor(Date.now() / 1_000);
    const good = { aud: 'console', sub: 'ann', jti: 'j', iat: now, events: { [EVENT]: {} } };
    const tell = (token: string) =>
      app.call('/console/backchannel-logout', { method: 'POST', body: new URLSearchParams({ logout_token: token }) });
    try {
      expect((await tell(await issuer.sign(key, good))).status).toBe(200);
      const wrong = {
        ...{ audience: { ...good, aud: 'ledger' }, issuer: { ...good, iss: 'https://evil.example.org' } },
        ...{ old: { ...good, exp: now - 60 }, nonce: { ...good, nonce: 'n' }, events: { ...good, events: {} } },
        ...{
          noEvents: { ...good, events: undefined },
          noPerson: { ...good, sub: undefined },
          noId: { ...good, jti: undefined },
        },
      };
      for (const [what, claims] of Object.entries(wrong)) {
        const answer = await tell(await issuer.sign(key, claims));
        expect([what, (await problemIn(answer)).code]).toEqual([what, 'unauthenticated']);
      }
      expect((await tell(await issuer.sign(await signingKey('ES256', 'key'), good))).status).toBe(401);
      expect((await tell('letmein')).status).toBe(401);
      const form = await app.call('/v1/hooks/media', { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
      expect(form.status).toBe(415);
    } finally {
      await app.close();
      await issuer.close();
    }
  });
});

describe('an issuer that is away', () => {
  it('is said on the page of the sign-in, and no one is signed in', async () => {
    const issuer = await startIssuer();
    const app = await startApp({ env: { ...issuer.env, ...CLIENT, CONSOLE_URL: 'http://127.0.0.1:1' } });
    try {
      issuer.behave('down');
      const answer = await atConsole(app).call('/console/login?returnTo=/console/review&stepUp=1');
      expect([answer.status, answer.headers.get('location'), answer.headers.getSetCookie()]).toEqual([
        ...[303, '/console/sign-in?problem=identity-provider-unavailable&returnTo=%2Fconsole%2Freview&stepUp=1', []],
      ]);
    } finally {
      await app.close();
      await issuer.close();
    }
  });
});
