import { auditorStreams } from '../../events/categories.ts';
import { ROLES } from '../../events/values.ts';
import { readConfig } from '../../src/config/config.ts';
import { LedgerUnavailable } from '../../src/ledger/errors.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { Role } from '../../src/request/actor.ts';
import { eventsOf, send } from '../access/scene.ts';
import { signedIn } from '../console/browser.ts';
import { type Answer, Receiver, status } from '../ledger/react/delivery/receiver.ts';
import { type RunningApp, startApp } from '../support/app.ts';

const NAME = 'Zoë Quensel-Abbott';
const TOKEN = 'a token of the host app';
const says =
  (body: unknown): Answer =>
  (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

describe('asking what a person is called', () => {
  let app: RunningApp;
  let without: RunningApp;
  let host: Receiver;
  beforeAll(async () => {
    host = await new Receiver().start();
    const CONSOLE_NAMES_URL = `http://127.0.0.1:${host.port}/people/{id}/name`;
    [app, without] = await Promise.all([
      startApp({ env: { CONSOLE_NAMES_URL, CONSOLE_NAMES_TOKEN: TOKEN } }),
      startApp(),
    ]);
  });
  beforeEach(() => {
    host.received.length = 0;
    host.answer = says({ name: NAME });
  });
  afterAll(async () => {
    await Promise.all([app?.close(), without?.close()]);
    await host?.stop();
  });

  const ask = (personId: string, as: string, on = app, roles: readonly Role[] = ['on-call']) =>
    send(on, 'GET', `/v1/people/${encodeURIComponent(personId)}/name`, { as, roles });
  const recordOf = (as: string) => eventsOf(app, auditorStreams.of(as));

  it('is answered by the host app, and is on record before that, without the name', async () => {
    let before: readonly string[] = [];
    host.answer = (received, response, request) =>
      void recordOf('on-call-1').then((events) => {
        before = events.map(({ type }) => type);
        says({ name: NAME })(received, response, request);
      });
    const { status: answered, body, headers } = await ask('doc/7', 'on-call-1');
    expect([answered, body]).toEqual([200, { personId: 'doc/7', name: NAME }]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(before).toEqual(['NameAsked']);
    expect(host.received.map(({ method, path, headers: { authorization } }) => [method, path, authorization])).toEqual([
      ['GET', '/people/doc%2F7/name', `Bearer ${TOKEN}`],
    ]);
    const [event] = await recordOf('on-call-1');
    expect(event?.data).toMatchObject({ auditorId: 'on-call-1' });
    const kept = `${JSON.stringify(event, (_, v) => (typeof v === 'bigint' ? String(v) : v))}${app.logged.join('')}`;
    for (const word of ['Quensel', 'Zo', TOKEN]) expect(kept).not.toContain(word);
  });

  it('is asked anew, and is on record, each time', async () => {
    await ask('doc-1', 'on-call-2');
    await ask('doc-1', 'on-call-2');
    expect(host.received).toHaveLength(2);
    expect(await recordOf('on-call-2')).toHaveLength(2);
  });

  it.each<[string, Answer, number, string]>([
    ['knows no one by the id', status(404), 404, 'name-not-found'],
    ['fails', status(500), 503, 'names-unavailable'],
    ['leads elsewhere', status(302, { location: 'http://127.0.0.1:9/' }), 503, 'names-unavailable'],
    ['answers in another shape', says({ given: NAME }), 503, 'names-unavailable'],
    ['answers a name that is none', says({ name: ' ' }), 503, 'names-unavailable'],
    ['answers without an end', says({ name: NAME, more: 'x'.repeat(5_000) }), 503, 'names-unavailable'],
    ['hangs up', (_, response) => void response.destroy(), 503, 'names-unavailable'],
  ])('is refused where that app %s, and nothing of its answer is logged', async (what, answer, expected, code) => {
    host.answer = answer;
    const as = `on-call-${what.replaceAll(' ', '-')}`;
    const { status: answered, body } = await ask('doc-1', as);
    expect([answered, body.code]).toEqual([expected, code]);
    expect(JSON.stringify(body)).not.toContain('Quensel');
    expect(app.logged.join('')).not.toContain('Quensel');
    expect((await recordOf(as)).map(({ type }) => type)).toEqual(['NameAsked']);
  });

  it('asks no one where it cannot be put on record', async () => {
    const ledger = app.app.get(Ledger);
    const append = ledger.append.bind(ledger);
    ledger.append = async () => {
      throw new LedgerUnavailable('gone');
    };
    try {
      const { status: answered, body } = await ask('doc-1', 'on-call-9');
      expect([answered, body.code]).toEqual([503, 'ledger-unavailable']);
    } finally {
      ledger.append = append;
    }
    expect(host.received).toEqual([]);
  });

  it('is not possible where no such app is set up, and the console is told so', async () => {
    const { status: answered, body } = await ask('doc-1', 'on-call-1', without);
    expect([answered, body.code]).toEqual([503, 'names-unavailable']);
    const sessionOf = async (on: RunningApp) =>
      (await (await signedIn(on, 'on-call')).call('/console/session')).json() as Promise<{ names?: true }>;
    expect((await sessionOf(app)).names).toBe(true);
    expect((await sessionOf(without)).names).toBeUndefined();
  });

  it.each(ROLES)('is for the desk alone: %s', async (role: Role) => {
    const { status: answered } = await ask('doc-1', `a-${role}`, app, [role]);
    const isDesk = role === 'on-call' || role === 'compliance';
    expect([answered, host.received.length, (await recordOf(`a-${role}`)).length]).toEqual(
      isDesk ? [200, 1, 1] : [403, 0, 0],
    );
  });

  it('is not for callers without a token, or with a forged one', async () => {
    expect((await app.call('/v1/people/doc-1/name')).status).toBe(401);
    const forged = { authorization: `Bearer ${(await app.token('on-call-1', ['on-call'])).slice(0, -3)}AAA` };
    expect((await app.call('/v1/people/doc-1/name', { headers: forged })).status).toBe(401);
    expect(host.received).toEqual([]);
  });
});

describe('where names are asked for', () => {
  const production = { NODE_ENV: 'production', JWT_ISSUER: 'https://id.example.org', JWT_AUDIENCE: 'ledger' };

  it.each([
    ['without a place for the id', { CONSOLE_NAMES_URL: 'https://app.example.org/name' }, 'must have {id}'],
    ['in clear in production', { ...production, CONSOLE_NAMES_URL: 'http://app.example.org/{id}' }, 'must be https'],
    ['that is no address', { CONSOLE_NAMES_URL: '{id}' }, 'must be an http(s) URL'],
  ])('is not taken %s', (_, env, says) => {
    expect(() => readConfig(env)).toThrow(says);
  });
});
