import { z } from 'zod';

/** What the ledger keeps: an offset can lead out of the years that have four digits. */
const isKept = (text: string) => /^\d{4}-/.test(new Date(text).toISOString());

/**
 * A time in a request, in UTC or with an offset, brought to the one form the ledger keeps (`2026-01-31T09:30:00.000Z`), so that times compare
 * as text.
 */
export const Time = z.iso
  .datetime({
    offset: true,
    abort: true,
    error: 'must be an ISO-8601 time like 2026-01-31T09:30:00Z or 2026-01-31T10:30:00+01:00 (in an address %2B01:00)',
  })
  .refine(isKept, { error: 'must be in the years 0000 to 9999 in UTC' })
  .transform((text) => new Date(text).toISOString());

/**
 * A page's place, as the caller gets it: opaque, and checked like any input when it comes back. It grants nothing (every
 * page is authorised anew), so it is not signed.
 */
export const encodeCursor = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url');

const cursor = <T extends z.ZodType>(position: T) =>
  z
    .string()
    .max(4_096)
    .transform((text, context): z.output<T> => {
      const decoded = position.safeParse(parsed(text));
      if (decoded.success) return decoded.data;
      context.addIssue({ code: 'custom', message: 'is not a cursor of this list' });
      return z.NEVER;
    });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
};

/**
 * The query fields of a list: spread into a `z.strictObject` with the list's own filters.
 * @param position schema of what `encodeCursor` was given
 */
export const paging = <T extends z.ZodType>(position: T) => ({
  cursor: cursor(position).optional(),
  limit: z.coerce.number({ error: 'must be a whole number from 1 to 100' }).int().min(1).max(100).default(20),
});
