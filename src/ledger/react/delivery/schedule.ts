import { type PauseLimits, pauseAfter } from '../../../flow/back-off.ts';
import type { Failure, Outcome } from './outcome.ts';
import type { Fate } from './record.ts';

export type Schedule = PauseLimits & {
  /** The pauses after one failure, two, and so on, in place of doubling ones; the last is every further one. */
  readonly pausesMs?: readonly number[];
  /** The longest that a receiver is left alone because it asked for it. */
  readonly longestRetryAfterMs: number;
  /** A message that could not be delivered by this age is given up; no younger one ever is. */
  readonly giveUpAfterMs: number;
};

export type ChannelState =
  | { readonly kind: 'healthy' }
  | {
      readonly kind: 'failing';
      /** When the first of these failures was. */
      readonly since: number;
      /** In a row, each after the pause that the one before led to. */
      readonly failures: number;
      /** No attempt is made before then, for any message. */
      readonly pausedUntil: number;
      readonly why: Failure;
      readonly code?: string;
      readonly status?: number;
    };

/**
 * What becomes of a channel and of a message after an attempt.
 *
 * A receiver that fails pauses its channel, however many messages wait for it: one of them finds out whether it is back. The message that
 * found out waits by its own count of attempts too, so that others go before it: a message on which the receiver breaks holds nothing up.
 * An attempt within a pause, which a first page is, makes no pause longer: ten pages in a second say no more of the receiver than one.
 * A receiver that refuses a message works; only that message waits.
 * @param attempts how many were made for the message, this one included
 * @param random from 0 to 1
 */
export const afterAttempt = (
  channel: ChannelState,
  message: { readonly at: number; readonly attempts: number },
  outcome: Outcome,
  {
    beganAt,
    now,
    random,
    schedule,
  }: {
    readonly beganAt: number;
    readonly now: number;
    readonly random: number;
    readonly schedule: Schedule;
  },
): { readonly channel: ChannelState; readonly fate: Fate } => {
  if (outcome.kind === 'taken') return { channel: { kind: 'healthy' }, fate: { kind: 'delivered' } };
  const isTooOld = now - message.at >= schedule.giveUpAfterMs;
  const fateAt = (at: number): Fate => (isTooOld ? { kind: 'given-up' } : { kind: 'due', at });
  const own = now + pauseBetween(message.attempts, schedule, random);
  if (outcome.kind === 'refused') return { channel: { kind: 'healthy' }, fate: fateAt(own) };

  const { retryAfterMs, kind: _, ...why } = outcome;
  const before = channel.kind === 'failing' ? channel : { since: now, failures: 0, pausedUntil: 0 };
  const isWithinPause = beganAt < before.pausedUntil;
  const failures = before.failures + (isWithinPause ? 0 : 1);
  const asked =
    retryAfterMs === undefined ? undefined : now + clamp(retryAfterMs, schedule.firstMs, schedule.longestRetryAfterMs);
  const pausedUntil = asked ?? (isWithinPause ? before.pausedUntil : now + pauseBetween(failures, schedule, random));
  return {
    channel: { kind: 'failing', since: before.since, failures, pausedUntil, ...why },
    fate: fateAt(asked ?? own),
  };
};

/** Doubling, with as much chance in it that instances and channels that failed together do not come back together; within the limits. */
const pauseBetween = (failures: number, limits: Schedule, random: number): number => {
  const set = limits.pausesMs?.[Math.min(failures, limits.pausesMs.length) - 1];
  if (set !== undefined) return set;
  const most = pauseAfter(failures + 1, limits);
  return Math.max(limits.firstMs, (most / 2) * (1 + random));
};

const clamp = (ms: number, least: number, most: number) => Math.min(Math.max(ms, least), most);
