import type { Schemas } from '../../../clients/typescript/client.ts';

export type Settings = Schemas['RuleSettings'];
type Rule = Schemas['RuleList']['items'][number];

/** What a person typed: numbers are text until they are asked for. */
export type Draft = {
  readonly enabled: boolean;
  readonly severity: Rule['severity'];
  readonly points: string;
  readonly numbers: Readonly<Record<string, string>>;
};

export const draftOf = ({ enabled, severity, points, numbers }: Rule): Draft => ({
  ...{ enabled, severity, points: String(points) },
  numbers: Object.fromEntries(numbers.map(({ name, value }) => [name, String(value)])),
});

/** What differs from how the rule is set, or the first field that cannot be. */
export const settingsOf = (rule: Rule, draft: Draft): { readonly settings: Settings } | { readonly wrong: string } => {
  const points = Number(draft.points);
  if (draft.points.trim() === '' || !Number.isInteger(points) || points < 0)
    return { wrong: 'Points are a whole number from 0 on.' };
  const numbers: Record<string, number> = {};
  for (const { name, value, min, max, says } of rule.numbers) {
    const text = draft.numbers[name] ?? '';
    const typed = Number(text);
    if (text.trim() === '' || !(typed >= min && typed <= max)) return { wrong: `${says}: from ${min} to ${max}.` };
    if (typed !== value) numbers[name] = typed;
  }
  const settings: Settings = {
    ...(draft.enabled !== rule.enabled && { enabled: draft.enabled }),
    ...(draft.severity !== rule.severity && { severity: draft.severity }),
    ...(points !== rule.points && { points }),
    ...(Object.keys(numbers).length > 0 && { numbers }),
  };
  return Object.keys(settings).length === 0 ? { wrong: 'Nothing differs from how the rule is set now.' } : { settings };
};

/** `viewers 5, severity critical`: a change in a line. */
export const settingsSay = ({ enabled, severity, points, numbers = {} }: Settings): string =>
  [
    enabled !== undefined && (enabled ? 'on' : 'off'),
    severity && `severity ${severity}`,
    points !== undefined && `${points} points`,
    ...Object.entries(numbers).map(([name, value]) => `${name} ${value}`),
  ]
    .filter(Boolean)
    .join(', ');
