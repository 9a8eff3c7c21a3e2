import { auditorStreams, rulesStream } from '../../events/categories.ts';
import { ROLES } from '../../events/values.ts';
import { pack } from '../../projections/rules/pack.ts';
import { Watcher } from '../../src/rules/watcher.ts';
import { type Answer, eventsOf, scene, send, view } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

const one = { as: 'officer-1', roles: ['compliance'] } as const;
const two = { as: 'officer-2', roles: ['compliance'] } as const;

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
  const watcher = app.app.get(Watcher);
  await eventually(() => watcher.isCurrent && watcher.current.rules.size === pack.length);
});
afterAll(() => app.close());

const changes = (name: string) => `/v1/rules/${name}/changes`;
const propose = (
  name: string,
  settings: object,
  backtestDigest: string,
  ask: { as: string; roles: readonly ['compliance'] } = one,
) => send(app, 'POST', changes(name), { ...ask, body: { settings, backtestDigest } });
const decide = (
  name: string,
  changeId: string,
  step: 'approve' | 'reject',
  ask: { as: string; roles: readonly ['compliance'] } = two,
) => send(app, 'POST', `${changes(name)}/${changeId}/${step}`, { ...ask, ...(step === 'reject' && { body: {} }) });

/** A backtest of a change, once it is finished. */
const backtested = async (rule: string, settings: object): Promise<Answer['body']> => {
  const begun = await send(app, 'POST', '/v1/backtests', { ...one, body: { change: { rule, settings } } });
  expect(begun.status).toBe(202);
  return eventually(async () => {
    const { body } = await send(app, 'GET', `/v1/backtests/${begun.body.backtestId}`, one);
    return body.status === 'running' ? undefined : body;
  });
};
const ruleOf = async (name: string) =>
  (await send(app, 'GET', '/v1/rules', one)).body.items.find((rule: { name: string }) => rule.name === name);
const unknownDigest = 'e'.repeat(64);

describe('a change of a rule', () => {
  it('takes a backtest of it and two people, and counts from then on', async () => {
    const here = await scene(app);
    const emergency = {
      roles: ['clinician'],
      purpose: 'emergency',
      reason: 'unconscious in the emergency room',
    } as const;
    for (const viewer of ['a', 'b', 'c']) await view(app, here, viewer, emergency);
    await eventually(() => app.app.get(Watcher).isCurrent);
    const hits = async () => (await ruleOf('same-victim')).hits;
    expect(await hits()).toBe(0);

    const settings = { numbers: { viewers: 3 }, severity: 'review' };
    const { status, digest, result, differences, rules } = await backtested('same-victim', settings);
    expect([status, result.newlyFlagged, result.noLongerFlagged]).toEqual(['finished', 1, 0]);
    expect(result.byRule).toContainEqual({ rule: 'same-victim', before: 0, after: 1 });
    expect(result).toMatchObject({ against: 'same-victim@1.0', rules, views: 3 });
    expect(differences).toEqual([
      {
        ...{ change: 'newly-flagged', position: expect.any(Number), at: expect.any(String), patientId: here.patientId },
        before: { verdict: 'cleared' },
        after: { verdict: 'flagged', severity: 'review', rule: 'same-victim', released: true },
      },
    ]);
    const runs = await eventsOf(app, auditorStreams.of('officer-1'));
    expect(runs.at(-1)).toMatchObject({ type: 'BacktestRun', data: { rules, digest } });

    const proposed = await propose('same-victim', settings, digest);
    expect(proposed).toMatchObject({
      status: 201,
      body: { status: 'proposed', version: '1.1', proposedBy: 'officer-1' },
    });
    const { changeId } = proposed.body;
    expect((await decide('same-victim', changeId, 'approve', one)).body.code).toBe('own-case');
    expect((await decide('same-victim', changeId, 'approve')).body).toMatchObject({ status: 'approved' });
    expect((await decide('same-victim', changeId, 'approve')).body.code).toBe('rule-change-closed');
    expect(await ruleOf('same-victim')).toMatchObject({
      ...{ version: '1.1', severity: 'review', changes: [{ changeId, decidedBy: 'officer-2' }] },
      numbers: [{ name: 'viewers', value: 3 }],
    });

    // What was before is not found again; the next view is.
    expect(await hits()).toBe(0);
    await view(app, here, 'd', emergency);
    await eventually(async () => (await hits()) === 1);
  });

  it('needs the digest of a backtest of this very change, by the caller', async () => {
    const settings = { numbers: { days: 60 } };
    expect((await propose('deceased', settings, unknownDigest)).body).toMatchObject({
      status: 409,
      code: 'backtest-needed',
    });
    const { digest } = await backtested('deceased', settings);
    expect((await propose('deceased', { numbers: { days: 61 } }, digest)).body.code).toBe('backtest-needed');
    expect((await propose('deceased', settings, digest, two)).body.code).toBe('backtest-needed');
    const { status, body } = await propose('deceased', settings, digest);
    expect(status).toBe(201);
    expect((await decide('deceased', body.changeId, 'reject', one)).body.status).toBe('rejected');
    expect((await decide('deceased', body.changeId, 'approve')).body.code).toBe('rule-change-closed');
    expect((await ruleOf('deceased')).version).toBe('1.0');
  });

  it('is made once for an Idempotency-Key', async () => {
    const settings = { enabled: false };
    const { digest } = await backtested('neighbour', settings);
    const ask = { ...one, headers: { 'idempotency-key': 'change-1' }, body: { settings, backtestDigest: digest } };
    const [first, again] = [
      await send(app, 'POST', changes('neighbour'), ask),
      await send(app, 'POST', changes('neighbour'), ask),
    ];
    expect(again.body).toEqual(first.body);
    expect(first.status).toBe(201);
    const proposals = (await eventsOf(app, rulesStream.stream)).filter(
      ({ type, data }) => type === 'RuleChangeProposed' && data.rule === 'neighbour',
    );
    expect(proposals).toHaveLength(1);
  });

  it.each([
    ['of a number that the rule has not', 'vip', { numbers: { viewers: 3 } }, 400],
    ['of a number beyond its bounds', 'same-victim', { numbers: { viewers: 1 } }, 400],
    ['of nothing', 'same-victim', {}, 400],
    ['of what cannot be set', 'same-victim', { version: 3 }, 400],
    ['of a rule that there is not', 'same-victims', { enabled: false }, 404],
  ])('%s is refused, and so is its backtest', async (_, rule, settings, status) => {
    expect((await propose(rule, settings, unknownDigest)).status).toBe(status);
    const backtest = await send(app, 'POST', '/v1/backtests', { ...one, body: { change: { rule, settings } } });
    expect(backtest.status).toBe(status);
  });

  it('is no backtest together with a rule set', async () => {
    const body = { rules: 'current', change: { rule: 'vip', settings: { enabled: false } } };
    expect((await send(app, 'POST', '/v1/backtests', { ...one, body })).status).toBe(400);
  });

  it.each(ROLES.filter((role) => role !== 'compliance'))('is not for the role %s', async (role) => {
    const ask = { as: 'p-1', roles: [role] } as const;
    const body = { settings: { enabled: false }, backtestDigest: unknownDigest };
    expect((await send(app, 'POST', changes('vip'), { ...ask, body })).status).toBe(403);
    for (const step of ['approve', 'reject'])
      expect((await send(app, 'POST', `${changes('vip')}/c-1/${step}`, ask)).status).toBe(403);
  });
});
