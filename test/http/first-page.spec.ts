import type { RunningApp } from '../support/app.ts';
import { startShell } from '../support/shell.ts';

const CHROME = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

describe('a first visit', () => {
  let shell: RunningApp;
  beforeAll(async () => {
    shell = await startShell();
  });
  afterAll(() => shell?.close());
  const visit = (accept?: string) => shell.call('/', accept === undefined ? {} : { headers: { accept } });

  it('with a browser leads to the console', async () => {
    const response = await shell.call('/', { headers: { accept: CHROME }, redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([303, './console']);
    expect(response.headers.get('vary')).toContain('accept');
    const followed = await visit(CHROME);
    expect([followed.status, new URL(followed.url).pathname]).toEqual([200, '/console']);
    expect(followed.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it.each([
    undefined,
    '*/*',
    'application/json',
    'application/json, text/plain, */*',
    'text/html;q=0',
    'text/html; q=0.0, */*',
  ])('with a client that accepts %s finds the same as data', async (accept) => {
    const response = await visit(accept);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(response.headers.get('vary')).toContain('accept');
    expect(await response.json()).toMatchObject({
      console: './console',
      documentation: './docs',
      ready: './health/ready',
    });
  });

  it('tells no one which release this is, with or without a token', async () => {
    for (const accept of [CHROME, 'application/json']) {
      const said = [await (await visit(accept)).text()];
      said.push(await (await shell.call('/', { as: 'pat-1', headers: { accept } })).text());
      expect(said[0]).toBe(said[1]);
      expect(said[0]).not.toContain(shell.config.appVersion);
    }
  });
});
