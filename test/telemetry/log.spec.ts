import { randomUUID } from 'node:crypto';
import { createLogger, forRequest, nestLogger } from '../../src/telemetry/logger.ts';
import type { RunningApp } from '../support/app.ts';
import { startShell } from '../support/shell.ts';

describe('the log of requests', () => {
  let shell: RunningApp;
  beforeAll(async () => {
    shell = await startShell({ env: { LOG_LEVEL: 'trace' } });
  });
  afterAll(() => shell?.close());

  it('has the route, the caller and the outcome of each under its request id', async () => {
    const mine = randomUUID();
    await shell.call('/probe/notes/note-7', {
      method: 'POST',
      as: 'pat-1',
      headers: { 'content-type': 'application/json', 'x-request-id': mine },
      body: JSON.stringify({ start: '2026-01-31T09:30:00Z', size: 3 }),
    });
    const line = shell.logged.map((entry) => JSON.parse(entry)).find(({ requestId }) => requestId === mine);
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      requestId: mine,
      method: 'POST',
      route: '/probe/notes/:noteId',
      status: 200,
      ms: expect.any(Number),
      actor: 'pat-1',
      msg: 'request',
    });
  });

  it('holds no token, body, query or address of a person', async () => {
    const token = await shell.token('pat-1');
    const marks = {
      body: 'Meier-in-the-body',
      query: 'Meier-in-the-query',
      cookie: 'Meier-in-a-cookie',
      path: 'Meier%24path',
    };
    const headers = {
      authorization: `Bearer ${token}`,
      cookie: `name=${marks.cookie}`,
      'content-type': 'application/json',
    };
    for (const path of [
      `/probe/notes/${marks.path}?q=${marks.query}`,
      `/nowhere/${marks.path}?token=${token}`,
      '/probe/broken',
    ]) {
      await shell.call(path, { method: 'POST', headers, body: JSON.stringify({ start: marks.body }) });
    }
    await shell.call('/probe/me', { headers: { authorization: `Bearer ${token}x` } });
    const all = shell.logged.join('');
    expect(all).not.toContain(token);
    expect(all).not.toContain(token.split('.')[1]);
    for (const mark of Object.values(marks)) expect(all).not.toContain(mark);
    // The store's own address may stand in what a busy machine makes of it.
    expect(all.replaceAll(/connect E[A-Z]+ 127\.0\.0\.1:\d+/g, '')).not.toContain('127.0.0.1');
  });
});

describe('a line of the log', () => {
  const logged = (write: (logger: ReturnType<typeof createLogger>) => void): string => {
    const lines: string[] = [];
    write(createLogger({ logLevel: 'trace' }, { write: (line) => void lines.push(line) }));
    return lines.join('');
  };
  const jwt = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJwYXQtMSJ9.c2lnbmF0dXJl';

  it.each([
    ['a token in a text', () => new Error(`invalid ${jwt}`)],
    ['a token in a query', () => new Error('GET /socket.io?token=opaque-secret failed')],
    ['the password of a connection string', () => new Error('cannot reach esdb://admin:opaque-secret@node1:2113')],
    [
      'a field that is one by name',
      () => ({ authorization: 'opaque-secret', inner: { password: 'opaque-secret', token: jwt } }),
    ],
  ])('does not carry %s', (_what, secret) => {
    const thing = secret();
    const text = logged((logger) => logger.error(thing instanceof Error ? { err: thing } : thing, String(thing)));
    expect(text).not.toMatch(/opaque-secret|c2lnbmF0dXJl/);
    expect(JSON.parse(text)).toMatchObject({ level: 'error' });
  });

  it('may come from Nest, at the level it deserves', () => {
    const text = logged((logger) => {
      const nest = nestLogger(logger);
      nest.log('Mapped {/health, GET} route', 'RouterExplorer');
      nest.log('running as process 7', 'EmbeddedNode');
      nest.error('it broke', 'Error: it broke\n    at there', 'Anything');
      nest.warn('careful', 'Anything');
      nest.error('it broke for somebody', forRequest({ requestId: 'req-7' }), 'Anything');
    });
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { level: 'debug', context: 'RouterExplorer' },
      { level: 'info', context: 'EmbeddedNode', msg: 'running as process 7' },
      { level: 'error', context: 'Anything', stack: expect.stringContaining('at there'), msg: 'it broke' },
      { level: 'warn', context: 'Anything' },
      { level: 'error', context: 'Anything', requestId: 'req-7', msg: 'it broke for somebody' },
    ]);
  });
});
