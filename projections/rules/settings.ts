import type { AnomalySeverity, RuleSettings } from '../../events/rule-events.ts';
import type { Rule } from './rule.ts';

/** A rule as it is set. */
export type InForce = {
  readonly enabled: boolean;
  readonly severity: AnomalySeverity;
  readonly points: number;
  readonly numbers: Readonly<Record<string, number>>;
  /** How often its settings were changed. */
  readonly changes: number;
};

/** As the release brought it. */
export const presets = ({ severity, points, settings }: Rule): InForce => ({
  ...{ enabled: true, severity, points, changes: 0 },
  numbers: Object.fromEntries(Object.entries(settings).map(([name, { preset }]) => [name, preset])),
});

/** After a change. Names that the rule does not have are left out: it may have been another version's. */
export const changed = (
  rule: Rule,
  before: InForce,
  { enabled, severity, points, numbers }: RuleSettings,
): InForce => ({
  enabled: enabled ?? before.enabled,
  severity: severity ?? before.severity,
  points: points ?? before.points,
  numbers: {
    ...before.numbers,
    ...Object.fromEntries(Object.entries(numbers ?? {}).filter(([name]) => Object.hasOwn(rule.settings, name))),
  },
  changes: before.changes + 1,
});

/** Why a change cannot be proposed; empty where it can. */
export const faultsOf = (rule: Rule, { numbers = {} }: RuleSettings): readonly { name: string; message: string }[] =>
  Object.entries(numbers).flatMap(([name, value]) => {
    const setting = Object.hasOwn(rule.settings, name) ? rule.settings[name] : undefined;
    if (!setting) {
      const names = Object.keys(rule.settings).join(', ');
      return [{ name, message: names === '' ? 'the rule has no numbers' : `is none of ${names}` }];
    }
    const { min, max } = setting;
    return value < min || value > max ? [{ name, message: `must be from ${min} to ${max}` }] : [];
  });

/** What the rule is called as it is set: `bulk-views` in version `1.2`. */
export const versionOf = ({ version }: Rule, { changes }: InForce): string => `${version}.${changes}`;
