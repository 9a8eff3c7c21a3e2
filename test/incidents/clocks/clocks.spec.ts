import { type ClockSet, clockRules } from '../../../projections/clock-rules.ts';
import type { ClockedIncident } from '../../../projections/incident-clocks.ts';
import { dayOf, endOf } from '../../../src/incidents/clocks/calendar.ts';
import { type ClockFacts, clocksAt, dueTime, ranOut } from '../../../src/incidents/clocks/clocks.ts';

const facts = (over: Partial<ClockFacts> = {}): ClockFacts => ({
  ...{ kind: 'release', isMerged: false, people: 40, authorities: [], peopleNotified: [] },
  firstCriticalAt: '2026-03-27T12:00:00.000Z',
  ...over,
});
const SETS: readonly ClockSet[] = ['gdpr', 'ico', 'hipaa'];
const at = (time: string, over: Partial<ClockFacts> = {}, sets = SETS, zone = 'UTC') =>
  clocksAt(facts(over), { sets, zone }, Date.parse(time));
const statuses = (...asked: Parameters<typeof at>) =>
  Object.fromEntries(at(...asked).map(({ clock, status }) => [clock, status]));
const one = (clock: string, ...asked: Parameters<typeof at>) => at(...asked).find((each) => each.clock === clock);
const due = (clock: string, start: string, zone = 'UTC') => {
  const rule = clockRules.find((each) => each.clock === clock);
  return rule && new Date(dueTime(rule.allows, Date.parse(start), zone) ?? Number.NaN).toISOString();
};

describe('the clocks of the law', () => {
  it('run from the first critical flag, each for its own time', () => {
    expect(statuses('2026-03-28T12:00:00.000Z')).toEqual({
      ...{ 'gdpr-33': 'running', 'gdpr-34': 'running', 'ico-72h': 'running', 'hipaa-404': 'running' },
      ...{ 'hipaa-406': 'not-applicable', 'hipaa-408-500': 'not-applicable', 'hipaa-408': 'running' },
    });
    expect(one('gdpr-33', '2026-03-28T12:00:00.000Z')).toEqual({
      ...{ clock: 'gdpr-33', title: 'Notify the supervisory authority', source: expect.stringContaining('Art. 33(1)') },
      ...{ inForce: true, status: 'running', startedAt: '2026-03-27T12:00:00.000Z', basis: 'first-critical-flag' },
      ...{ dueAt: '2026-03-30T12:00:00.000Z', ageMs: 86_400_000 },
    });
  });

  it('go by the awareness that was declared, with its basis', () => {
    const awareness = { awareAt: '2026-03-28T00:00:00.000Z', basis: 'report-of-a-patient' };
    const clock = one('gdpr-33', '2026-03-28T12:00:00.000Z', { awareness });
    expect(clock).toMatchObject({ basis: 'report-of-a-patient', dueAt: '2026-03-31T00:00:00.000Z' });
  });

  it('run out at the first millisecond after they are due, and not at the last before', () => {
    expect(one('gdpr-33', '2026-03-30T12:00:00.000Z')?.status).toBe('running');
    expect(one('gdpr-33', '2026-03-30T12:00:00.001Z')?.status).toBe('ran-out');
  });

  it('show the age of a duty that has no number, and never let it run out', () => {
    const clock = one('gdpr-34', '2027-03-27T12:00:00.000Z');
    expect(clock).toMatchObject({ status: 'running', ageMs: 365 * 86_400_000 });
    expect(clock?.dueAt).toBeUndefined();
  });

  it('are met by a notice to whom they are for, and by no other', () => {
    const authorities = [{ authority: 'bfdi', at: '2026-03-29T12:00:00.000Z' }];
    const notified = (more: Partial<ClockFacts>) => statuses('2026-03-29T13:00:00.000Z', more);
    expect(notified({ authorities })).toMatchObject({ 'gdpr-33': 'met', 'ico-72h': 'running', 'hipaa-408': 'running' });
    const ico = [{ authority: 'ico', at: '2026-03-29T12:00:00.000Z' }];
    expect(notified({ authorities: ico })).toMatchObject({ 'gdpr-33': 'running', 'ico-72h': 'met' });
    const peopleNotified = [{ at: '2026-03-29T12:00:00.000Z' }];
    expect(notified({ peopleNotified })).toMatchObject({
      ...{ 'gdpr-33': 'running', 'gdpr-34': 'met', 'hipaa-404': 'met', 'hipaa-408': 'running' },
    });
  });

  it('say that a notice came late', () => {
    const authorities = [{ authority: 'cnil', at: '2026-03-31T12:00:00.000Z' }];
    const clock = one('gdpr-33', '2026-04-01T12:00:00.000Z', { authorities });
    expect(clock).toMatchObject({
      status: 'met',
      late: true,
      metAt: '2026-03-31T12:00:00.000Z',
      ageMs: 4 * 86_400_000,
    });
    const intime = [{ authority: 'cnil', at: '2026-03-30T12:00:00.000Z' }];
    expect(one('gdpr-33', '2026-04-01T12:00:00.000Z', { authorities: intime })?.late).toBeUndefined();
  });

  it('stop for what is no breach of personal data, and for nothing that is merely not known', () => {
    const all = (over: Partial<ClockFacts>) => new Set(Object.values(statuses('2026-03-28T12:00:00.000Z', over)));
    for (const over of [
      { drillId: 'drill-1' },
      { kind: 'drill' },
      { kind: 'operations' },
      { isMerged: true },
      { resolutions: ['false-positive', 'authorised'] },
    ] as const)
      expect(all(over)).toEqual(new Set(['not-applicable']));
    expect(statuses('2026-03-28T12:00:00.000Z', { resolutions: ['false-positive', 'confirmed'] })).toMatchObject({
      'gdpr-33': 'running',
    });
    expect(statuses('2026-03-28T12:00:00.000Z', { risk: 'none' })).toMatchObject({
      ...{ 'gdpr-33': 'not-applicable', 'gdpr-34': 'not-applicable', 'hipaa-404': 'not-applicable' },
    });
    expect(statuses('2026-03-28T12:00:00.000Z', { risk: 'risk' })).toMatchObject({
      ...{ 'gdpr-33': 'running', 'gdpr-34': 'not-applicable' },
    });
  });

  it('have not begun where no critical breach was flagged and awareness was not declared', () => {
    const { firstCriticalAt: _, ...review } = facts();
    for (const { status, why } of clocksAt(review, { sets: SETS, zone: 'UTC' }, Date.parse('2027-01-01T00:00:00Z')))
      expect([status, why]).toEqual(['not-applicable', expect.any(String)]);
  });

  it.each([
    [499, 'not-applicable', 'not-applicable', 'running'],
    [500, 'not-applicable', 'running', 'not-applicable'],
    [501, 'running', 'running', 'not-applicable'],
  ])('ask the thresholds of HIPAA for %i people', (people, media, many, few) => {
    expect(statuses('2026-03-28T12:00:00.000Z', { people })).toMatchObject({
      ...{ 'hipaa-406': media, 'hipaa-408-500': many, 'hipaa-408': few },
    });
  });

  it('say what the ledger cannot know of a duty', () => {
    expect(one('hipaa-406', '2026-03-28T12:00:00.000Z', { people: 501 })?.toFill).toMatch(/residents of one state/);
  });

  it('show a rule that is not law yet where it is chosen, as such, with its 96 hours', () => {
    const [omnibus, ...others] = at('2026-03-28T12:00:00.000Z', {}, ['gdpr-omnibus']);
    expect(others).toEqual([]);
    expect(omnibus).toMatchObject({ inForce: false, status: 'running', dueAt: '2026-03-31T12:00:00.000Z' });
    expect(clockRules.filter(({ from }) => from === undefined).map(({ clock }) => clock)).toEqual(['gdpr-33-omnibus']);
  });

  it('do not apply a rule to a breach of before it was law', () => {
    const before = { firstCriticalAt: '2018-05-24T23:59:59.999Z' };
    expect(at('2026-03-28T12:00:00.000Z', before, ['gdpr'])).toEqual([]);
    expect(at('2026-03-28T12:00:00.000Z', { firstCriticalAt: '2018-05-25T00:00:00.000Z' }, ['gdpr'])).toHaveLength(2);
  });

  it('give a processor 24 hours to tell the controller', () => {
    const [clock] = at('2026-03-28T12:00:00.000Z', {}, ['gdpr-processor']);
    expect(clock).toMatchObject({ clock: 'gdpr-33-2', dueAt: '2026-03-28T12:00:00.000Z', status: 'running' });
    const authorities = [{ authority: 'controller', at: '2026-03-28T11:00:00.000Z' }];
    expect(at('2026-03-29T12:00:00.000Z', { authorities }, ['gdpr-processor'])[0]?.status).toBe('met');
  });

  it('have a source each, a name of their own, and hours, days or an age', () => {
    expect(new Set(clockRules.map(({ clock }) => clock)).size).toBe(clockRules.length);
    for (const { source } of clockRules) expect(source).toMatch(/Art\. \d|CFR 164\.4\d\d/);
  });
});

describe('when a clock is due', () => {
  it('counts hours as they pass, whatever the clocks on the wall do', () => {
    // Central European Summer Time begins on 29 March 2026, and ends on 25 October.
    expect(due('gdpr-33', '2026-03-27T12:00:00.000Z', 'Europe/Berlin')).toBe('2026-03-30T12:00:00.000Z');
    expect(due('gdpr-33', '2026-10-24T12:00:00.000Z', 'Europe/Berlin')).toBe('2026-10-27T12:00:00.000Z');
  });

  it.each([
    ['UTC', '2026-03-26T23:59:59.999Z'],
    // Standard time at the discovery, summer time 60 days later.
    ['America/New_York', '2026-03-27T03:59:59.999Z'],
    ['Asia/Kolkata', '2026-03-26T18:29:59.999Z'],
  ])('lets 60 calendar days end with the day in %s', (zone, expected) => {
    expect(due('hipaa-404', '2026-01-25T12:00:00.000Z', zone)).toBe(expected);
  });

  it('begins with the day of the zone, not that of UTC', () => {
    // Still the 24th in New York.
    expect(due('hipaa-404', '2026-01-25T03:00:00.000Z', 'America/New_York')).toBe('2026-03-26T03:59:59.999Z');
  });

  it.each([
    ['2024-02-10T10:00:00.000Z', '2025-03-01T23:59:59.999Z'],
    ['2023-12-31T23:59:59.999Z', '2024-02-29T23:59:59.999Z'],
    ['2024-01-01T00:00:00.000Z', '2025-03-01T23:59:59.999Z'],
    ['2027-06-01T00:00:00.000Z', '2028-02-29T23:59:59.999Z'],
  ])(
    'counts 60 days after the end of the year of %s, through February of a leap year or another',
    (start, expected) => {
      expect(due('hipaa-408', start)).toBe(expected);
    },
  );

  it('asks the zone in which year a breach was discovered', () => {
    const newYear = '2026-12-31T23:30:00.000Z';
    expect(due('hipaa-408', newYear)).toBe('2027-03-01T23:59:59.999Z');
    expect(due('hipaa-408', newYear, 'Europe/Berlin')).toBe('2028-02-29T22:59:59.999Z');
  });

  it('counts through a leap day', () => {
    expect(due('hipaa-404', '2024-01-15T10:00:00.000Z')).toBe('2024-03-15T23:59:59.999Z');
    expect(due('hipaa-404', '2023-01-15T10:00:00.000Z')).toBe('2023-03-16T23:59:59.999Z');
  });
});

describe('the end of a day', () => {
  it.each([
    // A day of 23 hours, one of 25, and one that begins at one o'clock because there is no midnight.
    ['Europe/Berlin', { year: 2026, month: 3, day: 29 }, '2026-03-29T21:59:59.999Z'],
    ['Europe/Berlin', { year: 2026, month: 10, day: 25 }, '2026-10-25T22:59:59.999Z'],
    ['America/Santiago', { year: 2026, month: 9, day: 5 }, '2026-09-06T03:59:59.999Z'],
    ['Pacific/Kiritimati', { year: 2026, month: 1, day: 1 }, '2026-01-01T09:59:59.999Z'],
    ['Pacific/Niue', { year: 2026, month: 1, day: 1 }, '2026-01-02T10:59:59.999Z'],
  ])('is found in %s', (zone, day, expected) => {
    const end = endOf(day, zone);
    expect(new Date(end).toISOString()).toBe(expected);
    expect(dayOf(end, zone)).toEqual(day);
    expect(dayOf(end + 1, zone)).not.toEqual(day);
  });
});

describe('putting on record that a clock ran out', () => {
  const incident: ClockedIncident = {
    ...{ incidentId: 'inc-1', kind: 'release', openedAt: '2026-03-27T12:00:00.000Z', isMerged: false, criticals: [] },
    ...{ criticalCount: 1, breaches: 1, people: 40, authorities: [], peopleNotified: [], ranOut: [] },
  };
  const late = at('2026-03-31T12:00:00.000Z');

  it('says which one and when it was due', () => {
    expect(ranOut(incident, late).map(({ data }) => data)).toEqual([
      { incidentId: 'inc-1', clock: 'gdpr-33', dueAt: '2026-03-30T12:00:00.000Z' },
      { incidentId: 'inc-1', clock: 'ico-72h', dueAt: '2026-03-30T12:00:00.000Z' },
    ]);
  });

  it('says it once for each time it was due', () => {
    const known = { clock: 'gdpr-33', dueAt: '2026-03-30T12:00:00.000Z' };
    const ico = { ...known, clock: 'ico-72h' };
    expect(ranOut({ ...incident, ranOut: [known, ico] }, late)).toEqual([]);
    const moved = { ...known, dueAt: '2026-03-29T00:00:00.000Z' };
    expect(ranOut({ ...incident, ranOut: [moved, ico] }, late)).toHaveLength(1);
  });

  it('is silent of a rule that is not law', () => {
    expect(ranOut(incident, at('2026-05-01T00:00:00.000Z', {}, ['gdpr-omnibus']))).toEqual([]);
  });
});
