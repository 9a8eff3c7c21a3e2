import { PARK, type PersistentAction, type PersistentSubscriptionToAll, RETRY } from '@eventstore/db-client';
import type { LedgerEvent } from '../../../events/categories.ts';
import type { Recorded } from '../../../events/event.ts';
import { type StoredEvent, UnreadableEvent } from '../../../events/gate.ts';
import { Pauses } from '../../flow/back-off.ts';
import { Changes } from '../../flow/changes.ts';
import { cancelSubscription } from '../catch-up.ts';
import { LedgerContention, LedgerReadOnly, LedgerUnavailable, MinRevisionUnavailable } from '../errors.ts';
import type { EventStore } from '../event-store.ts';

/** What the group tells about itself; the reporter must not throw. */
export type GroupReport =
  | { kind: 'connected' }
  | { kind: 'lost'; why: string }
  | { kind: 'retried'; stream: string; revision: number; error: unknown }
  | { kind: 'parked'; stream: string; revision: number; why: string };

export type GroupOptions = {
  /** On the server. */
  readonly name: string;
  /** How many events may be worked on at once; the server sends no more before some are acknowledged. */
  readonly maxInFlight: number;
  /** Makes sure that there is such a group, before each attempt to join it. */
  readonly prepare: () => Promise<void>;
};

/** How an event came. */
export type Given = {
  /** As it is stored, for a handler that reads it for itself. */
  readonly stored: StoredEvent;
  /** Out of what the group had parked. */
  readonly replayed: boolean;
};

type Delivery = Parameters<PersistentSubscriptionToAll['ack']>[0];

const PAUSES = { firstMs: 50, longestMs: 2_000 };
/** While the store is away an event is held here, below the group's time-out: giving it back would use up its retries in a second. */
const HOLD_MS = 20_000;

/**
 * This instance's share of a persistent subscription group to `$all`. The server keeps the checkpoint, spreads events over the instances
 * and parks events that no instance can process; events come at least once. Pinned: one stream's events go to one instance at a time.
 *
 *   connecting ──confirmed──▶ connected ──dropped──▶ lost ──▶ connecting …
 */
export class PersistentGroup {
  private readonly inFlight = new Map<Promise<void>, number>();
  private running: Promise<void> = Promise.resolve();
  private confirmed = false;
  /** Apart from the connection, which may still be confirmed after the group was told to stop. */
  private stopped = false;
  private readonly changes = new Changes();
  private subscription: PersistentSubscriptionToAll | undefined;
  private received = 0;

  /** @param process must have made its effect durable when it resolves, and must bear repetition */
  constructor(
    private readonly store: EventStore,
    private readonly options: GroupOptions,
    private readonly process: (event: Recorded<LedgerEvent>, given: Given) => Promise<void>,
    private readonly report: (event: GroupReport) => void,
  ) {}

  get connected(): boolean {
    return this.confirmed && !this.stopped;
  }

  /** Milliseconds since the oldest event under way was received; 0 when there is none. */
  get oldestInFlightMs(): number {
    const [oldest] = this.inFlight.values();
    return oldest === undefined ? 0 : performance.now() - oldest;
  }

  /** How many events have arrived here in all, and how many of them are not answered yet. */
  get arrivals(): { readonly arrived: number; readonly here: number } {
    const here = this.inFlight.size + (this.subscription?.readableLength ?? 0);
    return { arrived: this.received + (this.subscription?.readableLength ?? 0), here };
  }

  /** Connects, and keeps trying until `stop`; may be started again after that. */
  start(): void {
    this.stopped = false;
    this.running = this.run();
  }

  /** Finishes the events under way and leaves the group; events received and not begun go to another instance. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.changes.announce();
    await Promise.allSettled(this.inFlight.keys());
    this.leave();
    await this.running;
  }

  /** Joins the group anew: the server then hands out again what it had given to this connection. */
  rejoin(): void {
    if (this.connected) this.leave();
  }

  private leave(): void {
    if (this.subscription) cancelSubscription(this.subscription);
  }

  private async run(): Promise<void> {
    const pauses = new Pauses(PAUSES);
    while (!this.stopped) {
      let why = this.store.readOnly ?? 'the subscription ended';
      try {
        // Processing an event appends others; while the ledger is read-only it waits, and is not given up on.
        if (this.store.readOnly !== undefined) throw new LedgerReadOnly(why);
        await this.options.prepare();
        if (this.stopped) return;
        await this.follow(() => {
          this.confirmed = true;
          pauses.reset();
          this.report({ kind: 'connected' });
        });
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
      this.confirmed = false;
      if (this.stopped) return;
      this.report({ kind: 'lost', why });
      await this.pause(pauses);
    }
  }

  private async follow(connected: () => void): Promise<void> {
    const { name, maxInFlight } = this.options;
    const subscription = this.store.raw.subscribeToPersistentSubscriptionToAll(name, { bufferSize: maxInFlight });
    this.subscription = subscription;
    subscription.once('confirmation', connected);
    try {
      for await (const delivery of subscription) {
        if (this.stopped) return;
        this.received += 1;
        const work: Promise<void> = this.deliver(subscription, delivery).finally(() => this.inFlight.delete(work));
        this.inFlight.set(work, performance.now());
        if (this.inFlight.size >= maxInFlight) await Promise.race(this.inFlight.keys());
      }
    } finally {
      subscription.off('confirmation', connected);
      if (this.stopped) await Promise.allSettled(this.inFlight.keys());
      subscription.destroy();
      this.subscription = undefined;
    }
  }

  /** Never rejects: an event that is neither acknowledged nor given back comes again by itself. */
  private async deliver(subscription: PersistentSubscriptionToAll, delivery: Delivery): Promise<void> {
    const { event, link } = delivery;
    const settle = (action: PersistentAction | undefined, why = '') =>
      (action ? subscription.nack(action, why, delivery) : subscription.ack(delivery)).catch(() => undefined);
    // A link whose event is gone: there is nothing to process.
    if (!event) return settle(undefined);
    const place = { stream: event.streamId, revision: Number(event.revision) };
    try {
      await this.hold(this.store.unreadable.pass(event), { stored: event, replayed: link !== undefined });
    } catch (error) {
      // Not answered: it comes again, to an instance that may write.
      if (error instanceof LedgerReadOnly) return this.leave();
      if (error instanceof LeftParked) return settle(PARK, error.message);
      if (error instanceof UnreadableEvent) {
        this.report({ kind: 'parked', ...place, why: error.message });
        return settle(PARK, error.message);
      }
      this.report({ kind: 'retried', ...place, error });
      return settle(RETRY, error instanceof Error ? error.name : 'failed');
    }
    return settle(undefined);
  }

  /** Processes the event; while the store cannot answer, again and again, for as long as the server leaves it to us. */
  private async hold(event: Recorded<LedgerEvent>, given: Given): Promise<void> {
    const until = performance.now() + HOLD_MS;
    const pauses = new Pauses(PAUSES);
    for (;;)
      try {
        return await this.process(event, given);
      } catch (error) {
        if (!isTransient(error) || this.stopped || performance.now() > until) throw error;
        await this.pause(pauses);
      }
  }

  /** Ends at once when the group is told to stop. */
  private async pause(pauses: Pauses): Promise<void> {
    await this.changes.until(() => this.stopped, pauses.next());
  }
}

/** Not the event's fault: the same event may well be processed a moment later. */
export class NotYet extends Error {}

/** Another reactor's, which is not here: it stays parked where it is. */
export class LeftParked extends Error {}

const isTransient = (error: unknown): boolean =>
  error instanceof NotYet ||
  error instanceof LedgerUnavailable ||
  error instanceof LedgerContention ||
  error instanceof MinRevisionUnavailable;
