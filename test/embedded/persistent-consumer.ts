import { randomUUID } from 'node:crypto';
import {
  type EventStoreDBClient,
  jsonEvent,
  type PersistentSubscriptionToAllSettings,
  type PersistentSubscriptionToStreamSettings,
  persistentSubscriptionToAllSettingsFromDefaults,
  persistentSubscriptionToStreamSettingsFromDefaults,
} from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';

type Recorded = { id: string; type: string; streamId: string; revision: bigint; data: unknown };
export type Delivered = {
  event?: Recorded;
  link?: Recorded;
  retryCount: number;
  commitPosition?: bigint;
};

type Action = 'park' | 'retry' | 'skip' | 'stop';

/** What both kinds of persistent subscription of the client have in common. */
type Subscription = {
  on(name: string, listener: (value: never) => void): unknown;
  once(name: string, listener: (value: never) => void): unknown;
  ack(...events: never[]): Promise<void>;
  nack(action: Action, reason: string, ...events: never[]): Promise<void>;
  unsubscribe(): Promise<void>;
};

/** A consumer that notes what it is given and answers only when told to. */
export class Consumer {
  readonly received: Delivered[] = [];
  readonly errors: Error[] = [];
  readonly confirmed: Promise<void>;
  readonly #subscription: Subscription;
  #onDelivery: (delivered: Delivered) => void = () => {};

  constructor(subscription: unknown) {
    this.#subscription = subscription as Subscription;
    this.#subscription.on('data', (delivered: Delivered) => {
      this.received.push(delivered);
      this.#onDelivery(delivered);
    });
    this.#subscription.on('error', (error: Error) => this.errors.push(error));
    this.confirmed = new Promise((resolve) => this.#subscription.once('confirmation', () => resolve()));
  }

  /** Acknowledges what it has and what it will get. */
  acknowledging(): this {
    const ack = (delivered: Delivered) => {
      // The call may have ended meanwhile; what wasn't acknowledged is delivered again.
      this.ack(delivered).catch((error: Error) => this.errors.push(error));
    };
    this.onDelivery(ack);
    return this;
  }

  /** Hands over what it has and what it will get. */
  onDelivery(listener: (delivered: Delivered) => void): void {
    for (const delivered of this.received) listener(delivered);
    this.#onDelivery = listener;
  }

  async has(count: number, limitMs?: number): Promise<Delivered[]> {
    await eventually(() => this.received.length >= count || this.errors[0] !== undefined, limitMs);
    if (this.received.length < count && this.errors[0] !== undefined) throw this.errors[0];
    return this.received;
  }

  /** The n-th delivery, counted from 0, once it is there. */
  async delivery(index: number, limitMs?: number): Promise<Delivered> {
    const delivered = (await this.has(index + 1, limitMs))[index];
    if (delivered === undefined) throw new Error(`no delivery ${index}`);
    return delivered;
  }

  ack(...events: Delivered[]): Promise<void> {
    return this.#subscription.ack(...(events as never[]));
  }

  nack(action: Action, reason: string, ...events: Delivered[]): Promise<void> {
    return this.#subscription.nack(action, reason, ...(events as never[]));
  }

  leave(): Promise<void> {
    return this.#subscription.unsubscribe();
  }

  async error(): Promise<Error> {
    await eventually(() => this.errors.length > 0);
    return this.errors[0] as Error;
  }
}

/** The `n`s of numbered events, in order of delivery. */
export const numbers = (deliveries: readonly Delivered[]): number[] =>
  deliveries.map(({ event }) => (event?.data as { n?: number } | undefined)?.n ?? Number.NaN);

export const numbered = (from: number, count: number, type = 'Numbered', metadata?: Record<string, unknown>) =>
  Array.from({ length: count }, (_, index) => jsonEvent({ type, data: { n: from + index }, metadata }));

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** A name no other test uses, on whatever server this runs against. */
export const fresh = (what: string): string => `${what}-${randomUUID()}`;

export const streamSettings = (
  changes: Partial<PersistentSubscriptionToStreamSettings> = {},
): PersistentSubscriptionToStreamSettings =>
  persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: 'start', ...changes });

export const allSettings = (
  changes: Partial<PersistentSubscriptionToAllSettings> = {},
): PersistentSubscriptionToAllSettings => persistentSubscriptionToAllSettingsFromDefaults(changes);

/** A stream with `count` numbered events and a group that starts at its beginning. */
export const streamWithGroup = async (
  client: EventStoreDBClient,
  count: number,
  changes: Partial<PersistentSubscriptionToStreamSettings> = {},
): Promise<{ stream: string; group: string }> => {
  const [stream, group] = [fresh('stream'), fresh('group')];
  if (count > 0) await client.appendToStream(stream, numbered(0, count));
  await client.createPersistentSubscriptionToStream(stream, group, streamSettings(changes));
  return { stream, group };
};

/** Everything a stream shows, oldest first; empty when there is no such stream. */
export const readAllOf = async (client: EventStoreDBClient, stream: string) => {
  const events = [];
  try {
    for await (const resolved of client.readStream(stream)) if (resolved.event) events.push(resolved.event);
  } catch (error) {
    if ((error as { type?: string }).type !== 'stream-not-found') throw error;
  }
  return events;
};
