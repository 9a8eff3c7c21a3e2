import { auditorStreams } from '../../events/categories.ts';
import { ROLES } from '../../events/values.ts';
import { type Answer, eventsOf, scene, send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ env: { HISTORY_INDEX: 'on' } });
});
afterAll(() => app.close());

const ask = (path: string, as = 'officer-1'): Promise<Answer> => send(app, 'GET', path, { as, roles: ['compliance'] });
const exposure = (release: string, query = '', as?: string) => ask(`/v1/releases/${release}/exposure?${query}`, as);

/** A doctor of another consultation opens one as an emergency; its own doctor opens it, too. */
const exposed = async (release: string) => {
  const here = await scene(app);
  const headers = { 'x-client-release': release };
  const open = (as: string, body: object) =>
    send(app, 'POST', here.viewsPath, { as, roles: ['clinician'], headers, body });
  const stranger = `stranger-of-${here.patientId}`;
  const views = [
    await open(here.clinicianId, { purpose: 'treatment' }),
    await open(stranger, { purpose: 'emergency', reason: 'collapsed in the waiting room' }),
  ];
  expect(views.map(({ status }) => status)).toEqual([201, 201]);
  return { ...here, stranger };
};

describe('asking what a release exposed', () => {
  it('tells who does not take part, and the release before', async () => {
    await exposed('7.0-first');
    const here = await exposed('7.1-second');

    const { status, body, headers } = await exposure('7.1-second');

    expect(status).toBe(200);
    expect(Number(headers.get('x-ledger-position'))).toBeGreaterThan(0);
    expect(body).toMatchObject({ kind: 'app', version: '7.1-second', next: null });
    expect(body.entitled).toMatchObject({
      patients: 1,
      viewers: 1,
      opened: { patients: 1, viewers: 1 },
      recordings: 1,
    });
    expect(body.notEntitled).toMatchObject({ patients: 1, viewers: 1, emergencies: 1 });
    expect(body.items).toEqual([
      expect.objectContaining({ viewerId: here.stranger, patientId: here.patientId, opened: 1, flagged: 1 }),
    ]);
    expect(body.before).toMatchObject({ version: '7.0-first', notEntitled: { viewers: 1 } });
    expect(body.before.difference.notEntitled).toMatchObject({ viewers: 0, emergencies: 0 });
  });

  it('is the same for ever as of the same position, whatever comes after', async () => {
    await exposed('7.2');
    const { body, headers } = await exposure('7.2');
    await exposed('7.2');
    expect((await exposure('7.2')).body).not.toEqual(body);
    expect((await exposure('7.2', `asOf=${headers.get('x-ledger-position')}`)).body).toEqual(body);
  });

  it('pages through those who do not take part at the position of the first page', async () => {
    for (let i = 0; i < 3; i++) await exposed('7.3');
    const all = (await exposure('7.3')).body.items;
    const first = await exposure('7.3', 'limit=2');
    await exposed('7.3');
    const second = await exposure('7.3', `limit=2&cursor=${first.body.next}`);
    expect([...first.body.items, ...second.body.items]).toEqual(all);
    expect(second.body.next).toBeNull();
    expect(second.headers.get('x-ledger-position')).toBe(first.headers.get('x-ledger-position'));
  });

  it('is on record, with the patients it names, before it is answered', async () => {
    const here = await exposed('7.4');
    await exposure('7.4', '', 'officer-of-7.4');
    const reads = await eventsOf(app, auditorStreams.of('officer-of-7.4'));
    expect(reads.map(({ type, data }) => ({ type, data }))).toEqual([
      {
        type: 'HistoryRead',
        data: expect.objectContaining({ rows: 1, patientIds: [here.patientId], format: 'json' }),
      },
    ]);
  });

  it.each([
    ['a release that no one had', '9.9', '', 404, 'release-not-found'],
    ['a name that is none', encodeURIComponent("1' OR '1"), '', 400, 'validation-failed'],
    ['a position after the newest event', '7.4', 'asOf=999999999', 400, 'validation-failed'],
    ['a cursor of another list', '7.4', 'cursor=abc', 400, 'validation-failed'],
    ['a field there is not', '7.4', 'patientId=pat-1', 400, 'validation-failed'],
  ])('refuses %s', async (_, release, query, status, code) => {
    const answer = await exposure(release, query);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});

describe('asking for the releases', () => {
  it('lists those of the ledger and of the apps, the latest first, in pages', async () => {
    await exposed('8.0');
    const { status, body, headers } = await ask('/v1/releases');
    expect(status).toBe(200);
    const of = (name: string) => body.items.find(({ version }: { version: string }) => version === name);
    expect(of('8.0')).toMatchObject({ kind: 'app', opened: 2, flagged: 1, refused: 0, shown: 0, bytesServed: 0 });
    expect(of(app.config.appVersion)).toMatchObject({ kind: 'ledger' });
    const paged = [];
    let query = `limit=3&asOf=${headers.get('x-ledger-position')}`;
    for (;;) {
      const page = await ask(`/v1/releases?${query}`);
      paged.push(...page.body.items);
      if (page.body.next === null) break;
      query = `limit=3&cursor=${page.body.next}`;
    }
    expect(paged).toEqual(body.items);
  });

  it('is on record', async () => {
    const { body } = await ask('/v1/releases', 'officer-of-releases');
    const reads = await eventsOf(app, auditorStreams.of('officer-of-releases'));
    expect(reads.map(({ data }) => data)).toEqual([
      expect.objectContaining({ rows: body.items.length, patientIds: [] }),
    ]);
  });
});

describe.each(['/v1/releases', '/v1/releases/7.0-first/exposure'])('%s', (path) => {
  it.each(ROLES.filter((role) => role !== 'compliance'))('is not for the role %s', async (role) => {
    const { status, body } = await send(app, 'GET', path, { as: 'p-1', roles: [role] });
    expect([status, body.code]).toEqual([403, 'forbidden']);
  });

  it('is not for callers without a token, or with a forged one', async () => {
    expect((await app.call(path)).status).toBe(401);
    const token = await app.token('officer-1', ['compliance']);
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`;
    expect((await app.call(path, { headers: { authorization: `Bearer ${forged}` } })).status).toBe(401);
  });
});

describe('an instance without the index', () => {
  it('says so', async () => {
    const without = await startApp();
    const asked = { as: 'officer-1', roles: ['compliance'] } as const;
    for (const path of ['/v1/releases', '/v1/releases/1.0.0/exposure']) {
      const { status, body } = await send(without, 'GET', path, asked);
      expect([status, body.code]).toEqual([503, 'history-unavailable']);
    }
    await without.close();
  });
});
