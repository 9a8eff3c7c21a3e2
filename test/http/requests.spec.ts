import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import type { RunningApp } from '../support/app.ts';
import { problemIn } from '../support/problem.ts';
import { startShell } from '../support/shell.ts';

/** Sends bytes as they are and gives everything that came back until the server closed the connection. */
const raw = ({ url }: RunningApp, text: string): Promise<string> =>
  new Promise((done, failed) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => done(answer));
    socket.on('error', failed);
  });

describe('a request', () => {
  let shell: RunningApp;
  beforeAll(async () => {
    shell = await startShell();
  });
  afterAll(() => shell?.close());

  const note = (body: unknown, { id = 'n-1', headers = {} }: { id?: string; headers?: Record<string, string> } = {}) =>
    shell.call(`/probe/notes/${id}`, {
      method: 'POST',
      as: 'pat-1',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const good = { start: '2026-01-31T09:30:00Z', size: 3 };
  const wrongFields = async (response: Response) => {
    const { code, errors } = await problemIn(response);
    expect(code).toBe('validation-failed');
    return errors?.map(({ path }) => path);
  };

  describe('with a body', () => {
    it.each(['2026-01-31T09:30:00Z', '2026-01-31T10:30:00+01:00'])(
      'reaches its route validated, with times in the one form they are kept in (%s)',
      async (start) => {
        const response = await note({ ...good, start, tag: 'a.b-c_1' });
        expect(response.status).toBe(200);
        expect(await response.json()).toMatchObject({
          noteId: 'n-1',
          note: { start: '2026-01-31T09:30:00.000Z', size: 3, tag: 'a.b-c_1' },
        });
      },
    );

    it('is refused with every bad field named, unknown ones among them', async () => {
      const response = await note({ start: 'tomorrow', size: 0, tag: '$all', colour: 'red', admin: true });
      expect((await wrongFields(response))?.sort()).toEqual(['admin', 'colour', 'size', 'start', 'tag']);
    });

    it.each([
      ['a time without a zone', { ...good, start: '2026-01-31T09:30:00' }, ['start']],
      ['a day that is not in the calendar', { ...good, start: '2026-02-30T09:30:00Z' }, ['start']],
      ['a number as text', { ...good, size: '3' }, ['size']],
      ['a missing field', { size: 3 }, ['start']],
      ['a list in place of the object', [good], ['body']],
      ['nothing', '', ['body']],
      ['null', 'null', ['body']],
    ])('is refused with %s', async (_what, body, fields) => {
      expect(await wrongFields(await note(body))).toEqual(fields);
    });

    it.each([
      ['no JSON', '{"start":', 400, 'bad-request'],
      ['a prototype in it', '{"__proto__":{"admin":true},"size":1}', 400, 'bad-request'],
      ['more than 64 KiB', JSON.stringify({ ...good, tag: 'x'.repeat(64 * 1024) }), 413, 'body-too-large'],
    ])('is refused with %s', async (_what, body, status, code) => {
      expect(await problemIn(await note(body))).toMatchObject({ status, code });
    });

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'nonsense',
    ])('is refused as %s', async (type) => {
      const response = await note(JSON.stringify(good), { headers: { 'content-type': type } });
      expect(await problemIn(response)).toMatchObject({ status: 415, code: 'unsupported-media-type' });
    });

    it('is refused as a video where none is taken', async () => {
      const response = await note('0000', { headers: { 'content-type': 'video/webm' } });
      expect(await problemIn(response)).toMatchObject({ status: 415, code: 'unsupported-media-type' });
    });

    it('names no more than fifty of a thousand bad fields', async () => {
      const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`field${i}`, i]));
      expect(await wrongFields(await note({ ...good, ...many }))).toHaveLength(50);
    });
  });

  describe('with an id in its path', () => {
    it.each(['$ce-patient', 'a%2Fb', '..%2F..%2Fetc', 'a%20b', 'a%00b', '%E2%84%AA', 'x'.repeat(65)])(
      'is refused for %s',
      async (id) => {
        expect(await wrongFields(await note(good, { id }))).toEqual(['noteId']);
      },
    );

    it('is refused when the id is longer than any can be', async () => {
      expect(await problemIn(await note(good, { id: 'x'.repeat(200) }))).toMatchObject({
        status: 414,
        code: 'uri-too-long',
      });
    });

    it('is refused when the path is no URL', async () => {
      const response = await shell.call('/probe/notes/%zz');
      expect(await problemIn(response)).toMatchObject({ status: 400, code: 'bad-request' });
      expect(response.headers.get('x-request-id')).toMatch(/.{36}/);
    });
  });

  describe('for a page of a list', () => {
    const list = (query: string) => shell.call(`/probe/list?${query}`, { as: 'pat-1' });

    it('takes the cursor of the page before', async () => {
      const first = (await (await list('')).json()) as { next: string; query: object };
      expect(first.query).toEqual({ limit: 20 });
      const second = await list(`cursor=${first.next}&limit=100&status=open`);
      expect(await second.json()).toMatchObject({ query: { cursor: ['a', 1], limit: 100, status: 'open' } });
    });

    it.each([
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['limit=ten', 'limit'],
      ['limit=1&limit=2', 'limit'],
      ['limit=1e1.5', 'limit'],
      ['cursor=nonsense', 'cursor'],
      [`cursor=${Buffer.from('[1,2]').toString('base64url')}`, 'cursor'],
      [`cursor=${Buffer.from('{"__proto__":1}').toString('base64url')}`, 'cursor'],
      ['status=gone', 'status'],
      ['page=2', 'page'],
    ])('is refused with %s', async (query, field) => {
      expect(await wrongFields(await list(query))).toEqual([field]);
    });
  });

  describe('with conditions in its headers', () => {
    it.each([
      [{ 'if-match': '"7"' }, 7],
      [{ 'if-match': '"0"' }, 0],
      [{ 'if-match': '*' }, undefined],
      [{}, undefined],
    ])('is meant for the revision of %j', async (headers, expected) => {
      expect(((await (await note(good, { headers })).json()) as { ifMatch?: number }).ifMatch).toBe(expected);
    });

    it.each(['7', 'W/"7"', '"7", "8"', '"-1"', '"07"', '"seven"'])('is refused with If-Match %s', async (value) => {
      expect(await wrongFields(await note(good, { headers: { 'if-match': value } }))).toEqual(['If-Match']);
    });

    it.each(['-1', '1.5', 'x', '"1"', '1e3'])('is refused with X-Min-Revision %s', async (value) => {
      const response = await shell.call('/probe/list', { as: 'pat-1', headers: { 'x-min-revision': value } });
      expect(await wrongFields(response)).toEqual(['X-Min-Revision']);
    });
  });

  describe('of its own', () => {
    it('has one id from the answer to the cause of what its handler does', async () => {
      const mine = randomUUID();
      const response = await note(good, { headers: { 'x-request-id': mine, 'idempotency-key': 'key-1' } });
      expect(response.headers.get('x-request-id')).toBe(mine);
      const { cause } = (await response.json()) as { cause: object };
      expect(cause).toMatchObject({
        requestId: mine,
        idempotency: { key: 'key-1' },
        actor: { id: 'pat-1', roles: [] },
      });
    });

    it.each([
      '0198f5a0-7c1e-7000-8000-0123456789ab',
      '0198F5A0-7C1E-4000-8000-0123456789AB',
      '01J9ZQ4W8M3V5K7T2R6Y0N1XBC',
      '01j9zq4w8m3v5k7t2r6y0n1xbc',
    ])('keeps the id of the caller: %s', async (given) => {
      const response = await shell.call('/health/live', { headers: { 'x-request-id': given } });
      expect(response.headers.get('x-request-id')).toBe(given);
    });

    it.each([
      '',
      'a b',
      'a"b',
      'x'.repeat(129),
      '<script>',
      'erika.mustermann-1964-08-12',
      'patient:4711',
      '0198f5a07c1e700080000123456789ab',
      'xrika001-must-erma-nn19-640812000000',
      '0198f5a0-7c1e-7000-8000-0123456789ab,erika',
      '81J9ZQ4W8M3V5K7T2R6Y0N1XBC',
      '01J9ZQ4W8M3V5K7T2R6Y0N1XBU',
    ])('gets a new id for the unusable id "%s"', async (given) => {
      const response = await shell.call('/health/live', { headers: { 'x-request-id': given } });
      expect(response.headers.get('x-request-id')).not.toBe(given);
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    });

    it.each(['a b', 'x'.repeat(256), 'schlüssel'.normalize('NFC')])(
      'is refused with Idempotency-Key "%s"',
      async (key) => {
        expect(await wrongFields(await note(good, { headers: { 'idempotency-key': key } }))).toEqual([
          'Idempotency-Key',
        ]);
      },
    );

    it('keeps its cause apart from all others', async () => {
      const ids = Array.from({ length: 50 }, () => randomUUID());
      const seen = await Promise.all(
        ids.map(async (id) => {
          const answer = await note(good, { headers: { 'x-request-id': id } });
          return ((await answer.json()) as { cause: { requestId: string } }).cause.requestId;
        }),
      );
      expect(seen).toEqual(ids);
    });
  });

  describe('that goes wrong', () => {
    it.each([
      ['/nowhere?token=secret', 404, 'route-not-found'],
      ['/v1/../../etc/passwd', 404, 'route-not-found'],
      ['/probe/me', 401, 'unauthenticated'],
      ['/probe/broken', 500, 'internal-error'],
      ['/probe/outage', 503, 'ledger-unavailable'],
    ])('is answered with a problem and its id: %s', async (path, status, code) => {
      const mine = randomUUID();
      const response = await shell.call(path, { headers: { 'x-request-id': mine } });
      expect(response.headers.get('x-request-id')).toBe(mine);
      const problem = await problemIn(response);
      expect(problem).toMatchObject({ status, code, instance: new URL(path, shell.url).pathname });
    });

    it('tells nothing of an error nobody foresaw, and logs it', async () => {
      const mine = randomUUID();
      const response = await shell.call('/probe/broken', { headers: { 'x-request-id': mine } });
      const text = await response.text();
      expect(text).not.toMatch(/SELECT|Erika|secret|probe\.ts|at /);
      const line = shell.logged
        .map((entry) => JSON.parse(entry))
        .find(({ requestId, err }) => requestId === mine && err);
      expect(line).toMatchObject({ level: 'error', err: { stack: expect.stringContaining('ProbeController') } });
    });

    it('says when to ask again, where the error knows', async () => {
      expect((await shell.call('/probe/outage')).headers.get('retry-after')).toBe('7');
    });

    it('is not cached by anybody', async () => {
      for (const path of ['/probe/outage', '/nowhere', '/health/live']) {
        expect((await shell.call(path)).headers.get('cache-control')).toBe('no-store');
      }
    });

    it('is refused by method', async () => {
      const response = await shell.call('/probe/me', { method: 'DELETE', as: 'pat-1' });
      expect(await problemIn(response)).toMatchObject({ status: 404, code: 'route-not-found' });
    });

    it('is answered with a problem even when it is not HTTP', async () => {
      const answer = await raw(shell, 'BREW /coffee COFFEE/1.0\r\n\r\n');
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*\r\ncontent-type: application\/problem\+json\r\n/);
      expect(answer).toMatch(/\r\nx-request-id: [0-9a-f-]{36}\r\n/);
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status: 400, code: 'bad-request' });
    });

    it('is answered with a problem when its headers are too large', async () => {
      const answer = await raw(shell, `GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 431 /);
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ code: 'headers-too-large' });
    });
  });

  describe('with a recording', () => {
    it('reaches its route as an unread stream, larger than any JSON may be', async () => {
      const mine = randomUUID();
      const response = await shell.call('/probe/bytes', {
        method: 'POST',
        as: 'media-1',
        roles: ['service'],
        headers: { 'content-type': 'video/webm;codecs=vp9', 'x-request-id': mine },
        body: Buffer.alloc(3 * 1024 * 1024, 7),
      });
      expect(await response.json()).toEqual({ stream: true, bytes: 3 * 1024 * 1024, requestId: mine });
    });

    it('is refused without reading it, and the caller gets to see why', async () => {
      const response = await shell.call('/probe/refuse-bytes', {
        method: 'POST',
        as: 'media-1',
        roles: ['service'],
        headers: { 'content-type': 'audio/ogg' },
        body: Buffer.alloc(8 * 1024 * 1024, 7),
      });
      expect(await problemIn(response)).toMatchObject({ status: 503, code: 'ledger-unavailable' });
    });

    it('does not keep the connection for a refused body that never ends', async () => {
      const token = await shell.token('media-1', ['service']);
      const started = Date.now();
      const answer = await raw(
        shell,
        `POST /probe/refuse-bytes HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: video/webm\r\ncontent-length: 1000000\r\n\r\nabc`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 503 /);
      expect(Date.now() - started).toBeLessThan(9_000);
    }, 15_000);
  });

  it('whose JSON never ends is answered and cut', async () => {
    const token = await shell.token('pat-1');
    const started = Date.now();
    const answer = await raw(
      shell,
      `POST /probe/notes/n-1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"size"`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ code: 'request-timeout' });
    expect(Date.now() - started).toBeLessThan(16_000);
  }, 20_000);
});

describe('the headers of every answer', () => {
  it('let no page embed, sniff or run it, and send nothing on', async () => {
    const shell = await startShell();
    try {
      const { headers } = await shell.call('/health/live');
      expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{7,}/);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('x-powered-by')).toBeNull();
    } finally {
      await shell.close();
    }
  });

  it('let in pages of configured origins alone', async () => {
    const shell = await startShell({ env: { CORS_ORIGINS: 'https://app.example.org' } });
    const preflight = (origin: string) =>
      shell.call('/probe/me', {
        method: 'OPTIONS',
        headers: {
          ...{ origin, 'access-control-request-method': 'GET' },
          'access-control-request-headers': 'authorization, x-client-release',
        },
      });
    try {
      const allowed = await preflight('https://app.example.org');
      expect(allowed.status).toBe(204);
      expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.org');
      expect(allowed.headers.get('access-control-allow-headers')).toContain('x-client-release');
      const answer = await shell.call('/probe/me', { as: 'pat-1', headers: { origin: 'https://app.example.org' } });
      const exposed = (answer.headers.get('access-control-expose-headers') ?? '').split(/,\s*/);
      expect(exposed).toEqual(
        expect.arrayContaining(['Accept-Ranges', 'Content-Range', 'X-RateLimit-Remaining', 'X-Ledger-Position']),
      );
      expect(exposed).not.toContain('Set-Cookie');
      expect((await preflight('https://evil.example.org')).headers.get('access-control-allow-origin')).toBeNull();
    } finally {
      await shell.close();
    }
  });
});
