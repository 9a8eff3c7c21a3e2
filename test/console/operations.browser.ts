import { send } from '../access/scene.ts';
import { Receiver, status } from '../ledger/react/delivery/receiver.ts';
import { pagedThrough } from '../paging/paged.ts';
import { type AtConsole, type RunningConsole, startConsole, type Visit } from '../support/console.ts';
import { eventually } from '../support/eventually.ts';
import { hookOf, register, SIGNING_KEY } from '../webhooks/telling.ts';
import { nosy } from './nosy.ts';

const officer = { role: 'compliance', personId: 'officer-1' } as const;
const second = { role: 'compliance', personId: 'officer-2' } as const;

describe('rules and operations in the console', () => {
  let desk: RunningConsole;
  let backend: Receiver;
  let pager: Receiver;
  beforeAll(async () => {
    [backend, pager] = [await new Receiver().start(), await new Receiver().start()];
    pager.answer = status(202);
    const webhooks = {
      WEBHOOK_SIGNING_KEY: SIGNING_KEY,
      WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1',
      WEBHOOK_ALLOW_HTTP: 'true',
    };
    desk = await startConsole({ env: { HISTORY_INDEX: 'on', ...webhooks, ...pagedThrough(pager) } });
    await register(desk.app, hookOf(backend));
    await nosy(desk.app);
  }, 120_000);
  afterEach(() => desk.leave());
  afterAll(async () => {
    await desk?.close();
    await backend?.stop();
    await pager?.stop();
  }, 60_000);

  const visit = async (path: string, more: Visit = officer): Promise<AtConsole> => {
    const at = await desk.visit({ ...more, path });
    await at.page.getByRole('heading', { level: 1 }).waitFor();
    return at;
  };

  const SCREENS = [
    ['rules', '/rules', 'Fires when'],
    ['rule', '/rules/same-victim', 'How it does'],
    ['operations', '/operations', 'What acts on events'],
  ] as const;

  describe.each(SCREENS)('%s', (name, path, shows) => {
    it('has no barrier, in either theme, at 320 pixels or at 200 %', async () => {
      const at = await visit(path);
      await at.page.getByText(shows).first().waitFor();
      if (name === 'operations') await at.page.getByRole('figure', { name: 'Events that wait' }).waitFor();
      expect(await at.barriers(name)).toEqual([]);
    });

    it('says that the server fails, and shows what it has once it does not', async () => {
      const routes = /\/v1\/(rules|reactors|escalation|drills|webhooks|playback|access-monitor)/;
      const at = await visit(path, {
        ...officer,
        before: (page) =>
          page.route(routes, (route) =>
            route.fulfill({
              status: 503,
              contentType: 'application/problem+json',
              body: JSON.stringify({ code: 'rules-unavailable', detail: 'ask another instance', status: 503 }),
            }),
          ),
      });
      const alert = at.page.getByRole('alert').filter({ hasText: 'rules-unavailable' }).first();
      await alert.waitFor();
      await at.page.unroute(routes);
      const again = at.page.getByRole('button', { name: 'Try again' });
      await eventually(async () => {
        if ((await again.count()) === 0) return true;
        // One may be gone by then: parts of a page ask for the same.
        await again
          .first()
          .click({ timeout: 1_000 })
          .catch(() => undefined);
        return false;
      });
      await at.page.getByText(shows).first().waitFor();
    });
  });

  it('shows whoever is on call no webhooks and no way to change a rule, and asks nothing of them', async () => {
    const asked: string[] = [];
    const at = await desk.visit({ role: 'on-call' });
    at.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await at.page.goto('/console/operations');
    await at.page.getByRole('heading', { name: 'Drills' }).waitFor();
    expect(await at.page.getByRole('heading', { name: 'Webhooks' }).count()).toBe(0);
    await at.page.goto('/console/rules/same-victim');
    await at.page.getByRole('heading', { name: 'How it does' }).waitFor();
    expect(await at.page.getByRole('button', { name: 'Backtest it' }).count()).toBe(0);
    expect(asked.filter((url) => /webhooks|backtests/.test(url))).toEqual([]);
    for (const route of ['/v1/webhooks', '/v1/backtests/01a2186f-ce38-7000-8000-000000000001']) {
      const answer = await at.context.request.get(route, { headers: { 'x-ledger-console': '1' } });
      expect([route, answer.status()]).toEqual([route, 403]);
    }
  });

  it('changes a rule by a backtest and two officers', async () => {
    const at = await visit('/rules/same-victim');
    const form = at.page.getByRole('form', { name: 'Another setting' });
    await form.getByRole('button', { name: 'Backtest it' }).click();
    await form.getByText('Nothing differs from how the rule is set now.').waitFor();
    await form.getByLabel('Severity').selectOption('review');
    await form.getByRole('button', { name: 'Backtest it' }).click();
    await at.page.getByText('The history was judged under both settings.').waitFor();
    await at.page.getByRole('button', { name: 'Propose this change' }).click();
    await at.page.getByText('A second officer approves it').first().waitFor();
    const other = await visit('/rules/same-victim', second);
    await other.page.getByRole('button', { name: /^Approve/ }).click();
    await other.page.getByText('Approved', { exact: true }).waitFor();
    await eventually(async () => {
      const { body } = await send(desk.app, 'GET', '/v1/rules', { as: 'officer-1', roles: ['compliance'] });
      return body.items.find(({ name }: { name: string }) => name === 'same-victim').severity === 'review';
    });
  });

  it('halts all playback and resumes it', async () => {
    const at = await visit('/operations', { role: 'on-call' });
    await at.page.getByRole('button', { name: 'Halt all playback …' }).click();
    await at.page.getByLabel('Reason, as a code').fill('case-7');
    await at.page.keyboard.press('Enter');
    await at.page.getByText('Halted everywhere').waitFor();
    await at.page.getByRole('button', { name: 'Resume …' }).click();
    await at.page.getByLabel('Reason, as a code').fill('case-7');
    await at.page.keyboard.press('Enter');
    await at.page.getByRole('button', { name: 'Halt all playback …' }).waitFor();
  });

  it('sends a test page, and says how it went', async () => {
    const at = await visit('/operations', { role: 'on-call' });
    await at.page.getByRole('button', { name: 'Send a test page' }).click();
    await at.page.getByRole('heading', { name: 'The last test page' }).waitFor();
  });

  it('sends a delivery again', async () => {
    const at = await visit('/operations');
    await at.page.getByRole('button', { name: /^Deliveries to/ }).click();
    await at.page
      .getByRole('button', { name: /^Send .* again$/ })
      .first()
      .click();
    await eventually(
      () => new Set(backend.received.map(({ headers }) => headers['webhook-id'])).size < backend.received.length,
    );
  });

  it('asks for a drill, which another person begins', async () => {
    const at = await visit('/operations', { role: 'on-call', personId: 'on-call-1' });
    await at.page.getByRole('button', { name: 'Ask for a drill …' }).click();
    await at.page.getByLabel('Synthetic patients').fill('3');
    await at.page.getByRole('button', { name: 'Ask', exact: true }).click();
    await at.page.getByText('Another person begins it').first().waitFor();
    const other = await visit('/operations', { role: 'on-call', personId: 'on-call-2' });
    await other.page.getByRole('button', { name: /^Begin drill/ }).click();
    await other.page.getByText('Running').first().waitFor();
  });

  it('draws the verdicts and alerts of the last hour, and has their numbers as a table', async () => {
    const at = await visit('/operations', { role: 'on-call' });
    for (const title of ['Verdicts', 'Alert latency']) {
      const figure = at.page.getByRole('figure', { name: title, exact: true });
      await figure.waitFor();
      await figure.getByRole('radio', { name: 'Table' }).focus();
      await at.page.keyboard.press('t');
      const rows = figure.getByRole('region', { name: `${title} as a table` }).getByRole('row');
      expect(await rows.count()).toBeGreaterThan(1);
    }
    expect(await at.axe()).toEqual([]);
  });

  it('shows the numbers of a chart as a table', async () => {
    const at = await visit('/operations');
    const figure = at.page.getByRole('figure', { name: 'Events that wait' });
    await figure.waitFor();
    await figure.getByRole('radio', { name: 'Table' }).focus();
    await at.page.keyboard.press('t');
    await figure.getByRole('region', { name: 'Events that wait as a table' }).waitFor();
  });
});
