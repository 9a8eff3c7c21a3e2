import { createHash } from 'node:crypto';
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

  it('with a browser finds a page whose links lead somewhere', async () => {
    const response = await visit(CHROME);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const links = [...(await response.text()).matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links).toEqual(['./docs', './openapi.json', './asyncapi.json', './health/ready']);
    for (const link of links) expect([link, (await shell.call(link)).status]).toEqual([link, 200]);
  });

  it('loads and runs nothing but the one style of the page', async () => {
    const response = await visit(CHROME);
    const policy = response.headers.get('content-security-policy') ?? '';
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(await response.text()) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${hash}'`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
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
    expect(await response.json()).toMatchObject({ documentation: './docs', ready: './health/ready' });
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
