import type { PersonFacts } from '../../events/person-events.ts';
import { pack } from '../../projections/rules/pack.ts';
import { nothingWatched } from '../../projections/rules/watch.ts';
import { KnownFacts } from '../../src/rules/known-facts.ts';
import { DAY_MS, HOUR_MS, Log, MINUTE_MS } from './log.ts';

const KEY = (letter: string) => letter.repeat(64);

/** A clinician with a patient of their own, and facts about both. */
const related = async (viewer: PersonFacts, patient: PersonFacts): Promise<Log> => {
  const log = await Log.withRules();
  await log.book('pat', 'doc');
  await log.stateFacts('doc', viewer);
  await log.stateFacts('pat', patient);
  return log;
};
/** The patient of another clinician, and facts about viewer and patient. */
const strange = async (viewer: PersonFacts, patient: PersonFacts): Promise<Log> => {
  const log = await Log.withRules();
  await log.book('pat', 'other');
  if (Object.keys(viewer).length > 0) await log.stateFacts('doc', viewer);
  if (Object.keys(patient).length > 0) await log.stateFacts('pat', patient);
  return log;
};
const look = (log: Log, more: object = {}) => log.view('doc', 'pat', { with: 'other', purpose: 'emergency', ...more });

describe('many patients', () => {
  const open = async (log: Log, n: number, apartMs: number, own: boolean) => {
    for (let i = 0; i < n; i++) {
      if (own) await log.book(`pat-${i}`, 'doc');
      else await log.book(`pat-${i}`, 'other');
      await log.later(apartMs).view('doc', `pat-${i}`, { with: own ? 'doc' : 'other', purpose: 'emergency' });
    }
  };

  it.each([
    ['are found at 20 in ten minutes', 20, 10_000, false, ['bulk-views critical']],
    ['are for review where each is the viewer’s own', 20, 10_000, true, ['bulk-views review']],
    ['are nothing at 19', 19, 10_000, false, []],
    ['are nothing where it took longer', 20, MINUTE_MS, false, []],
    ['are found at 60 in a day', 60, 10 * MINUTE_MS, false, ['bulk-views critical']],
  ] as const)('%s', async (_, n, apartMs, own, found) => {
    const log = await Log.withRules();
    await open(log, n, apartMs, own);
    expect(log.findings('bulk-views')).toEqual(found);
  });

  it('are counted once, however often one of them is opened', async () => {
    const log = await Log.withRules();
    await log.book('pat', 'doc');
    for (let i = 0; i < 80; i++) await log.view('doc', 'pat', { recordingId: `rec-${i}` });
    expect(log.findings('bulk-views')).toEqual([]);
  });

  it('are usual for a service, until they are five times the most of that hour', async () => {
    const log = await Log.withRules();
    const service = (n: number, i: number) =>
      log.view('svc', `pat-${n}-${i}`, { roles: ['service'], with: 'x', purpose: 'operations' });
    for (let day = 0; day < 10; day++) {
      for (let i = 0; i < 20; i++) await service(day, i);
      log.later(DAY_MS - 20);
    }
    for (let i = 0; i < 100; i++) await service(99, i);
    expect(log.findings('bulk-views')).toEqual([]);
    await service(99, 100);
    expect(log.findings('bulk-views')).toEqual(['bulk-views critical']);
  });
});

describe('refusals one after the other', () => {
  it('are found at five patients in ten minutes, and not of one patient', async () => {
    const log = await Log.withRules();
    for (let i = 0; i < 10; i++) await log.refuse('doc', 'pat-0');
    for (let i = 1; i < 4; i++) await log.refuse('doc', `pat-${i}`);
    expect(log.findings('serial-refusals')).toEqual([]);
    await log.refuse('doc', 'pat-4');
    expect(log.findings('serial-refusals')).toEqual(['serial-refusals critical']);
  });

  it('are found at three that end in a view, which is explained where it is of their own patient', async () => {
    for (const [own, found] of [
      [false, 'serial-refusals critical'],
      [true, 'serial-refusals critical (booked)'],
    ] as const) {
      const log = await Log.withRules();
      await log.book('pat', own ? 'doc' : 'other');
      for (let i = 0; i < 3; i++) await log.refuse('doc', `pat-${i}`);
      await log.view('doc', 'pat', { with: own ? 'doc' : 'other' });
      expect(log.findings('serial-refusals')).toEqual([found]);
    }
  });

  it('of the viewer’s own patients are none', async () => {
    const log = await Log.withRules();
    for (let i = 0; i < 9; i++) {
      await log.book(`pat-${i}`, 'doc', { consultationId: 'con' });
      await log.refuse('doc', `pat-${i}`);
    }
    expect(log.findings('serial-refusals')).toEqual([]);
  });
});

describe('many viewers of one patient', () => {
  it('are found at four in a day who have nothing to do with the patient', async () => {
    const log = await Log.withRules();
    await log.book('pat', 'doc');
    await log.view('doc', 'pat');
    for (const viewer of ['a', 'b', 'c']) await log.view(viewer, 'pat', { with: 'doc', purpose: 'emergency' });
    expect(log.findings('same-victim')).toEqual([]);
    await log.later(DAY_MS).view('d', 'pat', { with: 'doc', purpose: 'emergency' });
    expect(log.findings('same-victim')).toEqual([]);
    for (const viewer of ['a', 'b', 'c']) await log.view(viewer, 'pat', { with: 'doc', purpose: 'emergency' });
    expect(log.findings('same-victim')).toEqual(['same-victim critical']);
    const [found] = log.found.filter(({ data }) => 'rule' in data && data.rule === 'same-victim');
    expect(found?.data).toMatchObject({ patientId: 'pat', count: 4 });
    expect(found?.data).not.toHaveProperty('viewerId');
  });
});

describe('facts about viewer and patient', () => {
  it.each<[string, PersonFacts, PersonFacts, string[], string[]]>([
    ['self-access', { asPatientId: 'pat' }, {}, ['self-access review'], ['self-access review']],
    ['kin', { householdKey: KEY('a') }, { householdKey: KEY('a') }, ['kin critical'], ['kin review (booked)']],
    ['kin', { kinOf: ['pat'] }, {}, ['kin critical'], ['kin review (booked)']],
    ['kin', {}, { kinOf: ['doc'] }, [], []],
    ['kin', { vip: 0 }, { kinOf: ['doc'] }, ['kin critical'], ['kin review (booked)']],
    ['kin', { guardianOf: ['pat'], kinOf: ['pat'] }, {}, ['kin critical (guardian)'], ['kin review (booked)']],
    [
      'same-surname',
      { surnameKey: KEY('b') },
      { surnameKey: KEY('b'), surnameShare: 'rare' },
      ['same-surname info'],
      ['same-surname info (booked)'],
    ],
    ['same-surname', { surnameKey: KEY('b') }, { surnameKey: KEY('b'), surnameShare: 'common' }, [], []],
    ['same-surname', { surnameKey: KEY('b') }, { surnameKey: KEY('c'), surnameShare: 'rare' }, [], []],
    ['neighbour', { streetKey: KEY('d') }, { streetKey: KEY('d') }, ['neighbour info'], ['neighbour info (booked)']],
    ['vip', {}, { vip: 1 }, ['vip review'], ['vip review (booked)']],
    ['vip', {}, { vip: 2 }, ['vip critical'], ['vip critical (booked)']],
    ['vip', {}, { vip: 0 }, [], []],
    [
      'ex-employee',
      { employment: { endedAt: '2026-03-01T00:00:00Z' } },
      {},
      ['ex-employee critical'],
      ['ex-employee critical'],
    ],
    ['ex-employee', { employment: { endedAt: '2026-04-01T00:00:00Z' } }, {}, [], []],
    ['deceased', {}, { deceasedAt: '2026-01-01T00:00:00Z' }, ['deceased review'], ['deceased review']],
    ['deceased', {}, { deceasedAt: '2026-03-01T00:00:00Z' }, [], []],
    [
      'co-worker',
      { employment: { departmentKey: 'x' } },
      { employment: { departmentKey: 'x' } },
      ['co-worker review'],
      ['co-worker review (booked)'],
    ],
    ['co-worker', { employment: { departmentKey: 'x' } }, { employment: { departmentKey: 'y' } }, [], []],
    [
      'co-worker',
      { employment: {} },
      { employment: { managerId: 'doc' } },
      ['co-worker review'],
      ['co-worker review (booked)'],
    ],
  ])('%s of %j and %j', async (name, viewer, patient, ofStranger, ofOwn) => {
    const one = await strange(viewer, patient);
    await look(one);
    // `kinOf` of the patient needs no facts about the viewer.
    expect(one.findings(name)).toEqual(ofStranger.length === 0 && patient.kinOf ? ['kin critical'] : ofStranger);
    const other = await related(viewer, patient);
    await other.view('doc', 'pat');
    expect(other.findings(name)).toEqual(ofOwn.length === 0 && patient.kinOf ? ['kin review (booked)'] : ofOwn);
  });

  it('find the co-worker who is a patient under another id, up the chain of managers', async () => {
    const log = await strange({ employment: { managerId: 'lead' } }, {});
    await log.stateFacts('lead', { employment: { managerId: 'head' } });
    await log.stateFacts('head', { asPatientId: 'pat', employment: {} });
    await look(log);
    expect(log.findings('co-worker')).toEqual(['co-worker review']);
  });

  it('find no rule broken by patients who watch their own', async () => {
    const log = await related({}, { vip: 2, streetKey: KEY('d'), deceasedAt: '2025-01-01T00:00:00Z' });
    await log.view('pat', 'pat', { with: 'doc', roles: ['patient'] });
    expect(log.findings()).toEqual([]);
  });

  it('are explained for staff who use the app of patients', async () => {
    const log = await strange({ asPatientId: 'pat' }, {});
    await look(log, { roles: ['clinician', 'patient'] });
    expect(log.findings('self-access')).toEqual(['self-access review (own-app)']);
  });
});

describe('time', () => {
  it('since the last consultation of the two makes a relation stale, unless the patient asked', async () => {
    for (const [days, purpose, found] of [
      [364, 'treatment', []],
      [366, 'treatment', ['stale-relation review']],
      [366, 'patient-request', ['stale-relation review (patient-request)']],
    ] as const) {
      const log = await Log.withRules();
      await log.book('pat', 'doc');
      await log.later(days * DAY_MS).view('doc', 'pat', { purpose });
      expect(log.findings('stale-relation')).toEqual(found);
    }
  });

  it('since the last consultation counts for patients who were discharged', async () => {
    const log = await related({}, { dischargedAt: '2026-03-03T00:00:00Z' });
    await log.later(179 * DAY_MS).view('doc', 'pat');
    expect(log.findings('discharged')).toEqual([]);
    await log.later(3 * DAY_MS).view('doc', 'pat');
    expect(log.findings('discharged')).toEqual(['discharged review']);
  });

  const worked = async (): Promise<Log> => {
    const log = await Log.withRules();
    await log.book('pat', 'doc');
    for (let day = 0; day < 20; day++) {
      for (let i = 0; i < 12; i++)
        await log.later(30 * MINUTE_MS).view('doc', 'pat', { recordingId: `rec-${day}-${i}` });
      log.at = Date.parse('2026-03-04T09:00:00Z') + day * DAY_MS;
    }
    return log;
  };

  it('of the day at which the viewer never works is found, and is a review at five views', async () => {
    const log = await worked();
    log.at = Date.parse('2026-03-23T02:00:00Z');
    for (let i = 0; i < 5; i++) await log.later(MINUTE_MS).view('doc', 'pat', { recordingId: `night-${i}` });
    expect(log.findings('off-hours')).toEqual(['off-hours info', 'off-hours review']);
  });

  it('of the day is explained by the viewer’s diary and by being on call', async () => {
    const log = await worked();
    log.at = Date.parse('2026-03-23T02:00:00Z');
    await log.later(MINUTE_MS).view('doc', 'pat', { roles: ['clinician', 'on-call'] });
    await log.book('night', 'doc', { start: log.at + HOUR_MS });
    await log.later(MINUTE_MS).view('doc', 'night');
    expect(log.findings('off-hours')).toEqual(['off-hours info (on-call-role)', 'off-hours info (on-diary)']);
  });
});

describe('one recording, and many', () => {
  it('is found that is opened four times in a day, and not where a trainee does', async () => {
    const log = await Log.withRules();
    await log.book('pat', 'doc');
    await log.append('ParticipantInvited', {
      patientId: 'pat',
      consultationId: 'con-pat-doc',
      personId: 'learns',
      capacity: 'trainee',
    });
    for (let i = 0; i < 4; i++) await log.view('learns', 'pat', { with: 'doc' });
    expect(log.findings('repeat-watch')).toEqual(['repeat-watch review (training)']);
    for (let i = 0; i < 4; i++) await log.view('doc', 'pat');
    expect(log.findings('repeat-watch')).toEqual(['repeat-watch review (training)', 'repeat-watch review']);
  });

  const play = async (log: Log, patientId: string, bytesServed: number, times = 1) => {
    await log.book(patientId, 'doc');
    await log.store(patientId, 'doc');
    const viewId = `view-${patientId}`;
    await log.view('doc', patientId, { viewId });
    for (let i = 0; i < times; i++)
      await log.append('RecordingPlayed', {
        ...{
          patientId,
          consultationId: `con-${patientId}-doc`,
          recordingId: `rec-${patientId}`,
          viewId,
          viewerId: 'doc',
        },
        ...{ bytesServed, ranges: [], outcome: 'completed' },
      });
  };

  it('is found that is sent more than three times over', async () => {
    const log = await Log.withRules();
    await play(log, 'pat', 1_000, 3);
    expect(log.findings('repeat-watch')).toEqual([]);
    await play(log, 'pat-2', 1_000, 4);
    expect(log.findings('repeat-watch')).toEqual(['repeat-watch review']);
  });

  it('are found that are opened one after the other and hardly played', async () => {
    const log = await Log.withRules();
    for (let i = 0; i < 12; i++) await play(log, `whole-${i}`, 900);
    for (let i = 0; i < 9; i++) await play(log, `part-${i}`, 20);
    expect(log.findings('fast-scan')).toEqual([]);
    await play(log, 'part-9', 20);
    expect(log.findings('fast-scan')).toEqual(['fast-scan review']);
  });
});

describe('an emergency', () => {
  const flag = (log: Log, viewId: string, rule = 'emergency-access') =>
    log.append('ViewFlagged', {
      ...{ viewerId: 'doc', viewId, patientId: 'pat', consultationId: 'con-pat-other', recordingId: 'rec-pat' },
      ...{ viewRevision: 1, source: 'mediated', purpose: 'emergency', severity: 'review', rule, released: true },
    });

  it('is explained by a booking within a day, and its breach is the one there is', async () => {
    const log = await strange({}, {});
    await look(log, { viewId: 'view-1' });
    await flag(log, 'view-1');
    expect(log.findings('emergency-access', 'first-break-glass')).toEqual([
      'first-break-glass info',
      'emergency-access review',
    ]);
    const emergency = log.found.find(({ data }) => 'breachId' in data);
    expect(emergency?.data).toMatchObject({ breachId: 'view-1' });
    await log.later(HOUR_MS).book('pat', 'doc');
    expect(log.found.at(-1)).toEqual({
      type: 'AnomalyExplained',
      data: {
        anomalyId: emergency?.data.anomalyId,
        explainedBy: { kind: 'booked-afterwards', consultationId: 'con-pat-doc' },
      },
    });
    const found = log.found.length;
    await log.append('ConsultationJoined', {
      patientId: 'pat',
      consultationId: 'con-pat-doc',
      personId: 'doc',
      mediaSessionId: 'room',
    });
    expect(log.found).toHaveLength(found);
  });

  it('is not explained by a booking later than that, nor by another clinician’s', async () => {
    const log = await strange({}, {});
    await look(log, { viewId: 'view-1' });
    await flag(log, 'view-1');
    const found = log.found.length;
    await log.later(HOUR_MS).book('pat', 'third');
    await log.later(DAY_MS).book('pat', 'doc');
    expect(log.found).toHaveLength(found);
  });
});

describe('a release', () => {
  const wrong = async (log: Log, n: number, appVersion: string) => {
    for (let i = 0; i < n; i++) {
      const viewId = `${appVersion}-${i}`;
      await log.view('doc', 'pat', { with: 'other', viewId, appVersion });
      await log.append('ViewFlagged', {
        ...{ viewerId: 'doc', viewId, patientId: 'pat', consultationId: 'con-pat-other', recordingId: 'rec-pat' },
        ...{
          viewRevision: 1,
          source: 'mediated',
          purpose: 'treatment',
          severity: 'critical',
          rule: 'viewer-not-participant',
        },
        released: false,
      });
    }
  };

  it('that is the first is found at three views that the second key flags, once a day', async () => {
    const log = await strange({}, {});
    await wrong(log, 2, '1.0.0');
    expect(log.findings('release-regression')).toEqual([]);
    await wrong(log, 10, '1.0.0');
    expect(log.findings('release-regression')).toEqual(['release-regression critical']);
    const found = log.found.find(({ data }) => 'rule' in data && data.rule === 'release-regression');
    expect(found?.data).toMatchObject({ appVersion: '1.0.0' });
    expect(found?.data).not.toHaveProperty('viewerId');
  });

  it('is found at the first such view in the day after it came', async () => {
    const log = await strange({}, {});
    await log.view('doc', 'own', { appVersion: '1.0.0' });
    await wrong(log, 1, '1.1.0');
    expect(log.findings('release-regression')).toEqual(['release-regression critical']);
  });

  it('is found that refuses ten times the share of the one before', async () => {
    const log = await Log.withRules();
    const under = async (appVersion: string, refused: number) => {
      for (let i = 0; i < 200; i++) await log.view('doc', `p-${i}`, { appVersion });
      for (let i = 0; i < refused; i++)
        await log.append('EgressPrevented', { viewerId: `v-${i}`, route: 'GET /v1/me/consultations' }, { appVersion });
    };
    await under('1.0.0', 2);
    await under('1.1.0', 20);
    expect(log.findings('release-regression')).toEqual([]);
    await under('1.1.0', 25);
    expect(log.findings('release-regression')).toEqual(['release-regression critical']);
  });
});

describe('weak rules', () => {
  it('are for review together, and critical where there are more of them', async () => {
    const surname: PersonFacts = { surnameKey: KEY('b'), surnameShare: 'rare' };
    const log = await strange({ ...surname, streetKey: KEY('d') }, { ...surname, streetKey: KEY('d') });
    await look(log, { purpose: 'treatment' });
    expect(log.findings()).toEqual([
      'same-surname info',
      'neighbour info',
      'combined-score review',
      'purpose-mismatch info',
      'combined-score critical',
    ]);
  });

  it('say nothing alone, where they are explained, or on different days', async () => {
    const surname: PersonFacts = { surnameKey: KEY('b'), surnameShare: 'rare' };
    const log = await related({ ...surname, streetKey: KEY('d') }, { ...surname, streetKey: KEY('d') });
    await log.view('doc', 'pat');
    expect(log.findings('combined-score')).toEqual([]);
    const other = await strange(surname, surname);
    for (let day = 0; day < 3; day++) await look(other.later(DAY_MS), { purpose: 'patient-request' });
    expect(other.findings()).toEqual(['same-surname info', 'same-surname info', 'same-surname info']);
  });
});

describe('following the log', () => {
  const story = async (): Promise<Log> => {
    const log = await strange({ streetKey: KEY('d') }, { streetKey: KEY('d'), vip: 2 });
    for (let i = 0; i < 25; i++) {
      await log.book(`pat-${i}`, 'other');
      await log.later(5_000).view('doc', `pat-${i}`, { with: 'other', purpose: 'emergency' });
    }
    await look(log);
    for (let i = 0; i < 6; i++) await log.refuse('doc', `ref-${i}`);
    return log;
  };

  it('finds nothing new in an event that is delivered again', async () => {
    const log = await story();
    expect(log.found.length).toBeGreaterThan(3);
    for (const event of log.events) expect(await log.take(event)).toEqual([]);
  });

  it('finds the same in the same log, whether streams are at hand or are read', async () => {
    const log = await story();
    const state = nothingWatched();
    const found = [];
    // Facts of one event alone: each is read from the streams as of that event.
    for (const event of log.events) found.push(...(await log.take(event, state, readAnew(log))));
    expect(found).toEqual(log.found);
    expect(state).toEqual(log.state);
  });

  it('finds nothing before a rule is adopted, and nothing by a rule that is switched off', async () => {
    const log = new Log();
    await log.book('pat', 'other');
    await log.stateFacts('pat', { vip: 2 });
    await log.view('doc', 'pat', { with: 'other' });
    expect(log.found).toEqual([]);
    await log.append('RuleAdopted', { rule: 'vip', version: 1 });
    await log.view('doc', 'pat', { with: 'other' });
    expect(log.findings()).toEqual(['vip critical']);
    const change = { changeId: 'change-1', rule: 'vip' };
    await log.append('RuleChangeProposed', {
      ...{ ...change, settings: { enabled: false }, version: '1.1', backtestDigest: KEY('a'), proposedBy: 'officer-1' },
    });
    await log.later(DAY_MS).view('doc', 'pat', { with: 'other' });
    expect(log.findings()).toHaveLength(2);
    await log.append('RuleChangeApproved', { ...change, approvedBy: 'officer-2' });
    await log.later(DAY_MS).view('doc', 'pat', { with: 'other' });
    expect(log.findings()).toHaveLength(2);
  });

  it('leaves the code of another release’s rule to that release', async () => {
    const log = await strange({}, { vip: 2 });
    await log.append('RuleAdopted', { rule: 'vip', version: 2 });
    await look(log);
    expect(log.findings('vip')).toEqual([]);
  });

  it('counts what is on record, and what incidents were closed with', async () => {
    const log = await strange({}, { vip: 2 });
    await look(log);
    for (const { type, data } of [...log.found])
      if (type === 'AnomalyFound') await log.append(type, { ...data, anomalyId: 'anomaly-1' });
    // As closing an incident ends its breaches; one that was closed by itself says nothing of the rule.
    for (const [breachId, reason] of [
      ['anomaly-1', 'confirmed'],
      ['anomaly-1', 'looked-at'],
      ['breach-of-another', 'confirmed'],
    ] as const)
      await log.append('BreachClosed', { breachId, reason });
    expect([...log.state.tallies.values()].map(({ closed, confirmed }) => closed + confirmed)).toContain(2);
    expect(log.state.tallies.get('vip')).toMatchObject({ hits: 1, explained: 0 });
  });
});

describe('the pack', () => {
  it('has each rule once, with settings within their bounds', () => {
    expect(new Set(pack.map(({ name }) => name)).size).toBe(pack.length);
    for (const { settings } of pack)
      for (const { preset, min, max } of Object.values(settings)) {
        expect(preset).toBeGreaterThanOrEqual(min);
        expect(preset).toBeLessThanOrEqual(max);
      }
  });
});

const readAnew = (log: Log): KnownFacts => new Log(log.watching, log.events).facts;
