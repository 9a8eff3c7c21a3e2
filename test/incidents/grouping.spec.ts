import { type Grouping, groupings, incidentOf, type ToGroup } from '../../projections/grouping.ts';
import { group, groupAgain } from '../../src/incidents/grouping/decide.ts';

const MINUTE = 60_000;
const START = Date.parse('2036-05-04T02:00:00.000Z');
const idFor = (key: string, breachId: string) => `${key.replaceAll(':', '.')}.${breachId}`;

const breach = (breachId: string, more: Partial<ToGroup> = {}): ToGroup => ({
  ...{
    breachId,
    severity: 'critical',
    rule: 'viewer-not-participant',
    appVersion: '1.4.2',
    patientId: `pat-${breachId}`,
  },
  viewerId: `doc-${breachId}`,
  ...more,
});

type Told = readonly [minute: number, breach: ToGroup];

const folded = (events: Parameters<typeof groupings.evolve>[1][], from = groupings.initial()): Grouping =>
  events.reduce(groupings.evolve, from);
const told = (...all: Told[]): Grouping =>
  all.reduce(
    (grouping, [minute, one]) =>
      folded(group(grouping, one, { at: START + minute * MINUTE, idFor }) as never, grouping),
    groupings.initial(),
  );
const incidentsOf = (grouping: Grouping, ...breachIds: string[]) =>
  new Set(breachIds.map((breachId) => incidentOf(grouping, breachId)));

describe('breaches are grouped', () => {
  it('by their viewer, for half an hour after the last one', () => {
    const viewerId = 'doc-1';
    const grouping = told(
      [0, breach('a', { viewerId })],
      [29, breach('b', { viewerId, rule: 'bulk-views' })],
      [58, breach('c', { viewerId })],
      [89, breach('d', { viewerId })],
    );
    expect(incidentsOf(grouping, 'a', 'b', 'c').size).toBe(1);
    expect(incidentOf(grouping, 'd')).not.toBe(incidentOf(grouping, 'a'));
  });

  it('for no more than a day, however close they follow', () => {
    const viewerId = 'doc-1';
    const all = Array.from({ length: 60 }, (_, i): Told => [i * 25, breach(`b${i}`, { viewerId })]);
    const grouping = told(...all);
    expect(incidentsOf(grouping, 'b0', 'b57').size).toBe(1);
    expect(incidentsOf(grouping, 'b0', 'b58').size).toBe(2);
  });

  it('by their release from the third viewer within ten minutes on, with what came before', () => {
    const two = told([0, breach('a')], [1, breach('b')]);
    expect(incidentsOf(two, 'a', 'b').size).toBe(2);
    const three = told([0, breach('a')], [1, breach('b')], [9, breach('c')], [20, breach('d')]);
    expect(incidentsOf(three, 'a', 'b', 'c', 'd')).toEqual(new Set(['viewer.doc-a.a']));
    expect(three.absorbed.get('viewer.doc-a.a')).toEqual(['viewer.doc-b.b']);
    expect(three.open.get('release:1.4.2:viewer-not-participant')).toMatchObject({ kind: 'release' });
  });

  it('by no release where they are of several, too far apart, by several rules, or only for review', () => {
    const versions = told([0, breach('a')], [1, breach('b', { appVersion: '1.4.1' })], [2, breach('c')]);
    expect(incidentsOf(versions, 'a', 'b', 'c').size).toBe(3);
    const slow = told([0, breach('a')], [6, breach('b')], [12, breach('c')]);
    expect(incidentsOf(slow, 'a', 'b', 'c').size).toBe(3);
    const rules = told([0, breach('a')], [1, breach('b', { rule: 'vip' })], [2, breach('c')]);
    expect(incidentsOf(rules, 'a', 'b', 'c').size).toBe(3);
    const review = { severity: 'review', rule: 'emergency-access' } as const;
    const reviews = told([0, breach('a', review)], [1, breach('b', review)], [2, breach('c', review)]);
    expect(incidentsOf(reviews, 'a', 'b', 'c').size).toBe(3);
  });

  it('three views of one viewer are that viewer’s, and no release’s', () => {
    const viewerId = 'doc-1';
    const grouping = told(
      [0, breach('a', { viewerId })],
      [1, breach('b', { viewerId })],
      [2, breach('c', { viewerId })],
    );
    expect(grouping.open.has('viewer:doc-1')).toBe(true);
    expect([...grouping.open.values()].map(({ kind }) => kind)).toEqual(['viewer']);
  });

  it('by their patient where many look at one, by their rule where neither is known, and by their drill before all else', () => {
    const victim = { rule: 'same-victim', patientId: 'pat-vip' };
    const grouping = told(
      [0, breach('a', victim)],
      [1, breach('b', victim)],
      [2, breach('c', { viewerId: undefined, patientId: undefined, rule: 'event-not-believed' })],
      [2, breach('d', { drillId: 'drill-1', viewerId: 'drill-doc' })],
    );
    expect(incidentsOf(grouping, 'a', 'b')).toEqual(new Set(['patient.pat-vip.a']));
    expect(incidentOf(grouping, 'c')).toBe('rule.event-not-believed.c');
    expect(incidentOf(grouping, 'd')).toBe('drill.drill-1.d');
  });

  it('by their release where a rule says that it does harm, with what its viewers were flagged for', () => {
    const regression = { rule: 'release-regression', viewerId: undefined, patientId: undefined };
    const viewer = { viewerId: 'doc-1' };
    const grouping = told(
      [0, breach('a', viewer)],
      [1, breach('b', viewer)],
      [2, breach('regression', regression)],
      [3, breach('c', viewer)],
      [4, breach('d')],
      [5, breach('e', { appVersion: '1.4.1' })],
    );
    expect(incidentsOf(grouping, 'a', 'b', 'c', 'd', 'regression')).toEqual(new Set(['viewer.doc-1.a']));
    expect(incidentOf(grouping, 'e')).toBe('viewer.doc-e.e');
    const after = told([0, breach('a')], [0, breach('b')], [0, breach('c')], [1, breach('regression', regression)]);
    expect(incidentsOf(after, 'a', 'b', 'c', 'regression').size).toBe(1);
    const alone = told([0, breach('regression', regression)], [1, breach('a')]);
    expect(incidentsOf(alone, 'regression', 'a').size).toBe(1);
  });

  it('by the release where many look at one patient because of it', () => {
    const all = ['a', 'b', 'c'].map((id): Told => [0, breach(id, { patientId: 'pat-1' })]);
    const victim = breach('victim', { rule: 'same-victim', patientId: 'pat-1', viewerId: undefined });
    expect(incidentsOf(told(...all, [1, victim]), 'a', 'b', 'c', 'victim').size).toBe(1);
    expect(incidentsOf(told(...all.slice(0, 2), [1, victim]), 'a', 'victim').size).toBe(2);
  });

  it('once: told again, or after its incident was merged, a breach stays where it is', () => {
    const grouping = told([0, breach('a')], [1, breach('b')]);
    expect(group(grouping, breach('a'), { at: START + 2 * MINUTE, idFor })).toEqual([]);
    const [a, b] = ['a', 'b'].map((id) => incidentOf(grouping, id) as string);
    const merged = folded([{ type: 'GroupMerged', data: { incidentId: a, into: b } }] as never, grouping);
    expect(incidentsOf(merged, 'a', 'b')).toEqual(new Set([b]));
    // Further breaches of that viewer join the one that it was merged into.
    const [next] = group(merged, breach('c', { viewerId: 'doc-a', rule: 'vip' }), { at: START + 3 * MINUTE, idFor });
    expect(next?.data.incidentId).toBe(b);
  });

  it('into a new incident where the one it was to join was closed meanwhile', () => {
    const grouping = told([0, breach('a', { viewerId: 'doc-1' })], [1, breach('b', { viewerId: 'doc-1' })]);
    const over = incidentOf(grouping, 'b') as string;
    const at = START + 2 * MINUTE;
    const events = groupAgain(grouping, breach('b', { viewerId: 'doc-1' }), over, { at, idFor });
    expect(events.map(({ type }) => type)).toEqual(['GroupEnded', 'BreachGrouped']);
    const after = folded(events as never, grouping);
    expect(incidentOf(after, 'a')).toBe(over);
    expect(incidentOf(after, 'b')).not.toBe(over);
    // Done by another instance: nothing is left to do.
    expect(groupAgain(after, breach('b', { viewerId: 'doc-1' }), over, { at, idFor })).toEqual([]);
  });
});
