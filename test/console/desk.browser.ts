import { randomUUID } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import { routeRoles } from '../../src/auth/route-roles.ts';
import { OnCallGateway } from '../../src/incidents/on-call.gateway.ts';
import { send } from '../access/scene.ts';
import { type RunningConsole, startConsole } from '../support/console.ts';
import { eventually } from '../support/eventually.ts';
import { emergency, leak, onCall, trouble } from './leak.ts';

const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name });
const focused = (page: Page): Promise<string> =>
  page.evaluate(
    `((one) => one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent)(document.activeElement)`,
  );

/** Tab, as often as a person would have to, until the focus is on what has this name. */
const tabTo = async (page: Page, name: RegExp): Promise<void> => {
  for (let nth = 0; nth < 60; nth += 1) {
    if (name.test(await focused(page))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab leads to nothing that is called ${name}`);
};

const statusOf = async (desk: RunningConsole, incidentId: string): Promise<string> =>
  (await send(desk.app, 'GET', `/v1/incidents/${incidentId}`, onCall)).body.status;

describe('the desk in a browser', () => {
  let desk: RunningConsole;
  const visit: RunningConsole['visit'] = (asked) => desk.visit(asked);
  /** No incident of one test is on the board of the next. */
  const closeAll = async () => {
    const { body } = await send(desk.app, 'GET', '/v1/incidents?status=open&limit=100', onCall);
    for (const { incidentId } of body.items)
      await send(desk.app, 'POST', `/v1/incidents/${incidentId}/close`, {
        ...onCall,
        body: { resolution: 'explained' },
      });
  };
  beforeAll(async () => {
    desk = await startConsole();
  }, 120_000);
  afterEach(async () => {
    await desk.leave();
    await closeAll();
  });
  afterAll(() => desk?.close());

  it('takes an incident from the page to the closed file by keyboard alone, while a second person follows', async () => {
    const { incidentId } = await leak(desk.app, 2);
    const officer = await visit({ role: 'compliance' });
    const { page } = await visit({ role: 'on-call' });
    await page.getByRole('row', { name: /Critical/ }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('a');
    await officer.page.getByText('by on-call-1').waitFor();
    expect(await statusOf(desk, incidentId)).toBe('acknowledged');

    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /^Viewer pat-nosy/ }).waitFor();
    await page.keyboard.press('c');
    await page.getByText('This revokes 2 views and suspends 1 viewer.').waitFor();
    await tabTo(page, /^Contain$/);
    await page.keyboard.press('Enter');
    await page
      .getByRole('listitem')
      .getByText(/^Contained \(viewer\)/)
      .waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    await page.keyboard.press('f');
    await page.getByRole('heading', { name: 'Who is affected' }).waitFor();
    await tabTo(page, /Download PDF/);
    const download = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    expect((await download).suggestedFilename()).toBe(`breach-file-${incidentId}.pdf`);

    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    await page.keyboard.press('x');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await tabTo(page, /^Confirmed/);
    await page.keyboard.press('Space');
    await tabTo(page, /^Close$/);
    await page.keyboard.press('Enter');
    await button(page, 'Reopen …').waitFor();
    expect(await statusOf(desk, incidentId)).toBe('closed');
    await officer.page.getByText('Closed', { exact: true }).last().waitFor();
  });

  it('says what halting the releases of an incident would stop, before it is contained with them', async () => {
    const { incidentId } = await leak(desk.app, 2);
    const { page } = await visit({ role: 'on-call', path: `/incidents/${incidentId}` });
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    await page.keyboard.press('c');
    await page.getByRole('dialog').getByText('Its releases, too').click();
    await page.getByText(/^Now, halting .* (stops|cuts) /).waitFor();
  });

  it('lists who was given the breach file, and what it says otherwise than the one that was downloaded last', async () => {
    const { incidentId } = await leak(desk.app, 2);
    const at = await visit({ role: 'on-call', path: `/incidents/${incidentId}/file` });
    const { page } = at;
    await page.getByRole('heading', { name: 'Who is affected' }).waitFor();
    const download = page.waitForEvent('download');
    await button(page, 'Download PDF').click();
    await download;
    await send(desk.app, 'POST', `/v1/incidents/${incidentId}/acknowledge`, { as: 'on-call-2', roles: ['on-call'] });
    await page.reload();
    await button(page, 'Compare with the last download').click();
    const differences = page.getByRole('table', { name: 'Differences' });
    await differences.getByRole('row', { name: /State New Acknowledged/ }).waitFor();
    await page.getByRole('table', { name: 'Versions', exact: true }).getByText('Downloaded as PDF').waitFor();
    expect(await at.axe()).toEqual([]);
  });

  it('adds new incidents when they are asked for, and moves neither rows nor focus by itself', async () => {
    await trouble(desk.app, 'review');
    const { page } = await visit({ role: 'on-call' });
    await page.getByRole('row', { name: /Review/ }).waitFor();
    await page.keyboard.press('j');
    const before = await focused(page);
    await trouble(desk.app);
    await button(page, /1 new/).waitFor();
    expect(await focused(page)).toBe(before);
    expect(await page.getByRole('row').count()).toBe(2);
    expect(await page.getByTestId('urgent').innerText()).toMatch(
      /^Critical incident: operations, 0 breaches, 0 people/,
    );
    await page.keyboard.press('.');
    await page.getByRole('row').nth(2).waitFor();
    expect(await focused(page)).toBe(before);
  });

  it('does what its list of keys says, and nothing when single keys are off', async () => {
    const incidentId = await trouble(desk.app);
    const { page } = await visit({ role: 'on-call' });
    await page.getByRole('row', { name: /Critical/ }).waitFor();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog');
    for (const key of ['Next incident', 'Acknowledge it', 'Show new incidents', 'Search for an id'])
      await help.getByText(key).waitFor();
    await help.getByText('Off').click();
    await button(page, 'Close').click();
    await page.keyboard.press('j');
    await page.keyboard.press('a');
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await statusOf(desk, incidentId)).toBe('new');
  });

  it('stays calm under thousands of live events: no row moves, the focus stays, and few rows are drawn', async () => {
    const incidentId = await trouble(desk.app);
    const { page } = await visit({ role: 'on-call' });
    await page.getByRole('row', { name: /Critical/ }).waitFor();
    await page.keyboard.press('j');
    // All of them have one name: a row is told by its address.
    const place = () => page.evaluate<string>('document.activeElement.href');
    const before = await place();
    const { namespace } = desk.app.app.get(OnCallGateway) as unknown as {
      namespace: { emit(event: string, item: object): void };
    };
    const { timeline, clocks, ...item } = (await send(desk.app, 'GET', `/v1/incidents/${incidentId}`, onCall)).body;
    expect([timeline.length > 0, Array.isArray(clocks)]).toEqual([true, true]);
    const ids = Array.from({ length: 1_000 }, () => randomUUID());
    for (let nth = 0; nth < 4_000; nth += 1) {
      const fresh = { ...item, incidentId: ids[nth % ids.length], severity: 'review', breaches: nth };
      namespace.emit(nth < ids.length ? 'incident.opened' : 'incident.updated', fresh);
    }
    await button(page, /1,000 new/).waitFor();
    expect(await place()).toBe(before);
    await page.keyboard.press('.');
    await eventually(async () => (await page.getByRole('table').getAttribute('aria-rowcount')) === '1002');
    expect(await place()).toBe(before);
    expect(await page.getByRole('row').count()).toBeLessThan(100);
    for (let nth = 0; nth < 14; nth += 1) await page.keyboard.press('j');
    expect(await place()).not.toBe(before);
  });

  it('says that the connection is lost, and what was missed when it is back', async () => {
    await trouble(desk.app);
    let isDown = false;
    const open = new Set<{ close(): Promise<void> }>();
    const { page } = await visit({
      role: 'on-call',
      before: (to) =>
        to.routeWebSocket(/socket\.io/, async (socket) => {
          if (isDown) return socket.close();
          socket.connectToServer();
          open.add(socket);
        }),
    });
    await page.getByRole('row', { name: /Critical/ }).waitFor();
    isDown = true;
    for (const socket of open) await socket.close();
    await page.getByText(/The connection is lost/).waitFor();
    await trouble(desk.app);
    isDown = false;
    await page
      .getByText('The connection is back. Meanwhile: 1 new incident, 0 incidents no longer open.')
      .first()
      .waitFor();
    await button(page, /1 new/).waitFor();
  });

  it('keeps what was typed when the session ends, and goes on after a sign-in', async () => {
    const incidentId = await trouble(desk.app);
    const { page, context } = await visit({ role: 'on-call', path: `/incidents/${incidentId}` });
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    await page.keyboard.press('n');
    await page.getByLabel('About').fill('cause found');
    await page.getByLabel('Text').fill('a cache was not keyed by person');
    await context.clearCookies();
    await button(page, /^Add$/).click();
    await page.getByRole('alertdialog', { name: 'Your session has ended' }).waitFor();
    expect(await page.getByLabel('Text').inputValue()).toBe('a cache was not keyed by person');
    await button(page, 'Sign in again').click();
    await page.getByText('Note: cause found').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('leaves every tab at once when one signs out', async () => {
    const { page, context } = await visit({ role: 'on-call' });
    const other = await context.newPage();
    await other.goto('/console/review');
    await other.getByRole('heading', { name: 'Review' }).waitFor();
    await button(page, 'Sign out').click();
    for (const one of [page, other]) await button(one, 'On call').waitFor();
  });

  it('says when the server is slow, when it fails and when it cannot be reached, and tries again when asked', async () => {
    const incidentId = await trouble(desk.app);
    let mode: 'slow' | 'failing' | 'away' | 'well' = 'failing';
    let answer: (() => void) | undefined;
    const { page } = await visit({
      role: 'on-call',
      path: `/incidents/${incidentId}`,
      before: (to) =>
        to.route(`**/v1/incidents/${incidentId}`, async (route) => {
          if (mode === 'away') return route.abort();
          if (mode === 'failing')
            return route.fulfill({
              status: 503,
              contentType: 'application/problem+json',
              json: {
                status: 503,
                title: 'Ledger unavailable',
                detail: 'the store is away',
                code: 'ledger-unavailable',
              },
            });
          if (mode === 'slow')
            await new Promise<void>((resolve) => {
              answer = resolve;
            });
          return route.continue();
        }),
    });
    await page.getByText('the store is away (ledger-unavailable)').waitFor();
    mode = 'away';
    await button(page, 'Try again').click();
    await page.getByText('The server cannot be reached.').waitFor();
    mode = 'slow';
    await page.reload();
    await page.getByText('Still waiting for the incident. The server is slow to answer.').waitFor();
    mode = 'well';
    answer?.();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
  });

  it('decides what waits for review with one key, after the reason was read on record', async () => {
    const breachId = await emergency(desk.app);
    const { page } = await visit({ role: 'on-call', path: '/review' });
    await button(page, 'Read the reason given').click();
    await page.getByText('found unconscious in the waiting room').waitFor();
    expect(await page.getByRole('tab', { name: /Quarantined/ }).count()).toBe(0);
    await page.getByRole('heading', { name: 'Decision' }).click();
    await page.keyboard.press('3');
    await page.getByText('No emergency waits for a decision').waitFor();
    const { body } = await send(desk.app, 'GET', `/v1/breaches/${breachId}`, onCall);
    expect(body.status).toBe('closed');
  });

  it('shows a patient no page, and asks nothing of the API for them', async () => {
    const incidentId = await trouble(desk.app);
    const asked: string[] = [];
    const { page } = await visit({
      role: 'patient',
      before: async (to) => to.on('request', (request) => asked.push(new URL(request.url()).pathname)),
    });
    const paths = ['', '/review', '/history', '/releases', '/rules', '/operations', '/recordings/r', '/viewers/v'];
    for (const path of [...paths, `/incidents/${incidentId}`, `/incidents/${incidentId}/file`]) {
      await page.goto(`/console${path}`);
      await page.getByRole('heading', { name: 'The console is for on-call and compliance' }).waitFor();
      expect(await page.getByRole('navigation').getByRole('link').count()).toBe(0);
    }
    expect(asked).toContain('/console/session');
    expect(asked.filter((path) => /^\/v1\/|socket/.test(path))).toEqual([]);
  });

  /** Routes that these roles may ask, and a patient may not. */
  const DESK = Object.entries(routeRoles).flatMap(([route, roles]) =>
    route.startsWith('GET ') && Array.isArray(roles) && !roles.includes('patient') ? [route.slice(4)] : [],
  );

  it('gives the session of a patient nothing of any route of the desk', async () => {
    const incidentId = await trouble(desk.app);
    const { context } = await visit({ role: 'patient' });
    expect(DESK.length).toBeGreaterThan(25);
    for (const route of DESK) {
      const path = route.replace(':incidentId', incidentId).replaceAll(/:\w+/g, 'x-1');
      const answer = await context.request.get(path, { headers: { 'x-ledger-console': '1' } });
      expect([route, answer.status()]).toEqual([route, 403]);
      expect(await answer.text()).not.toContain('operations:');
    }
  });

  it('says that nothing is open on a quiet night', async () => {
    const { page, axe } = await visit({ role: 'on-call' });
    await page.getByRole('heading', { name: 'No incident is open' }).waitFor();
    expect(await axe()).toEqual([]);
  });

  it('has no barrier on any page, in either theme, at 320 pixels or at 200 %', async () => {
    const { incidentId } = await leak(desk.app, 3);
    await emergency(desk.app);
    await send(desk.app, 'POST', `/v1/incidents/${incidentId}/acknowledge`, { ...onCall });
    const pages = [
      ['sign-in', undefined, '', 'On call'],
      ['board', 'on-call', '', 'Next page in'],
      ['incident', 'on-call', `/incidents/${incidentId}`, 'Steps so far'],
      ['file', 'compliance', `/incidents/${incidentId}/file`, 'Who is affected'],
      ['review', 'compliance', '/review', 'Decision'],
    ] as const;
    const found: string[] = [];
    for (const [name, role, path, awaited] of pages) {
      const at = await visit({ ...(role && { role }), path });
      await at.page.getByText(awaited).first().waitFor({ state: 'attached' });
      found.push(...(await at.barriers(name)));
      await desk.leave();
    }
    const at = await visit({ role: 'on-call', path: `/incidents/${incidentId}` });
    await at.page.getByRole('heading', { name: 'Steps so far' }).waitFor();
    await at.page.keyboard.press('c');
    await at.page.getByText(/^This revokes/).waitFor();
    found.push(...(await at.barriers('contain')));
    expect(found).toEqual([]);
  }, 60_000);

  it('has all its places in a menu where there is no room beside the page', async () => {
    const { page } = await visit({ role: 'compliance', width: 640, height: 400 });
    await button(page, 'Menu').click();
    for (const place of ['Incidents', 'Review', 'Access history', 'Releases', 'Rules', 'Operations'])
      await page.getByRole('link', { name: place, exact: true }).waitFor();
    await page.getByRole('link', { name: 'Rules', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Rules' }).waitFor();
  });
});
