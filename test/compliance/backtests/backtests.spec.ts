import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditorStreams } from '../../../events/categories.ts';
import { currentRules } from '../../../projections/access-rules.ts';
import { Backtests } from '../../../src/compliance/backtests/backtests.ts';
import { BacktestUnderWay } from '../../../src/compliance/backtests/errors.ts';
import { type Answer, eventsOf, scene, send, view } from '../../access/scene.ts';
import { type RunningApp, startApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';

let dir: string;
let app: RunningApp;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ledger-backtests-'));
  app = await startApp({ env: { DATA_DIR: dir } });
});
afterAll(async () => {
  await app.close();
  await rm(dir, { recursive: true, force: true });
});

const officer = { as: 'officer-1', roles: ['compliance'] as const };
const begin = (body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  send(app, 'POST', '/v1/backtests', { ...officer, body, headers });
const get = (backtestId: string): Promise<Answer> => send(app, 'GET', `/v1/backtests/${backtestId}`, officer);
const finished = async (body: object, headers?: Record<string, string>): Promise<Answer['body']> => {
  // Another test's may still be under way on this instance.
  const { body: job } = await eventually(async () => {
    const answer = await begin(body, headers);
    return answer.status === 202 ? answer : undefined;
  });
  return eventually(async () => {
    const { body: answer } = await get(job.backtestId);
    return answer.status === 'running' ? undefined : answer;
  });
};

describe('a backtest over HTTP', () => {
  it('runs as a job, and is on record with its digest before its result is shown', async () => {
    const here = await scene(app);
    await view(app, here, here.clinicianId, { roles: ['clinician'] });

    const began = await begin({ rules: 'access-rules@1' });
    expect(began.status).toBe(202);
    expect(began.headers.get('location')).toBe(`/v1/backtests/${began.body.backtestId}`);
    expect(began.body).toMatchObject({ auditorId: 'officer-1', rules: 'access-rules@1' });
    const done = await eventually(async () => {
      const { body } = await get(began.body.backtestId);
      return body.status === 'running' ? undefined : body;
    });

    expect(done).toMatchObject({
      status: 'finished',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      result: { rules: 'access-rules@1', against: 'access-rules@1', newlyFlagged: 0, noLongerFlagged: 0 },
      differences: [],
    });
    expect(done.result.views).toBeGreaterThan(0);
    const { result, digest, backtestId } = done;
    const events = await eventsOf(app, auditorStreams.of('officer-1'));
    expect(events.filter(({ data }) => (data as { backtestId?: string }).backtestId === backtestId)).toEqual([
      expect.objectContaining({
        type: 'BacktestRun',
        data: {
          ...{ auditorId: 'officer-1', backtestId, rules: 'access-rules@1', against: 'access-rules@1', digest },
          ...{ from: result.from, to: result.to, events: result.events, newlyFlagged: 0, noLongerFlagged: 0 },
        },
      }),
    ]);
  });

  it('is begun once for an Idempotency-Key, and gives the first again', async () => {
    const key = { 'idempotency-key': 'once-1' };
    const first = await finished({ rules: 'current', to: 1 }, key);
    const again = await begin({ rules: 'current', to: 1 }, key);
    expect([again.status, again.body]).toEqual([202, first]);
    const other = await begin({ rules: 'current', to: 2 }, key);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
  });

  it('runs one at a time on an instance', async () => {
    const backtests = app.app.get(Backtests);
    const cause = { actor: { id: 'officer-1', roles: ['compliance'] }, requestId: 'r' };
    const both = [1, 2].map(() => backtests.begin('officer-1', { rules: currentRules }, cause));
    const ends = await Promise.allSettled(both);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(ends.find((end) => end.status === 'rejected')).toMatchObject({ reason: expect.any(BacktestUnderWay) });
    const begun = ends.find((end) => end.status === 'fulfilled');
    const { backtestId = '' } = begun?.status === 'fulfilled' ? begun.value : {};
    await eventually(async () => (await get(backtestId)).body.status === 'finished');
  });

  it.each([
    ['rules this build has not', { rules: 'mine@1' }, 'rules'],
    ['rules in a file', { rules: './mine.js' }, 'rules'],
    ['no rules', {}, 'rules'],
    ['a moment that is none', { rules: 'current', from: 'friday' }, 'from'],
    ['a time that has not come', { rules: 'current', to: '2999-01-01T00:00:00Z' }, 'to'],
    ['a position after the newest', { rules: 'current', from: 99_999_999 }, 'from'],
    ['a range that ends before it begins', { rules: 'current', from: 2, to: 1 }, 'to'],
    ['a field there is not', { rules: 'current', people: 1 }, ''],
  ])('refuses %s', async (_, body, path) => {
    const answer = await begin(body);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation-failed']);
    expect(answer.body.errors[0].path).toContain(path);
  });

  it('knows no other backtest', async () => {
    const unknown = await get('019ab5a4-0000-7000-8000-000000000000');
    expect([unknown.status, unknown.body.code]).toEqual([404, 'backtest-not-found']);
    expect((await get('not-an-id')).status).toBe(400);
  });

  it.each(['patient', 'clinician', 'service', 'on-call'] as const)('is not for the role %s', async (role) => {
    const as = { as: 'p-1', roles: [role] };
    expect((await send(app, 'POST', '/v1/backtests', { ...as, body: { rules: 'current' } })).status).toBe(403);
    const path = '/v1/backtests/019ab5a4-0000-7000-8000-000000000000';
    expect((await send(app, 'GET', path, as)).status).toBe(403);
  });

  it('is found after a restart with its result; one that had not finished says so', async () => {
    const done = await finished({ rules: 'current' });
    const folder = join(dir, 'backtests');
    const kept = JSON.parse(await readFile(join(folder, `${done.backtestId}.json`), 'utf8'));
    const [lost, killed] = ['019ab5a4-0000-7000-8000-00000000000a', done.backtestId];
    const { digest: _, ...unfinished } = { ...kept, status: 'running' };
    await writeFile(join(folder, `${lost}.json`), JSON.stringify({ ...unfinished, backtestId: lost }));
    await app.close();
    app = await startApp({ env: { DATA_DIR: dir } });

    expect((await get(done.backtestId)).body).toEqual(done);
    expect((await get(lost)).body).toMatchObject({ backtestId: lost, status: 'interrupted' });
    // Killed between the record of its result and its own file.
    await writeFile(join(folder, `${killed}.json`), JSON.stringify(unfinished));
    expect((await get(killed)).body).toEqual(done);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('shows no result that is not what its digest says', async () => {
    const done = await finished({ rules: 'current' });
    const file = join(dir, 'backtests', 'results', `${done.digest}.json`);
    const kept = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...kept, result: { ...kept.result, views: 999 } }));
    const { body } = await get(done.backtestId);
    expect(body).toMatchObject({ status: 'finished', digest: done.digest });
    expect(body.result).toBeUndefined();
  });
});
