import type { RulesEvent } from '../../events/rule-events.ts';
import { pack } from '../../projections/rules/pack.ts';
import { adopt, approve, propose, reject } from '../../src/rules/decide.ts';
import {
  OwnChange,
  RuleChangeClosed,
  RuleChangeEmpty,
  RuleChangeNotFound,
  RuleNotFound,
} from '../../src/rules/errors.ts';
import { rulesFold } from '../../src/rules/evolve.ts';
import { changeReference } from '../../src/rules/reference.ts';
import { ruleCalled } from '../../src/rules/rules.ts';
import { decider } from '../support/given.ts';

const given = decider(rulesFold);
const rule = ruleCalled('same-victim');
const settings = { numbers: { viewers: 6 } };
const [proposedBy, backtestDigest] = ['officer-1', 'a'.repeat(64)];
const adopted: RulesEvent = { type: 'RuleAdopted', data: { rule: rule.name, version: rule.version } };
const proposal = (changeId: string, of: object = settings, version = '1.1'): RulesEvent => ({
  type: 'RuleChangeProposed',
  data: { changeId, rule: rule.name, settings: of, version, backtestDigest, proposedBy },
});
const approval = (changeId: string): RulesEvent => ({
  type: 'RuleChangeApproved',
  data: { changeId, rule: rule.name, approvedBy: 'officer-2' },
});
const asked = { changeId: 'c-1', settings, backtestDigest, proposedBy };
const by = (person: string, changeId = 'c-1') => ({ rule, changeId, by: person });

describe('adopting rules', () => {
  it('puts each of a release in force once', () => {
    const first = given().when((known) => adopt(known, pack));
    expect(first).toHaveLength(pack.length);
    expect(given(...first).when((known) => adopt(known, pack))).toEqual([]);
  });

  it('puts a newer version of one in its place, and leaves one of a newer release', () => {
    const versioned = (version: number) => [{ ...rule, version }];
    expect(given(adopted).when((known) => adopt(known, versioned(2)))).toEqual([
      { type: 'RuleAdopted', data: { rule: rule.name, version: 2 } },
    ]);
    const newer: RulesEvent = { type: 'RuleAdopted', data: { rule: rule.name, version: 2 } };
    expect(given(newer).when((known) => adopt(known, [rule]))).toEqual([]);
    expect(() => given(newer).when((known) => propose(known, rule, asked))).toThrow(RuleNotFound);
  });
});

describe('changing a rule', () => {
  it('is proposed as the next version of it', () => {
    expect(given(adopted).when((known) => propose(known, rule, asked))).toEqual([proposal('c-1')]);
    const events = [adopted, proposal('c-0', { enabled: false }), approval('c-0')];
    expect(given(...events).when((known) => propose(known, rule, asked))).toEqual([proposal('c-1', settings, '1.2')]);
  });

  it('is refused where it changes nothing', () => {
    for (const nothing of [{ enabled: true }, { severity: 'critical' as const }, { numbers: { viewers: 4 } }])
      expect(() => given(adopted).when((known) => propose(known, rule, { ...asked, settings: nothing }))).toThrow(
        RuleChangeEmpty,
      );
  });

  it('counts once another person approves it', () => {
    const approved = given(adopted, proposal('c-1')).when((known) => approve(known, by('officer-2')));
    expect(approved).toEqual([approval('c-1')]);
    const { state } = given(adopted, proposal('c-1'), ...approved);
    expect(state.inForce.get(rule.name)).toMatchObject({ enabled: true, numbers: { viewers: 6 }, changes: 1 });
    expect(state.changes.get('c-1')).toMatchObject({ status: 'approved', decidedBy: 'officer-2' });
  });

  it('is approved by no one who proposed it, and taken back by them', () => {
    const open = given(adopted, proposal('c-1'));
    expect(() => open.when((known) => approve(known, by(proposedBy)))).toThrow(OwnChange);
    expect(open.when((known) => reject(known, { ...by(proposedBy), reason: 'slip' }))).toEqual([
      {
        type: 'RuleChangeRejected',
        data: { changeId: 'c-1', rule: rule.name, rejectedBy: proposedBy, reason: 'slip' },
      },
    ]);
  });

  it('is decided once, and is not there for another rule', () => {
    const done = given(adopted, proposal('c-1'), approval('c-1'));
    expect(() => done.when((known) => approve(known, by('officer-3')))).toThrow(RuleChangeClosed);
    expect(() => done.when((known) => reject(known, by('officer-3')))).toThrow(RuleChangeClosed);
    const other = { ...by('officer-2'), rule: ruleCalled('vip') };
    expect(() => given(adopted, proposal('c-1')).when((known) => approve(known, other))).toThrow(RuleChangeNotFound);
    expect(() => given(adopted).when((known) => approve(known, by('officer-2')))).toThrow(RuleChangeNotFound);
  });

  it('is overtaken by another one that came into force: its backtest was of other settings', () => {
    const both = given(adopted, proposal('c-1'), proposal('c-2', { severity: 'review' }), approval('c-2'));
    expect(() => both.when((known) => approve(known, by('officer-2')))).toThrow('another change of the rule');
    expect(both.when((known) => reject(known, by('officer-2')))).toHaveLength(1);
  });

  it('is called by all that it sets, in whatever order that is written', () => {
    const one = changeReference(rule, '1.1', { enabled: true, numbers: { a: 1, b: 2 } });
    expect(changeReference(rule, '1.1', { numbers: { b: 2, a: 1 }, enabled: true })).toBe(one);
    for (const other of [{ enabled: true }, { enabled: true, numbers: { a: 1, b: 3 } }])
      expect(changeReference(rule, '1.1', other)).not.toBe(one);
    expect(one.length).toBeLessThan(100);
  });
});
