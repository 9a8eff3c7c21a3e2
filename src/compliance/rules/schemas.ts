import { z } from 'zod';
import { knownRuleSet, RulesUnusable } from './rule-sets.ts';

/** Rules that this build has: a request names no file. */
export const KnownRules = z.string().transform((reference, context) => {
  try {
    return knownRuleSet(reference);
  } catch (error) {
    if (!(error instanceof RulesUnusable)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});
