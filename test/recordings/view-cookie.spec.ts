import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, UnsecuredJWT } from 'jose';
import { ViewCookies } from '../../src/auth/view-cookies.ts';
import { readConfig } from '../../src/config/config.ts';
import { send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { opened, recorded } from './recorded.ts';

const SECRET = 'a secret of more than thirty-two characters';
const pair = (setCookie: string) => setCookie.split(';')[0] ?? '';

describe('the cookie of a view', () => {
  const now = Date.now();
  const pass = { viewId: 'view-1', viewerId: 'pat-1', expiresAt: new Date(now + 60_000) };
  const cookies = (secret = SECRET) => ViewCookies.create(readConfig({ VIEW_COOKIE_SECRET: secret }));

  it('is for one view and one viewer, and for no script, other site or other path', async () => {
    const cookie = (await cookies()).issue(pass, now, true);
    expect(cookie.split('; ').slice(1)).toEqual([
      'Path=/v1/views/view-1/content',
      'Max-Age=60',
      'HttpOnly',
      'SameSite=Strict',
      'Secure',
    ]);
    const verified = await (await cookies()).verify(`other=1; ${pair(cookie)}`, 'view-1');
    expect(verified?.actor).toEqual({ id: 'pat-1', roles: [] });
    expect(await (await cookies()).verify(pair(cookie), 'view-2')).toBeUndefined();
    expect(await (await cookies(`${SECRET}!`)).verify(pair(cookie), 'view-1')).toBeUndefined();
  });

  it('is over when the view is', async () => {
    const old = (await cookies()).issue({ ...pass, expiresAt: new Date(now - 1_000) }, now, false);
    expect(old).toContain('Max-Age=0');
    expect(await (await cookies()).verify(pair(old), 'view-1')).toBeUndefined();
  });

  it('is nothing that anybody else made or that was made for something else', async () => {
    const verify = async (value: string) => (await cookies()).verify(`view=${value}`, 'view-1');
    const claims = { sub: 'pat-1', aud: 'view-1', exp: Math.floor(now / 1_000) + 60 };
    const sign = (typ: string, payload: object) =>
      new SignJWT({ ...payload }).setProtectedHeader({ alg: 'HS256', typ }).sign(new TextEncoder().encode(SECRET));
    expect(await verify(await sign('view-pass', claims))).toBeDefined();
    expect(await verify(await sign('JWT', claims))).toBeUndefined();
    expect(await verify(await sign('view-pass', { ...claims, exp: undefined }))).toBeUndefined();
    expect(await verify(await sign('view-pass', { ...claims, sub: '$all' }))).toBeUndefined();
    expect(await verify(new UnsecuredJWT(claims).encode())).toBeUndefined();
    for (const value of ['', 'x', 'a.b.c', `${'x'.repeat(5_000)}`]) expect(await verify(value)).toBeUndefined();
  });

  it('is signed with a secret of the data folder where none is configured, kept for its owner alone', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'cookie-secret-'));
    try {
      const config = readConfig({ DATA_DIR: dataDir });
      const [one, other] = await Promise.all([ViewCookies.create(config), ViewCookies.create(config)]);
      expect(await other.verify(pair(one.issue(pass, now, true)), 'view-1')).toBeDefined();
      expect(await readdir(dataDir)).toEqual(['view-cookie-secret']);
      expect((await stat(join(dataDir, 'view-cookie-secret'))).mode & 0o777).toBe(0o600);
    } finally {
      await rm(dataDir, { recursive: true });
    }
  });
});

describe('playing with the cookie alone', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({ env: { RELEASE_TIMEOUT_MS: '20000', TRUST_PROXY: '127.0.0.1' } });
  });
  afterAll(() => app.close());

  const playing = async () => {
    const held = await recorded(app);
    const view = await opened(app, held);
    const get = (cookie: string, headers: Record<string, string> = {}, path = view.contentUrl) =>
      app.call(path, { headers: { cookie, ...headers } });
    return { ...held, ...view, get };
  };

  it('sends whole and parts to the browser that was given it', async () => {
    const { cookie, get, viewId } = await playing();
    expect(cookie).toContain(`Path=/v1/views/${viewId}/content; Max-Age=`);
    expect(cookie).not.toContain('Secure');
    expect((await get(pair(cookie))).status).toBe(200);
    expect((await get(pair(cookie), { range: 'bytes=5-9' })).status).toBe(206);
  });

  it('opens no other view, nothing else, and nothing for whoever else is signed in', async () => {
    const one = await playing();
    const other = await opened(app, one, one.clinicianId);
    expect((await one.get(pair(one.cookie), {}, other.contentUrl)).status).toBe(401);
    expect((await one.get(pair(other.cookie))).status).toBe(401);
    for (const path of ['/v1/me/consultations', one.path])
      expect((await one.get(pair(one.cookie), {}, path)).status).toBe(401);
    const stranger = `Bearer ${await app.token('stranger', ['patient'])}`;
    expect((await one.get(pair(one.cookie), { authorization: stranger })).status).toBe(404);
    expect((await one.get(`${pair(one.cookie)}x`)).status).toBe(401);
  });

  it('ends with the permission, not with the cookie', async () => {
    const { cookie, get, patientId } = await playing();
    await send(app, 'POST', `/v1/viewers/${patientId}/suspend`, {
      ...{ as: 'officer-1', roles: ['compliance'], body: { reason: 'case-7' } },
    });
    expect((await get(pair(cookie))).status).toBe(410);
  });

  it('is asked back over https only when the request came over it', async () => {
    const held = await recorded(app);
    const { headers } = await send(app, 'POST', `${held.recordingPath}/views`, {
      ...{ as: held.patientId, roles: ['patient'], body: { purpose: 'patient-request' } },
      headers: { 'x-forwarded-proto': 'https' },
    });
    expect(headers.get('set-cookie')).toMatch(/; Secure$/);
  });

  it('is not given for a view that was only reported', async () => {
    const held = await recorded(app);
    const { status, headers } = await send(app, 'POST', `${held.recordingPath}/views`, {
      ...{ as: 'player', roles: ['service'], body: { purpose: 'treatment', viewerId: held.patientId } },
    });
    expect([status, headers.get('set-cookie')]).toEqual([201, null]);
  });

  it('leaves no trace of itself in the log', async () => {
    const { cookie, get } = await playing();
    await get(pair(cookie));
    const secret = pair(cookie).slice('view='.length);
    expect(app.logged.filter((line) => line.includes(secret))).toEqual([]);
  });
});
