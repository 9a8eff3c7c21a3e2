import type { RuleSettings } from '../../events/rule-events.ts';
import { Change, handles } from '../command-path/change.ts';
import type { RuleChange } from './evolve.ts';
import { Rules } from './rules.ts';

type Ref = { readonly name: string; readonly changeId: string };

export class ProposeRuleChange extends Change<
  { readonly name: string; readonly settings: RuleSettings; readonly backtestDigest: string },
  RuleChange
> {}
export class ApproveRuleChange extends Change<Ref, RuleChange> {}
export class RejectRuleChange extends Change<Ref & { readonly reason?: string | undefined }, RuleChange> {}

export const rulesCommands = [
  handles(ProposeRuleChange, Rules, (rules, { input, cause }) => rules.propose(input, cause)),
  handles(ApproveRuleChange, Rules, (rules, { input, cause }) => rules.approve(input, cause)),
  handles(RejectRuleChange, Rules, (rules, { input, cause }) => rules.reject(input, cause)),
];
