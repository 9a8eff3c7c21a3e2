import type { BrowserContext, Page } from 'playwright-core';
import { type RunningConsole, startConsole, type Visit } from '../support/console.ts';
import { type Provider, startProvider } from './provider.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Says at the issuer who is there. It is another site to the browser: what SameSite keeps back, it keeps back. */
const sayName = async (page: Page, name: string) => {
  await page.getByRole('heading', { name: 'The issuer' }).waitFor();
  await page.getByLabel('Name').fill(name);
  await button(page, 'Go on').click();
};

describe('signing in with an issuer, in a browser', () => {
  let provider: Provider;
  let desk: RunningConsole;
  beforeAll(async () => {
    provider = await startProvider();
    desk = await startConsole({ env: provider.env });
  }, 120_000);
  afterEach(() => desk.leave());
  afterAll(async () => {
    await desk?.close();
    provider?.stop();
  });

  const toIssuer = async (visit: Visit = {}) => {
    const at = await desk.visit(visit);
    await at.page.getByRole('link', { name: 'Sign in' }).click();
    return at;
  };
  const signIn = async (name: string, visit: Visit = {}) => {
    const at = await toIssuer(visit);
    await sayName(at.page, name);
    await at.page.getByRole('navigation', { name: 'Console' }).waitFor();
    return at;
  };
  const isHalted = async ({ request }: BrowserContext): Promise<boolean> =>
    (await (await request.get('/v1/playback', { headers: { 'x-ledger-console': '1' } })).json()).halted;
  const secondTab = async (context: BrowserContext, path: string) => {
    const tab = await context.newPage();
    await tab.goto(`/console${path}`);
    await tab.getByRole('heading', { level: 1 }).waitFor();
    return tab;
  };

  it('leads to the page that was asked for, and leaves no token with the page', async () => {
    const { page, context } = await signIn('on-call-21', { path: '/rules' });
    await page.getByRole('heading', { level: 1, name: 'Rules' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/rules');
    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, name, location.href])',
    );
    expect(kept).not.toMatch(/eyJ[\w-]{16,}|code=/);
    const cookies = await context.cookies(desk.app.url);
    expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
      { name: 'ledger', httpOnly: true, sameSite: 'Strict' },
    ]);
  });

  it('says that it came to nothing where the person gave it up, and can be begun again', async () => {
    const { page } = await toIssuer({ path: '/rules' });
    await button(page, 'Cancel').click();
    await page.getByRole('alert').filter({ hasText: 'The sign-in came to nothing' }).waitFor();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await sayName(page, 'on-call-22');
    await page.getByRole('heading', { level: 1, name: 'Rules' }).waitFor();
  });

  it('says that a person has no role here, and shows them nothing', async () => {
    const { page } = await signIn('visitor-1');
    await page.getByRole('heading', { name: 'The console is for on-call and compliance' }).waitFor();
  });

  it('is asked for once more before a dangerous act, in a window of its own, and the act is carried out', async () => {
    const { page, context } = await signIn('on-call-23', { path: '/operations' });
    await button(page, 'Halt all playback …').click();
    await page.getByLabel('Reason, as a code').fill('case-7');
    await page.keyboard.press('Enter');
    await page.getByRole('alertdialog', { name: 'Confirm that it is you' }).waitFor();
    expect(await isHalted(context)).toBe(false);
    const opened = context.waitForEvent('page');
    await button(page, 'Sign in again').click();
    const there = await opened;
    await sayName(there, 'on-call-23');
    await page.getByText('Halted everywhere').waitFor();
    expect(await isHalted(context)).toBe(true);
    // The sign-in of a moment ago is enough for the next.
    await button(page, 'Resume …').click();
    await page.getByLabel('Reason, as a code').fill('case-7');
    await page.keyboard.press('Enter');
    await button(page, 'Halt all playback …').waitFor();
    expect(await page.getByRole('alertdialog').count()).toBe(0);
  });

  it('leaves a dangerous act undone where the person gives up the second sign-in', async () => {
    const { page, context } = await signIn('on-call-24', { path: '/operations' });
    await button(page, 'Halt all playback …').click();
    await page.getByLabel('Reason, as a code').fill('case-7');
    await page.keyboard.press('Enter');
    const opened = context.waitForEvent('page');
    await button(page, 'Sign in again').click();
    const there = await opened;
    await button(there, 'Cancel').click();
    await there.getByRole('alert').filter({ hasText: 'The sign-in came to nothing' }).waitFor();
    await button(page, 'Not now').click();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    expect(await isHalted(context)).toBe(false);
  });

  it('ends in every tab when one signs out', async () => {
    const { page, context } = await signIn('on-call-25');
    const other = await secondTab(context, '/rules');
    await button(page, 'Sign out').click();
    for (const tab of [page, other]) await tab.getByRole('link', { name: 'Sign in' }).waitFor();
  });

  it('ends in an open page when the person signs out at the issuer, and goes on where they were', async () => {
    const { page } = await signIn('on-call-26');
    await page.getByRole('heading', { name: 'No incident is open' }).waitFor();
    await provider.tell('/sign-out?sub=on-call-26&only=sid');
    await page.getByRole('alertdialog', { name: 'Your session has ended' }).waitFor();
    const opened = page.context().waitForEvent('page');
    await button(page, 'Sign in again').click();
    await opened;
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await page.getByText('The connection is lost').waitFor({ state: 'detached' });
  });

  it('shows nothing of one person to another who signs in after them', async () => {
    const { page, context } = await signIn('officer-27', { path: '/history' });
    const other = await secondTab(context, '/rules');
    await context.clearCookies();
    await page.reload();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await sayName(page, 'on-call-27');
    await page.getByText('This is for compliance officers').waitFor();
    // The tab that was the officer's: its next question is answered to the other person, and it begins anew.
    await other.evaluate(`new BroadcastChannel('ledger-console').postMessage('signed-in')`);
    await other.getByText('on-call-27').waitFor();
    expect(await other.getByText('officer-27').count()).toBe(0);
  });
});

describe('an issuer that is away', () => {
  it('is said on a page of the console, on which the person can try again', async () => {
    const provider = await startProvider();
    const desk = await startConsole({ env: provider.env });
    try {
      provider.stop();
      const { page } = await desk.visit({ path: '/rules' });
      const again = page.getByRole('link', { name: 'Sign in' });
      await again.click();
      const said = page.getByRole('alert').filter({ hasText: 'Your organisation’s sign-in cannot be reached' });
      await said.waitFor();
      expect(await again.getAttribute('href')).toBe('/console/login?returnTo=%2Fconsole%2Frules');
    } finally {
      await desk.close();
    }
  });
});
