import { z } from 'zod';

const whole = (least: number, most: number) =>
  z.coerce
    .number({ error: `must be a whole number from ${least} to ${most}` })
    .int()
    .min(least)
    .max(most);

export const FeedQuery = z.strictObject({
  after: z
    .union([z.literal('newest'), z.string().regex(/^\d{1,19}$/, 'must be a position, or `newest`')])
    .optional()
    .describe(
      '`X-Ledger-Position` of the last answer, or the `position` of its last line; `newest` to begin now; the first event without it',
    ),
  limit: whole(1, 1_000).default(500).describe('lines at most'),
  wait: whole(0, 30).default(0).describe('seconds to wait where there is nothing yet'),
});
