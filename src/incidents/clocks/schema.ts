import { z } from 'zod';
import { Id } from '../../../events/values.ts';

const time = z.iso.datetime();

/** A clock of the law as callers are shown it. */
export const ClockSchema = z.object({
  ...{ clock: Id, title: z.string(), source: z.string() },
  inForce: z.boolean().describe('false: chosen by a setting, and not the law on that day'),
  status: z.enum(['running', 'met', 'ran-out', 'not-applicable']),
  why: z.string().optional().describe('why it does not run'),
  ...{ startedAt: time.optional(), basis: z.string().optional() },
  dueAt: time.optional().describe('missing where the law gives no number'),
  ...{
    metAt: time.optional(),
    late: z.literal(true).optional(),
    ageMs: z.number().nonnegative().optional(),
    toFill: z.string().optional(),
  },
});
