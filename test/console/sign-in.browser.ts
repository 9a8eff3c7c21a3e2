import type { BrowserContext, Page } from 'playwright-core';
import { type RunningConsole, startConsole } from '../support/console.ts';
import { eventually } from '../support/eventually.ts';

/** What tokens and sealed cookies begin with, whatever is in them: a JSON object as base64url. */
const TOKEN = /eyJ[\w-]{16,}/;

/** All that is on the heap of the page, strings with their texts. */
const heapOf = async (context: BrowserContext, page: Page): Promise<string> => {
  const protocol = await context.newCDPSession(page);
  const chunks: string[] = [];
  protocol.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await protocol.send('HeapProfiler.enable');
  await protocol.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await protocol.detach();
  return chunks.join('');
};

const STORED = `JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }) + document.cookie + name + location.href
  + document.documentElement.outerHTML`;

describe('signing in with a browser', () => {
  let desk: RunningConsole;
  beforeAll(async () => {
    desk = await startConsole();
  }, 120_000);
  afterEach(() => desk.leave());
  afterAll(() => desk?.close());

  const signIn = async () => {
    const at = await desk.visit();
    await at.page.getByRole('button', { name: 'On call' }).click();
    await at.page.getByRole('heading', { level: 1 }).waitFor();
    await at.page.waitForURL((url) => !url.pathname.endsWith('/sign-in'));
    return at;
  };
  const cookieOf = async (context: BrowserContext) =>
    (await context.cookies()).find(({ name }) => name === 'ledger') as { name: string; value: string };

  it('takes one click, and puts no token where a script could find it', async () => {
    const { page, context, faults } = await signIn();
    const cookie = await cookieOf(context);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    const stored = (await page.evaluate(STORED)) as string;
    expect(stored).not.toMatch(TOKEN);
    expect(await page.evaluate('indexedDB.databases()')).toEqual([]);
    const heap = await heapOf(context, page);
    // The search would find what is there.
    expect(heap).toContain('on-call-1');
    expect(heap).not.toContain(cookie.value);
    expect(heap).not.toMatch(TOKEN);
    expect(faults()).toEqual([]);
  });

  it('is not needed again in a second tab, and over in both once one of them signs out', async () => {
    const { page, context } = await signIn();
    const second = await context.newPage();
    await second.goto('/console');
    await second.waitForURL((url) => !url.pathname.endsWith('/sign-in'));
    await page.evaluate(
      `fetch('/console/logout', { method: 'POST', headers: { 'x-ledger-console': '1' } }).then(({ status }) => status)`,
    );
    expect(await cookieOf(context)).toBeUndefined();
    for (const tab of [page, second]) {
      const answer = await tab.evaluate(
        `fetch('/v1/incidents', { headers: { 'x-ledger-console': '1' } }).then(({ status }) => status)`,
      );
      expect(answer).toBe(401);
    }
  });

  it('is over at once in the browser when the session ends elsewhere', async () => {
    const { page, context } = await signIn();
    const { name, value } = await cookieOf(context);
    const ended = await fetch(`${desk.app.url}/console/logout`, {
      method: 'POST',
      headers: { cookie: `${name}=${value}`, origin: new URL(desk.app.url).origin },
    });
    expect(ended.status).toBe(204);
    await eventually(async () => {
      const status = await page.evaluate(
        `fetch('/console/session', { headers: { 'x-ledger-console': '1' } }).then(({ status }) => status)`,
      );
      return status === 401 || undefined;
    });
    await page.reload();
    await page.getByRole('button', { name: 'On call' }).waitFor();
  });

  it('stays within the policy, which the page itself cannot widen', async () => {
    // What follows breaks the policy on purpose: no page of the others, which are watched for that.
    const context = await desk.browser.newContext({ baseURL: desk.app.url });
    const page = await context.newPage();
    await page.goto('/console');
    const answer = await page.request.get('/console');
    const policy = answer.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    // Trusted Types: no text becomes a script, and no page makes a policy of its own.
    // In a task of the page's own: what a debugger evaluates may make code of text.
    const outcomes = await page.evaluate(`new Promise((resolve) => setTimeout(() => resolve([
      () => { document.createElement('script').text = 'window.ran = 1'; },
      () => { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.ran = 1">'); },
      () => trustedTypes.createPolicy('own', { createHTML: (text) => text }),
      () => new Function('window.ran = 1')(),
    ].map((attempt) => { try { attempt(); return 'done'; } catch (error) { return error.name; } }))))`);
    expect(outcomes).toEqual(['TypeError', 'TypeError', 'TypeError', 'EvalError']);
    expect(await page.evaluate('window.ran')).toBeUndefined();
    await context.close();
  });
});
