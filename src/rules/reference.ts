import { hash } from 'node:crypto';
import type { RuleSettings } from '../../events/rule-events.ts';
import type { Rule } from '../../projections/rules/rule.ts';

const sorted = (object: object): object =>
  Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/**
 * How a change of a rule is called, by all that it sets: `bulk-views@1.2:3f0c9a…`. A backtest says by it which change it was made of.
 * @param version of the rule after the change
 */
export const changeReference = ({ name }: Rule, version: string, { numbers, ...others }: RuleSettings): string => {
  const settings = sorted({ ...others, numbers: sorted(numbers ?? {}) });
  return `${name}@${version}:${hash('sha256', JSON.stringify(settings), 'hex').slice(0, 16)}`;
};
