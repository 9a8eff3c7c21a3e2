import type { RuleSettings, RulesEvent } from '../../events/rule-events.ts';
import type { Rule } from '../../projections/rules/rule.ts';
import { changed, type InForce, versionOf } from '../../projections/rules/settings.ts';
import { OwnChange, RuleChangeClosed, RuleChangeEmpty, RuleChangeNotFound, RuleNotFound } from './errors.ts';
import type { KnownRules, RuleChange } from './evolve.ts';

type Of<T extends RulesEvent['type']> = Extract<RulesEvent, { type: T }>;

/** Rules of a release that are not in force yet; one of a newer release stays. */
export const adopt = ({ adopted }: KnownRules, pack: readonly Rule[]): Of<'RuleAdopted'>[] =>
  pack.flatMap(({ name: rule, version }) =>
    (adopted.get(rule) ?? 0) < version ? [{ type: 'RuleAdopted', data: { rule, version } } as const] : [],
  );

/** @throws RuleNotFound where another release's code of it is in force */
export const settingsOf = ({ inForce }: KnownRules, rule: Rule): InForce => {
  const set = inForce.get(rule.name);
  if (!set) throw new RuleNotFound();
  return set;
};

/** What a rule is called after a change: `bulk-views@1.2`. */
export const versionAfter = (known: KnownRules, rule: Rule, settings: RuleSettings): string =>
  versionOf(rule, changed(rule, settingsOf(known, rule), settings));

const isSame = ({ changes: _, ...a }: InForce, { changes: __, ...b }: InForce): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** @throws RuleNotFound, RuleChangeEmpty */
export const propose = (
  known: KnownRules,
  rule: Rule,
  proposed: Pick<Of<'RuleChangeProposed'>['data'], 'changeId' | 'settings' | 'backtestDigest' | 'proposedBy'>,
): Of<'RuleChangeProposed'>[] => {
  const before = settingsOf(known, rule);
  const after = changed(rule, before, proposed.settings);
  if (isSame(before, after)) throw new RuleChangeEmpty();
  return [{ type: 'RuleChangeProposed', data: { ...proposed, rule: rule.name, version: versionOf(rule, after) } }];
};

type Decision = { readonly rule: Rule; readonly changeId: string; readonly by: string };

/**
 * By another person than the one who proposed it, and on the settings that it was proposed and backtested for.
 * @throws RuleChangeNotFound, OwnChange, RuleChangeClosed
 */
export const approve = (known: KnownRules, { rule, changeId, by }: Decision): Of<'RuleChangeApproved'>[] => {
  const change = openChange(known, rule, changeId);
  if (change.proposedBy === by) throw new OwnChange();
  if (versionAfter(known, rule, change.settings) !== change.version) throw new RuleChangeClosed('overtaken');
  return [{ type: 'RuleChangeApproved', data: { changeId, rule: rule.name, approvedBy: by } }];
};

/** The person who proposed it may take it back. @throws RuleChangeNotFound, RuleChangeClosed */
export const reject = (
  known: KnownRules,
  { rule, changeId, by, reason }: Decision & { readonly reason?: string | undefined },
): Of<'RuleChangeRejected'>[] => {
  openChange(known, rule, changeId);
  const why = reason === undefined ? {} : { reason };
  return [{ type: 'RuleChangeRejected', data: { changeId, rule: rule.name, rejectedBy: by, ...why } }];
};

const openChange = ({ changes }: KnownRules, { name }: Rule, changeId: string): RuleChange => {
  const change = changes.get(changeId);
  if (change?.rule !== name) throw new RuleChangeNotFound();
  if (change.status !== 'proposed') throw new RuleChangeClosed(change.status);
  return change;
};
