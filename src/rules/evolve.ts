import type { Appended } from '../../events/event.ts';
import type { RuleSettings, RulesEvent } from '../../events/rule-events.ts';
import { PersistentMap } from '../../projections/persistent.ts';
import { pack } from '../../projections/rules/pack.ts';
import { changed, type InForce, presets } from '../../projections/rules/settings.ts';

export type RuleChange = {
  readonly changeId: string;
  readonly rule: string;
  readonly settings: RuleSettings;
  readonly version: string;
  readonly backtestDigest: string;
  readonly proposedBy: string;
  readonly status: 'proposed' | 'approved' | 'rejected';
  readonly decidedBy?: string;
};

/** The stream of rules as commands decide on it. */
export type KnownRules = {
  /** The version of each rule's code that is adopted. */
  readonly adopted: PersistentMap<string, number>;
  /** Of this release's rules. */
  readonly inForce: PersistentMap<string, InForce>;
  readonly changes: PersistentMap<string, RuleChange>;
};

const ruleCalled = (name: string) => pack.find((rule) => rule.name === name);

export const rulesFold = {
  initial: (): KnownRules => ({
    adopted: PersistentMap.empty(),
    inForce: PersistentMap.empty(),
    changes: PersistentMap.empty(),
  }),
  evolve: (known: KnownRules, { type, data }: Appended<RulesEvent>): KnownRules => {
    switch (type) {
      case 'RuleAdopted': {
        const rule = ruleCalled(data.rule);
        const inForce =
          rule?.version === data.version
            ? known.inForce.with(rule.name, known.inForce.get(rule.name) ?? presets(rule))
            : known.inForce.without(data.rule);
        return { ...known, inForce, adopted: known.adopted.with(data.rule, data.version) };
      }
      case 'RuleChangeProposed':
        return { ...known, changes: known.changes.with(data.changeId, { ...data, status: 'proposed' }) };
      case 'RuleChangeRejected':
        return { ...known, changes: decided(known.changes, data.changeId, 'rejected', data.rejectedBy) };
      case 'RuleChangeApproved': {
        const change = known.changes.get(data.changeId);
        const rule = change && ruleCalled(change.rule);
        const before = rule && known.inForce.get(rule.name);
        const inForce =
          change && rule && before
            ? known.inForce.with(rule.name, changed(rule, before, change.settings))
            : known.inForce;
        return { ...known, inForce, changes: decided(known.changes, data.changeId, 'approved', data.approvedBy) };
      }
    }
  },
};

const decided = (
  changes: KnownRules['changes'],
  changeId: string,
  status: 'approved' | 'rejected',
  decidedBy: string,
): KnownRules['changes'] => {
  const change = changes.get(changeId);
  return change ? changes.with(changeId, { ...change, status, decidedBy }) : changes;
};
