import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { type Issuer, type SigningKey, signingKey, startIssuer } from '../support/issuer.ts';
import { problemIn } from '../support/problem.ts';
import { startShell } from '../support/shell.ts';

describe("the issuer's keys", () => {
  let issuer: Issuer;
  let shell: RunningApp;
  let first: SigningKey;

  beforeEach(async () => {
    issuer = await startIssuer();
    first = await signingKey('ES256', 'first');
    issuer.publish(first);
    shell = await startShell({ env: issuer.env });
  });
  afterEach(async () => {
    await shell?.close();
    await issuer?.close();
  });

  const present = async (key: SigningKey) =>
    shell.call('/probe/me', { headers: { authorization: `Bearer ${await issuer.sign(key)}` } });

  it('are fetched once for many requests, also when they come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => present(first)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(issuer.fetches()).toBe(1);
  });

  it('are fetched anew when a token names one that is not known yet', async () => {
    expect((await present(first)).status).toBe(200);
    const second = await signingKey('RS256', 'second');
    issuer.publish(first, second);
    await eventually(async () => (await present(second)).status === 200);
    expect((await present(first)).status).toBe(200);
  });

  it('stop counting once the issuer withdraws them and others were fetched', async () => {
    expect((await present(first)).status).toBe(200);
    const second = await signingKey('ES256', 'second');
    issuer.publish(second);
    await eventually(async () => (await present(second)).status === 200);
    expect((await present(first)).status).toBe(401);
  });

  it('are not fetched for every token with an invented key id', async () => {
    expect((await present(first)).status).toBe(200);
    const started = Date.now();
    const invented = await signingKey('ES256', 'invented');
    for (let i = 0; i < 30; i++) expect((await present(invented)).status).toBe(401);
    const cooldowns = Math.ceil((Date.now() - started) / 100);
    expect(issuer.fetches()).toBeLessThanOrEqual(2 + cooldowns);
    expect((await present(first)).status).toBe(200);
  });

  it.each(['down', 'silent', 'nonsense'] as const)(
    'are not to be had while the issuer is %s: nobody is turned away for it',
    async (how) => {
      issuer.behave(how);
      const response = await present(first);
      expect(await problemIn(response)).toMatchObject({ status: 503, code: 'identity-provider-unavailable' });
      expect(response.headers.get('retry-after')).toBe('5');
      issuer.behave('well');
      await eventually(async () => (await present(first)).status === 200);
    },
  );

  it('are used on when the issuer goes away after they were fetched', async () => {
    expect((await present(first)).status).toBe(200);
    issuer.behave('down');
    expect((await present(first)).status).toBe(200);
  });
});
