import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, get as request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type FastifyInstance, fastify } from 'fastify';
import { servePages } from '../../src/console/pages.ts';

type Answer = { readonly statusCode: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/** The path as it is: `fetch` would put one with dots straight. */
const asked = async (server: FastifyInstance, path: string): Promise<Answer> => {
  const { port } = server.server.address() as AddressInfo;
  return new Promise((done, failed) => {
    request({ port, path, host: '127.0.0.1' }, (response) => {
      const { statusCode = 0, headers } = response;
      text(response).then((body) => done({ statusCode, headers, body }), failed);
    }).on('error', failed);
  });
};

describe('the pages of the console', () => {
  let folder: string;
  let server: FastifyInstance;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ledger-console-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<!DOCTYPE html><title>Console</title>');
    await writeFile(join(folder, 'assets/index-B7x_y.js'), 'export {};');
    await writeFile(join(folder, 'secret.txt'), 'not for anyone');
    server = fastify();
    await servePages(server, folder);
    await server.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  const get = (url: string) => asked(server, url);

  it.each(['/console', '/console/', '/console/incidents/abc', '/console/a/b/c?x=1', '/console/secret.txt'])(
    'answer %s with the page itself, whose address leads on',
    async (url) => {
      const answer = await get(url);
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(answer.body).toBe('<!DOCTYPE html><title>Console</title>');
      expect(answer.headers['cache-control']).toBe('no-cache');
    },
  );

  it('let a browser keep the files that have a hash in their names', async () => {
    const answer = await get('/console/assets/index-B7x_y.js');
    expect([answer.statusCode, answer.body]).toEqual([200, 'export {};']);
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(answer.headers['content-type']).toMatch(/javascript/);
  });

  it.each([
    '/console/assets/index-OLD.js',
    '/console/assets/..%2Fsecret.txt',
    '/console/assets/%2e%2e/secret.txt',
    '/console/assets/.hidden',
    '/console/assets/',
    '/console/assets/a/b.js',
  ])('do not answer %s with a page, or with a file that is none of theirs', async (url) => {
    const answer = await get(url);
    expect(answer.body).not.toContain('not for anyone');
    expect([answer.statusCode, answer.headers['content-type']]).not.toEqual([200, 'text/javascript; charset=utf-8']);
    if (url !== '/console/assets/%2e%2e/secret.txt') expect(answer.statusCode).toBe(404);
  });

  it('run nothing that was not built, and make no text a script', async () => {
    const policy = String((await get('/console')).headers['content-security-policy']);
    const directives = new Map(policy.split('; ').map((each) => [each.split(' ')[0], each]));
    expect(directives.get('default-src')).toBe("default-src 'none'");
    expect(directives.get('script-src')).toBe("script-src 'self'");
    expect(directives.get('require-trusted-types-for')).toBe("require-trusted-types-for 'script'");
    expect(directives.get('frame-ancestors')).toBe("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });
});

describe('a console that was never built', () => {
  it('says how to build it, within a policy that lets nothing run', async () => {
    const server = fastify();
    await servePages(server, join(tmpdir(), 'there-is-no-such-folder'));
    await server.listen({ host: '127.0.0.1', port: 0 });
    for (const url of ['/console', '/console/incidents/abc']) {
      const { statusCode, body, headers } = await asked(server, url);
      expect(statusCode).toBe(200);
      expect(body).toContain('npm run build');
      const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(body) ?? [];
      const hash = createHash('sha256').update(style).digest('base64');
      expect(headers['content-security-policy']).toContain(`style-src 'sha256-${hash}';`);
    }
    await server.close();
  });
});
