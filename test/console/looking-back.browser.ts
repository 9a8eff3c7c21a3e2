import { readFile } from 'node:fs/promises';
import { auditorStreams } from '../../events/categories.ts';
import { eventsOf, send } from '../access/scene.ts';
import { ask, opened, recorded } from '../recordings/recorded.ts';
import { type AtConsole, type RunningConsole, startConsole, type Visit } from '../support/console.ts';
import { eventually } from '../support/eventually.ts';
import { type Nosy, nosy } from './nosy.ts';

const officer = { role: 'compliance', personId: 'officer-1' } as const;
const second = { role: 'compliance', personId: 'officer-2' } as const;

describe('looking back in the console', () => {
  let desk: RunningConsole;
  let leaked: Nosy;
  beforeAll(async () => {
    desk = await startConsole({ env: { HISTORY_INDEX: 'on', EXPORT_APPROVAL_PEOPLE: '1' } });
    leaked = await nosy(desk.app);
    const held = await recorded(desk.app);
    const { contentUrl } = await opened(desk.app, held);
    await (await desk.app.call(contentUrl, { as: held.patientId, roles: ['patient'] })).arrayBuffer();
    await send(desk.app, 'GET', '/v1/me/consultations', { as: held.patientId, roles: ['patient'] });
  }, 120_000);
  afterEach(() => desk.leave());
  afterAll(() => desk?.close(), 60_000);

  const visit = async (path: string, more: Visit = officer): Promise<AtConsole> => {
    const at = await desk.visit({ ...more, path });
    await at.page.getByRole('heading', { level: 1 }).waitFor();
    return at;
  };
  const settled = ({ page }: AtConsole) =>
    eventually(
      async () => (await page.locator('[role="status"]', { hasText: /^(Loading|Still waiting)/ }).count()) === 0,
    );
  const recordingId = () => leaked.opened[0]?.recordingId ?? '';
  const patientId = () => leaked.opened[0]?.patientId ?? '';
  const release = async (): Promise<string> => {
    const { body } = await send(desk.app, 'GET', '/v1/releases', { as: 'officer-1', roles: ['compliance'] });
    return body.items.find(({ kind }: { kind: string }) => kind === 'ledger').version;
  };

  const SCREENS: readonly (readonly [name: string, path: () => string | Promise<string>, shows: string])[] = [
    ['history', () => '/history', 'Rows'],
    ['releases', () => '/releases', 'Flagged'],
    ['release', async () => `/releases/${await release()}`, 'Who does not take part'],
    ['recording', () => `/recordings/${recordingId()}`, 'Provenance'],
    ['viewer', () => `/viewers/${leaked.viewerId}`, 'Hours'],
    ['patient', () => `/patients/${patientId()}`, 'Who looked'],
  ];

  describe.each(SCREENS)('%s', (name, path, shows) => {
    it('has no barrier, in either theme, at 320 pixels or at 200 %', async () => {
      const at = await visit(await path());
      await at.page.getByText(shows).first().waitFor();
      await settled(at);
      expect(await at.barriers(name)).toEqual([]);
    });

    it('says that the server fails, and shows what it has once it does not', async () => {
      const routes = /\/v1\/(access-history|releases|patients|people)/;
      const at = await visit(await path(), {
        ...officer,
        before: (page) =>
          page.route(routes, (request) =>
            request.fulfill({
              status: 503,
              contentType: 'application/problem+json',
              body: JSON.stringify({ code: 'history-unavailable', detail: 'the index is being built', status: 503 }),
            }),
          ),
      });
      const alert = at.page.getByRole('alert').filter({ hasText: 'history-unavailable' }).first();
      await alert.waitFor();
      await at.page.unroute(routes);
      await alert.getByRole('button', { name: 'Try again' }).click();
      await at.page.getByText(shows).first().waitFor();
    });

    it('is not shown to whoever is on call, and asks nothing of the API for them', async () => {
      const asked: string[] = [];
      const at = await visit(await path(), {
        role: 'on-call',
        before: async (page) => page.on('request', (request) => asked.push(new URL(request.url()).pathname)),
      });
      if (name !== 'viewer') await at.page.getByText('This is for compliance officers').waitFor();
      for (const place of ['Access history', 'Releases'])
        expect(await at.page.getByRole('link', { name: place }).count()).toBe(0);
      expect(asked).toContain('/console/session');
      expect(asked.filter((url) => /^\/v1\/.*(access-h|accesses|releases|identity|facts|exports)/.test(url))).toEqual(
        [],
      );
    });
  });

  it('gives whoever is on call nothing of it from the API', async () => {
    const at = await desk.visit({ role: 'on-call' });
    for (const route of [
      '/v1/access-history',
      '/v1/releases',
      '/v1/exports',
      `/v1/patients/${patientId()}/access-holds`,
      `/v1/people/${leaked.viewerId}/facts`,
    ]) {
      const answer = await at.context.request.get(route, { headers: { 'x-ledger-console': '1' } });
      expect([route, answer.status()]).toEqual([route, 403]);
    }
  });

  describe('the access history', () => {
    it('is asked by keyboard, and the address asks the same again', async () => {
      const at = await visit('/history');
      await at.page.getByLabel('Viewer', { exact: true }).focus();
      await at.page.keyboard.type(leaked.viewerId);
      await at.page.keyboard.press('Enter');
      await at.page.waitForURL(/viewerId=/);
      await at.page.getByText(/^\d+ rows?, as of position/).waitFor();
      const again = await visit(
        new URL(at.page.url()).pathname.replace('/console', '') + new URL(at.page.url()).search,
      );
      await again.page.getByRole('table', { name: 'Access history' }).waitFor();
      expect(await again.page.getByLabel('Viewer', { exact: true }).inputValue()).toBe(leaked.viewerId);
      const viewers = await again.page
        .locator('td[data-label="Viewer"] a')
        .evaluateAll((links) => links.map((link) => link.getAttribute('title')));
      expect([...new Set(viewers)]).toEqual([leaked.viewerId]);
    });

    it('says that no row is like what was asked', async () => {
      const at = await visit('/history?viewerId=no-one-at-all');
      await at.page.getByText('No row is like this').waitFor();
    });

    it('shows verdicts of then and now beside each other', async () => {
      const at = await visit(`/history?viewerId=${leaked.viewerId}&kind=opened&rules=current`);
      await at.page.getByRole('columnheader', { name: 'By the rules now' }).waitFor();
      expect(await at.page.getByText('Flagged', { exact: true }).count()).toBeGreaterThanOrEqual(
        leaked.opened.length * 2,
      );
    });

    it('is shown as it was known at a position of the log', async () => {
      const at = await visit(`/history?viewerId=${leaked.viewerId}&asOf=0`);
      await at.page.getByText('No row is like this').waitFor();
      expect(await at.page.getByLabel('Position', { exact: true }).inputValue()).toBe('0');
    });

    it('is a picture whose marks the arrow keys walk, and a table of the same', async () => {
      const at = await visit(`/history?viewerId=${leaked.viewerId}&kind=opened`);
      await at.page.getByRole('button', { name: 'Show as a picture' }).click();
      const marks = at.page.getByRole('listbox', { name: 'Accesses' }).getByRole('option');
      await marks.first().focus();
      const name = () => at.page.evaluate('document.activeElement.getAttribute("aria-label")');
      const first = await name();
      expect(first).toContain('flagged');
      await at.page.keyboard.press('ArrowDown');
      expect(await name()).not.toBe(first);
      await at.page.keyboard.press('t');
      const table = at.page.getByRole('region', { name: 'Exposure timeline as a table' }).getByRole('row');
      await table.first().waitFor();
      expect(await table.count()).toBe(leaked.opened.length + 1);
    });

    it('becomes a file of what is asked, which a second officer approves', async () => {
      const at = await visit(`/history?viewerId=${leaked.viewerId}`);
      await at.page.getByRole('button', { name: 'Export these …' }).click();
      await at.page.getByRole('button', { name: 'Export', exact: true }).click();
      await at.page.getByText('A second officer approves it').waitFor();
      const other = await visit('/history', second);
      await other.page.getByRole('button', { name: /^Approve/ }).click();
      await at.page.getByRole('button', { name: /^Download/ }).waitFor();
      const saved = at.page.waitForEvent('download');
      await at.page.getByRole('button', { name: /^Download/ }).click();
      const path = await (await saved).path();
      const lines = (await readFile(path, 'utf8')).trim().split('\n');
      expect(lines.length).toBeGreaterThan(leaked.opened.length);
      expect(lines.slice(1).every((line) => line.includes(leaked.viewerId))).toBe(true);
    });
  });

  it.each<[string, () => string, string]>([
    ['recording', () => `/recordings/${recordingId()}`, 'Every view'],
    ['viewer', () => `/viewers/${leaked.viewerId}`, 'Hours'],
    ['patient', () => `/patients/${patientId()}`, 'Who looked'],
  ])(
    'puts a visit to the page of a %s on record once, also where the connection was lost meanwhile',
    async (name, path, shows) => {
      const personId = `officer-once-${name}`;
      const at = await visit(path(), { ...officer, personId });
      await at.page.getByText(shows).first().waitFor();
      await settled(at);
      await at.context.setOffline(true);
      await at.page.getByText('The connection to the server is lost').first().waitFor();
      await at.context.setOffline(false);
      await at.page.getByText('The connection is back').first().waitFor();
      await settled(at);
      const readings = await eventsOf(desk.app, auditorStreams.of(personId));
      expect(new Set(readings.map(({ data }) => (data as { readId: string }).readId)).size).toBe(1);
    },
  );

  it('says by itself that no person asks, where none touched the page', async () => {
    const said = new Set<string | undefined>();
    const at = await visit('/operations');
    const asked = at.page.waitForRequest('**/v1/reactors');
    at.page.on('request', (request) => {
      if (request.url().includes('/v1/')) said.add(request.headers()['x-ledger-console']);
    });
    await asked;
    await at.page.waitForRequest('**/v1/reactors');
    expect([...said]).toEqual(['background']);
  });

  it('halts a release, and resumes it', async () => {
    const at = await visit(`/releases/${await release()}`);
    await at.page.getByRole('button', { name: 'Halt this release …' }).click();
    await at.page.getByText(/^Now, halting .* (stops|cuts) /).waitFor();
    expect(await at.axe()).toEqual([]);
    await at.page.getByLabel('Reason, as a code').fill('case-7');
    await at.page.getByRole('button', { name: 'Halt', exact: true }).click();
    await at.page.getByRole('button', { name: 'Resume …' }).click();
    await at.page.getByLabel('Reason, as a code').fill('case-7');
    await at.page.getByRole('button', { name: 'Resume', exact: true }).click();
    await at.page.getByRole('button', { name: 'Halt this release …' }).waitFor();
  });

  it('walks the blast radius by arrow keys, and opens the person with Enter', async () => {
    const at = await visit(`/releases/${await release()}`);
    await at.page.getByRole('option').first().focus();
    await at.page.keyboard.press('ArrowRight');
    expect(await at.page.evaluate('document.activeElement.getAttribute("aria-label")')).toMatch(/^viewer .*opened/);
    await at.page.keyboard.press('Enter');
    await at.page.waitForURL(/\/viewers\//);
  });

  it('quarantines a recording and releases it, and both are part of where it comes from', async () => {
    const held = await recorded(desk.app);
    const at = await visit(`/recordings/${held.recordingId}`);
    await at.page.getByRole('button', { name: 'Quarantine …' }).click();
    await at.page.getByLabel('Reason, as a code').fill('case-7');
    await at.page.getByRole('button', { name: 'Quarantine', exact: true }).click();
    await at.page.getByRole('button', { name: 'Release …' }).waitFor();
    // The first key says yes to all here, the second does not.
    expect((await ask(desk.app, held, held.patientId)).status).toBe(403);
    await at.page.getByRole('button', { name: 'Release …' }).click();
    await at.page.getByLabel('Reason, as a code').fill('case-7');
    await at.page.getByRole('button', { name: 'Release', exact: true }).click();
    await at.page.getByRole('button', { name: 'Quarantine …' }).waitFor();
    await at.page.getByRole('button', { name: 'Show where it comes from' }).click();
    await at.page.getByText('SHA-256', { exact: true }).waitFor();
    const chain = await at.page.getByRole('listitem').locator('strong').allTextContents();
    expect(chain.slice(-3)).toEqual(['Filed', 'Quarantined', 'Released']);
  });

  it('says before it erases a recording that its bytes are gone for good', async () => {
    const held = await recorded(desk.app);
    const at = await visit(`/recordings/${held.recordingId}`);
    await at.page.getByRole('button', { name: 'Erase …' }).click();
    await at.page.getByText('cannot be brought back by anyone').waitFor();
    expect(await at.axe()).toEqual([]);
    await at.page.keyboard.press('Escape');
    await at.page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await at.page.evaluate('document.activeElement.textContent')).toBe('Erase …');
  });

  it.each(['on-call', 'compliance'] as const)('lets %s suspend a viewer and reinstate them', async (role) => {
    const at = await visit(`/viewers/${leaked.viewerId}`, { role, personId: `${role}-1` });
    await at.page.getByRole('button', { name: 'Suspend …' }).click();
    await at.page.getByLabel('Reason, as a code').fill('case-7');
    await at.page.getByRole('button', { name: 'Suspend', exact: true }).click();
    await at.page.getByRole('dialog').waitFor({ state: 'detached' });
    await at.page.getByRole('button', { name: 'Reinstate …' }).click();
    await at.page.getByLabel('Reason, as a code').fill('case-7');
    await at.page.getByRole('button', { name: 'Reinstate', exact: true }).click();
    await at.page.getByRole('dialog').waitFor({ state: 'detached' });
    await at.page.getByRole('button', { name: 'Suspend …' }).waitFor();
  });

  it('keeps accesses from a patient, and ends that', async () => {
    const at = await visit(`/patients/${patientId()}`);
    await at.page.getByRole('button', { name: 'Keep accesses back …' }).click();
    await at.page
      .getByLabel('Until', { exact: true })
      .fill(new Date(Date.now() + 86_400_000).toISOString().slice(0, 16));
    await at.page.getByRole('button', { name: 'Keep back', exact: true }).click();
    await at.page.getByRole('button', { name: /^Lift hold/ }).click();
    await at.page.getByText('Lifted').first().waitFor();
  });
});
