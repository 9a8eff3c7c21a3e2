import type { Appended } from '../../events/event.ts';
import type { RuleSettings, RulesEvent } from '../../events/rule-events.ts';
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
  readonly adopted: ReadonlyMap<string, number>;
  /** Of this release's rules. */
  readonly inForce: ReadonlyMap<string, InForce>;
  readonly changes: ReadonlyMap<string, RuleChange>;
};

const ruleCalled = (name: string) => pack.find((rule) => rule.name === name);

export const rulesFold = {
  initial: (): KnownRules => ({ adopted: new Map(), inForce: new Map(), changes: new Map() }),
  evolve: (known: KnownRules, { type, data }: Appended<RulesEvent>): KnownRules => {
    switch (type) {
      case 'RuleAdopted': {
        const rule = ruleCalled(data.rule);
        const inForce = new Map(known.inForce);
        if (rule?.version === data.version) inForce.set(rule.name, inForce.get(rule.name) ?? presets(rule));
        else inForce.delete(data.rule);
        return { ...known, inForce, adopted: new Map(known.adopted).set(data.rule, data.version) };
      }
      case 'RuleChangeProposed':
        return { ...known, changes: new Map(known.changes).set(data.changeId, { ...data, status: 'proposed' }) };
      case 'RuleChangeRejected':
        return { ...known, changes: decided(known.changes, data.changeId, 'rejected', data.rejectedBy) };
      case 'RuleChangeApproved': {
        const change = known.changes.get(data.changeId);
        const rule = change && ruleCalled(change.rule);
        const before = rule && known.inForce.get(rule.name);
        const inForce = new Map(known.inForce);
        if (change && rule && before) inForce.set(rule.name, changed(rule, before, change.settings));
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
  return change ? new Map(changes).set(changeId, { ...change, status, decidedBy }) : changes;
};
