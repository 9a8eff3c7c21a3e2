import { z } from 'zod';
import { Time } from '../../http/schemas.ts';
import type { Passing } from './stored-log.ts';

/** A moment of the record: a record time, or a position of `$all`. */
export type Moment = { readonly time: string } | { readonly position: number };

/** @returns undefined for a text that is neither a position nor a time */
export const momentOf = (text: string): Moment | undefined => {
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return { position: Number(text) };
  const time = Time.safeParse(text);
  return time.success ? { time: time.data } : undefined;
};

/** A moment in a request: a position, or one of them as text. */
export const MomentAsked = z.union([z.int().nonnegative(), z.string()]).transform((given, context): Moment => {
  const moment = momentOf(String(given));
  if (moment) return moment;
  context.addIssue({ code: 'custom', message: 'must be a position, or a time like 2026-01-31T09:30:00Z' });
  return z.NEVER;
});

/** Whether an event was on record at a moment. */
export const isOnRecord = (
  { position, recordedAt }: { readonly position: bigint; readonly recordedAt: string },
  asOf: Moment,
): boolean => ('position' in asOf ? position <= BigInt(asOf.position) : recordedAt <= asOf.time);

/** Whether an event lies at a moment or after it; any does where none is given. */
export const isFrom = (passing: Passing, from: Moment | undefined): boolean =>
  !from || ('position' in from ? passing.position.commit >= BigInt(from.position) : passing.recordedAt() >= from.time);

/** Whether an event lies at a moment or before it; any does where none is given. */
export const isBy = (passing: Passing, to: Moment | undefined): boolean =>
  !to || ('position' in to ? passing.position.commit <= BigInt(to.position) : passing.recordedAt() <= to.time);
