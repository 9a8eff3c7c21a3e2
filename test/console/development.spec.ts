import { type RunningApp, startApp } from '../support/app.ts';
import { startIssuer } from '../support/issuer.ts';
import { problemIn } from '../support/problem.ts';
import { atConsole, json, signedIn } from './browser.ts';

describe('signing in for development', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());

  it.each([
    ['on-call', 'on-call-1'],
    ['compliance', 'officer-1'],
    ['patient', 'pat-1'],
  ] as const)('begins a session of the role %s with one click', async (role, personId) => {
    const browser = atConsole(app);
    const began = await browser.call('/console/sign-in', json({ role }));
    const session = (await began.json()) as Record<string, string>;
    expect(session).toMatchObject({ personId, roles: [role], signIn: 'development' });
    const shown = await browser.call('/console/session');
    expect(shown.status).toBe(200);
    expect(await shown.json()).toMatchObject({ personId, roles: [role], expiresAt: session.expiresAt });
  });

  it('gives the browser a cookie that no script reads and no other site sends', async () => {
    const began = await atConsole(app).call(
      '/console/sign-in',
      json({ role: 'on-call', personId: 'ann@clinic.example' }),
    );
    const [cookie = ''] = began.headers.getSetCookie();
    expect(cookie).toMatch(/^ledger=eyJ[\w.-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain('Secure');
    expect(await began.json()).toMatchObject({ personId: 'ann@clinic.example' });
  });

  it('needs a page of the console', async () => {
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example.org' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'null' },
      { origin: '', 'sec-fetch-site': '' },
    ];
    for (const headers of foreign) {
      const asked = json({ role: 'compliance' });
      const answer = await atConsole(app).call('/console/sign-in', {
        ...asked,
        headers: { ...(asked.headers as object), ...headers },
      });
      expect([headers, answer.status, answer.headers.getSetCookie()]).toEqual([headers, 403, []]);
    }
  });

  it('takes no other role, and no field that it does not know', async () => {
    for (const body of [{ role: 'service' }, { role: 'on-call', personId: '$all' }, { role: 'on-call', roles: [] }, {}])
      expect(await problemIn(await atConsole(app).call('/console/sign-in', json(body)))).toMatchObject({
        code: 'validation-failed',
      });
  });

  it('tells who has no session how to begin one', async () => {
    const answer = await atConsole(app).call('/console/session');
    expect(await problemIn(answer)).toMatchObject({ status: 401, code: 'unauthenticated', signIn: 'development' });
  });

  it('is over when the person signs out', async () => {
    const browser = await signedIn(app, 'on-call');
    expect((await browser.call('/console/logout', { method: 'POST' })).status).toBe(204);
    expect(browser.cookie).toBe('');
    expect((await browser.call('/console/session')).status).toBe(401);
  });
});

describe('where signing in by a click does not exist', () => {
  it('is with an issuer', async () => {
    const issuer = await startIssuer();
    const app = await startApp({ env: issuer.env });
    try {
      const answer = await atConsole(app).call('/console/sign-in', json({ role: 'compliance' }));
      expect(await problemIn(answer)).toMatchObject({ status: 404, code: 'route-not-found' });
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(await problemIn(await atConsole(app).call('/console/session'))).toMatchObject({ signIn: 'issuer' });
    } finally {
      await app.close();
      await issuer.close();
    }
  });

  it('is for browsers on other machines, unless it is said where the console is', async () => {
    const app = await startApp();
    try {
      for (const name of ['x-forwarded-for', 'forwarded', 'via']) {
        const asked = json({ role: 'compliance' });
        const answer = await atConsole(app).call('/console/sign-in', {
          ...asked,
          headers: { ...(asked.headers as object), [name]: '192.0.2.7' },
        });
        expect([name, answer.status]).toEqual([name, 404]);
      }
    } finally {
      await app.close();
    }
  });
});
