import type { Outcome } from './outcome.ts';

/** A message to deliver. Its id is its idempotency key, the same for every attempt. */
export type Message = {
  readonly id: string;
  /** The id of the channel it goes through. */
  readonly channel: string;
  readonly contentType: string;
  readonly body: string;
  /** When there was something to tell, in milliseconds since the epoch: its age counts from here. */
  readonly at: number;
};

/** A message that is on record and neither delivered nor given up. */
export type Outstanding = {
  readonly message: Message;
  /** How many attempts are on record. */
  readonly attempts: number;
  /** When the next one may be made, in milliseconds since the epoch. */
  readonly dueAt: number;
};

export type Fate =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'due'; readonly at: number }
  | { readonly kind: 'given-up' };

export type Attempt = {
  readonly messageId: string;
  readonly channel: string;
  /** 1 is the first. */
  readonly number: number;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  readonly fate: Fate;
};

/**
 * Where messages and their attempts are kept; the caller that opens a `Delivery` supplies it, and puts its messages there. It is the queue, so
 * that the engine keeps nothing that a crash could lose and however many messages wait, memory does not grow with them.
 *
 * Each method settles in bounded time and rejects when the record cannot be reached; the engine then asks again.
 */
export interface DeliveryRecord {
  /**
   * The outstanding message of a channel that is due first, whether its time has come or not. A record that several engines share gives a
   * message that is due to one of them.
   */
  next(channel: string): Promise<Outstanding | undefined>;

  /** Puts an attempt on record, and with it what becomes of its message. Durable once it resolves. The same attempt again changes nothing. */
  attempted(attempt: Attempt): Promise<void>;
}
