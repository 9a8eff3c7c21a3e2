import { Receiver } from '../ledger/react/delivery/receiver.ts';
import { type RunningConsole, startConsole } from '../support/console.ts';
import { nosy } from './nosy.ts';

const NAME = 'Zoë Quensel-Abbott';

describe('names in the console', () => {
  let host: Receiver;
  beforeAll(async () => {
    host = await new Receiver().start();
  });
  beforeEach(() => {
    host.received.length = 0;
    host.answer = (_, response) => response.end(JSON.stringify({ name: NAME }));
  });
  afterAll(() => host?.stop());

  describe('where the host app tells them', () => {
    let desk: RunningConsole;
    beforeAll(async () => {
      desk = await startConsole({ env: { CONSOLE_NAMES_URL: `http://127.0.0.1:${host.port}/{id}` } });
    }, 120_000);
    afterAll(() => desk?.close(), 60_000);

    it('are asked for by a button beside an id, and gone with the page', async () => {
      const at = await desk.visit({ role: 'on-call', path: '/viewers/doc-7' });
      const ask = at.page.getByRole('button', { name: 'Show name of doc-7' });
      await ask.waitFor();
      expect(host.received).toEqual([]);
      expect(await at.axe()).toEqual([]);
      await ask.click();
      await at.page.getByText(NAME).waitFor();
      expect(host.received.map(({ path }) => path)).toEqual(['/doc-7']);
      const kept = await at.page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
      expect(kept).not.toContain('Quensel');
      await at.page.reload();
      await ask.waitFor();
      expect(await at.page.getByText(NAME).count()).toBe(0);
    });

    it('are missing with a reason where the host app fails', async () => {
      host.answer = (_, response) => response.writeHead(500).end();
      const at = await desk.visit({ role: 'on-call', path: '/viewers/doc-7' });
      await at.page.getByRole('button', { name: 'Show name of doc-7' }).click();
      await at.page.getByRole('alert').filter({ hasText: 'names-unavailable' }).waitFor();
    });
  });

  it('are nowhere where it does not: no id has the button', async () => {
    const desk = await startConsole({ env: { HISTORY_INDEX: 'on' } });
    try {
      const { viewerId } = await nosy(desk.app);
      const at = await desk.visit({ role: 'compliance', path: `/viewers/${viewerId}` });
      await at.page.getByRole('heading', { name: 'Hours' }).waitFor();
      expect(await at.page.getByRole('button', { name: /^Show name/ }).count()).toBe(0);
    } finally {
      await desk.close();
    }
  }, 120_000);
});
