import { jsonEvent } from '@eventstore/db-client';
import fc from 'fast-check';
import { accessRules, currentRules, type RuleSet } from '../../../projections/access-rules.ts';
import {
  type BacktestQuestion,
  backtest,
  canonical,
  type Difference,
  digestOf,
} from '../../../src/compliance/backtests/backtest.ts';
import { StoredLog } from '../../../src/compliance/log/stored-log.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { viewed } from '../../access/history.ts';
import { append, onCall, patientEventsOf, type Scene, scene, send, view, witness } from '../../access/scene.ts';
import { type RunningApp, startApp } from '../../support/app.ts';

/** Its verdicts are counted: the tests share no store. */
let app: RunningApp;
beforeEach(async () => {
  app = await startApp({ env: { STORE_URL: '' } });
});
afterEach(() => app.close());

const emergency = { roles: ['clinician'] as const, purpose: 'emergency', reason: 'unconscious, allergies unknown' };
const set = (name: string, rules: RuleSet['rules']): RuleSet => ({ name, version: 1, rules });
const noClinicians = set('no-clinicians', [
  ...accessRules,
  {
    name: 'clinician',
    severity: 'review',
    applies: ({ viewerRoles }) => viewerRoles.includes('clinician'),
    releases: () => false,
  },
]);
const noRules = set('no-rules', []);

const log = () => new StoredLog(app.app.get(Ledger).store);
const run = async (question: Partial<BacktestQuestion> & { readonly rules: RuleSet }) => {
  const found: Difference[] = [];
  const result = await backtest(log(), { against: currentRules, emergencyPatients: 3, ...question }, (one) => {
    found.push(one);
  });
  return { result, found };
};
const viewPosition = async (here: Scene) =>
  Number((await patientEventsOf(app, here)).find(({ type }) => type === 'RecordingViewed')?.position);

describe('a backtest', () => {
  it('finds no difference between the same rules, and counts what they flag', async () => {
    const here = await scene(app);
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
    await witness(app, here, 'pat-stranger');
    const { result, found } = await run({ rules: currentRules });
    expect(found).toEqual([]);
    expect(result).toMatchObject({
      ...{ rules: 'access-rules@1', against: 'access-rules@1', views: 2, newlyFlagged: 0, noLongerFlagged: 0 },
      byRule: [{ rule: 'viewer-not-participant', before: 1, after: 1 }],
      notJudged: [],
    });
  });

  it('names what is newly flagged and no longer flagged, with ids', async () => {
    const here = await scene(app);
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
    await witness(app, here, 'pat-stranger');
    const { patientId, clinicianId, recordingId } = here;
    const stricter = await run({ rules: noClinicians });
    expect(stricter.found).toEqual([
      expect.objectContaining({
        ...{
          change: 'newly-flagged',
          patientId,
          viewerId: clinicianId,
          recordingId,
          position: await viewPosition(here),
        },
        before: { verdict: 'cleared' },
        after: { verdict: 'flagged', severity: 'review', rule: 'clinician', released: false },
      }),
    ]);
    expect(stricter.result).toMatchObject({ newlyFlagged: 1, noLongerFlagged: 0, flaggedOtherwise: 0 });
    const laxer = await run({ rules: noRules });
    expect(laxer.found.map(({ change, viewerId }) => [change, viewerId])).toEqual([
      ['no-longer-flagged', 'pat-stranger'],
    ]);
  });

  it('judges each view on what the second key could know there, as it did', async () => {
    const clinician = 'doc-of-emergencies';
    const scenes = [await scene(app), await scene(app), await scene(app), await scene(app)];
    for (const here of scenes) await view(app, here, clinician, emergency);
    const [first] = scenes as [Scene];
    await view(app, first, first.clinicianId, { roles: ['clinician'] });
    await send(app, 'POST', `/v1/viewers/${first.clinicianId}/suspend`, { ...onCall, body: { reason: 'case-7' } });
    await witness(app, first, first.clinicianId);
    const { result } = await run({ rules: noRules });
    expect(result.byRule).toEqual([
      { rule: 'emergency-access', before: 3, after: 0 },
      { rule: 'emergency-limit', before: 1, after: 0 },
      { rule: 'viewer-suspended', before: 1, after: 0 },
    ]);
  });

  it('counts emergencies by each side’s own rules', async () => {
    const scenes = [await scene(app), await scene(app), await scene(app), await scene(app)];
    for (const here of scenes) await view(app, here, 'doc-of-emergencies', emergency);
    const allWell = set('reasons-count', [
      {
        name: 'all-well',
        severity: 'review',
        applies: ({ patientId }) => patientId === scenes[0]?.patientId,
        releases: () => true,
      },
      ...accessRules,
    ]);
    const { found } = await run({ rules: allWell });
    expect(found.map(({ change, after }) => [change, 'rule' in after && after.rule])).toEqual([
      ['flagged-otherwise', 'all-well'],
      ['flagged-otherwise', 'emergency-access'],
    ]);
  });

  it('compares only views of the range, and looks at nothing later', async () => {
    const [one, two, three] = [await scene(app), await scene(app), await scene(app)];
    for (const here of [one, two, three]) await view(app, here, here.clinicianId, { roles: ['clinician'] });
    const at = await viewPosition(two);
    const { found, result } = await run({ rules: noClinicians, from: { position: at }, to: { position: at } });
    expect(found.map(({ patientId }) => patientId)).toEqual([two.patientId]);
    expect(result).toMatchObject({ views: 1, from: at, to: at });
    const none = await run({ rules: noClinicians, from: { time: '2999-01-01T00:00:00.000Z' } });
    expect(none.result).toMatchObject({ views: 0, from: 0 });
    const empty = await run({ rules: noClinicians, to: { time: '2000-01-01T00:00:00.000Z' } });
    expect(empty.result).toMatchObject({ views: 0, events: 0, to: 0 });
  });

  it('gives the same digest again, whatever was recorded since', async () => {
    const here = await scene(app);
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
    const to = { position: await viewPosition(here) };
    const before = await run({ rules: noClinicians, to });
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
    const again = await run({ rules: noClinicians, to });
    expect(digestOf(again.result)).toBe(digestOf(before.result));
    const other = await run({ rules: noRules, to });
    expect(digestOf(other.result)).not.toBe(digestOf(before.result));
  });

  it('judges nothing by a stream that is not believed, and says how many views that are', async () => {
    const [here, other] = [await scene(app), await scene(app)];
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
    await app.app
      .get(Ledger)
      .store.raw.appendToStream(`patient-${here.patientId}`, jsonEvent({ type: 'Odd', data: {} }));
    const { patientId, consultationId, recordingId } = here;
    const data = { ...viewed(here.clinicianId).data, patientId, consultationId, recordingId };
    await append(app, patientId, { type: 'RecordingViewed', data });
    await view(app, other, other.clinicianId, { roles: ['clinician'] });
    const { result } = await run({ rules: noClinicians });
    expect(result.views).toBe(2);
    expect(result.notJudged).toEqual([
      { reason: expect.stringContaining(`patient-${here.patientId} is not believed`), views: 1 },
    ]);
  });
});

describe('canonical JSON', () => {
  it('is the same whatever order the members came in', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value = JSON.parse(text) as unknown;
        const reversed = (one: unknown): unknown =>
          Array.isArray(one)
            ? one.map(reversed)
            : typeof one === 'object' && one !== null
              ? Object.fromEntries(
                  Object.entries(one)
                    .reverse()
                    .map(([name, member]) => [name, reversed(member)]),
                )
              : one;
        expect(canonical(reversed(value))).toBe(canonical(value));
        expect(JSON.parse(canonical(value))).toEqual(value);
      }),
    );
  });
});
