import { z } from 'zod';

/**
 * In the metadata of an event that was copied from another store: when that store recorded it, and where in its `$all`. Written by
 * `ledger migrate` alone: `Ledger.metadata` names every field it writes, and none of a request's text is a field's name.
 */
export const MOVED_FROM = '$movedFrom';

const Moved = z.object({ recordedAt: z.iso.datetime({ offset: false }), position: z.string() });

/**
 * When an event was recorded first, ISO-8601 UTC in milliseconds: what its metadata say where it was copied, otherwise its own record time.
 * @returns undefined where the metadata say something that cannot be read
 */
export const recordTime = (created: Date, metadata: unknown): string | undefined => {
  if (typeof metadata !== 'object' || metadata === null || !Object.hasOwn(metadata, MOVED_FROM))
    return created.toISOString();
  const moved = Moved.safeParse((metadata as Record<string, unknown>)[MOVED_FROM]);
  return moved.success ? new Date(moved.data.recordedAt).toISOString() : undefined;
};
