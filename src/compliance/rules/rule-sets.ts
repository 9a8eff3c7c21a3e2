import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { ReasonCode, Severity } from '../../../events/values.ts';
import {
  currentRules,
  knownRules,
  type Question,
  type Rule,
  type RuleSet,
  referenceOf,
} from '../../../projections/access-rules.ts';

/** A rule set that cannot be used, or is not known here. Its message says what to change. */
export class RulesUnusable extends Error {
  override readonly name = 'RulesUnusable';
}

/** A file is named by its ending, so that no rule set of this build is hidden by one. */
const isFile = (given: string): boolean => /\.(js|mjs|cjs)$/.test(given);

const NAMES = knownRules.map(referenceOf).join(', ');

/**
 * A rule set of this build: `current`, or `name@version`.
 * @throws RulesUnusable
 */
export const knownRuleSet = (reference: string): RuleSet => {
  if (reference === 'current') return currentRules;
  const known = knownRules.find((one) => referenceOf(one) === reference);
  if (!known) throw new RulesUnusable(`this build has no rules ${reference}; it has current, ${NAMES}`);
  return known;
};

/**
 * A rule set of this build, or of a file: a module whose default export is a rule set, or a function that makes one of the current one.
 * A file that is named is code that is run: the command line takes one, a route never does.
 * @throws RulesUnusable
 */
export const ruleSetOf = async (given: string): Promise<RuleSet> =>
  isFile(given) ? ruleSetInFile(given) : knownRuleSet(given);

const isFunction = (value: unknown): boolean => typeof value === 'function';
const Rules = z.object({
  name: ReasonCode,
  version: z.int().positive(),
  rules: z
    .array(
      z.object({
        name: ReasonCode,
        severity: Severity,
        applies: z.custom<Rule['applies']>(isFunction, 'must be a function of the facts of a view'),
        releases: z
          .custom<Rule['releases']>(isFunction, 'must be a function of the facts of a view')
          .default(() => () => false),
      }),
    )
    .refine((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, 'has two rules of the same name'),
});

const ruleSetInFile = async (file: string): Promise<RuleSet> => {
  let exported: unknown;
  try {
    const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
    exported = typeof module.default === 'function' ? module.default(currentRules) : module.default;
  } catch (error) {
    throw new RulesUnusable(`the rules in ${file} cannot be loaded: ${reasonOf(error)}`, { cause: error });
  }
  if (exported === undefined)
    throw new RulesUnusable(`${file} has no default export: export default { name, version, rules: [...] }`);
  const parsed = Rules.safeParse(exported);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the export'}: ${message}`);
    throw new RulesUnusable(`the rules in ${file} are no rule set: ${faults.join('; ')}`);
  }
  const { name, version, rules } = parsed.data;
  const taken = knownRules.find((one) => referenceOf(one) === referenceOf({ name, version }));
  if (taken && taken !== exported)
    throw new RulesUnusable(`${referenceOf(taken)} are rules of this build: the set in ${file} needs another version`);
  return { name, version, rules: rules.map((rule) => watched(rule, file)) };
};

/** A rule that fails, or answers neither yes nor no, has judged nothing. */
const watched = ({ applies, releases, ...rule }: Rule, file: string): Rule => {
  const asked = (what: 'applies' | 'releases', ask: (question: Question) => unknown) => (question: Question) => {
    let said: unknown;
    try {
      said = ask(question);
    } catch (error) {
      throw new RulesUnusable(`${rule.name}.${what} in ${file} failed on view ${question.viewId}: ${reasonOf(error)}`);
    }
    if (typeof said === 'boolean') return said;
    throw new RulesUnusable(
      `${rule.name}.${what} in ${file} gave ${typeof said} on view ${question.viewId}, not a boolean`,
    );
  };
  return { ...rule, applies: asked('applies', applies), releases: asked('releases', releases) };
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
