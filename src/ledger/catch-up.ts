import {
  type AllStreamSubscription,
  type PersistentSubscriptionToAll,
  type Position,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import type { LedgerEvent } from '../../events/categories.ts';
import type { Category } from '../../events/category.ts';
import type { Recorded } from '../../events/event.ts';
import type { StoredEvent } from '../../events/gate.ts';
import { Pauses } from '../flow/back-off.ts';
import { Changes } from '../flow/changes.ts';
import { type EventStore, type UnreadPlace, unreadPlaceOf } from './event-store.ts';

export type { Position };

/** What the subscription tells about itself; the reporter must not throw. */
export type CatchUpReport =
  | { kind: 'live' }
  | { kind: 'lost'; why: string }
  | ({ kind: 'unreadable'; why: string } & UnreadPlace);

const CANCEL_GRACE_MS = 500;

/**
 * Ends a subscription of the official client. Destroyed at once, its call would never count as finished and `dispose` would wait for it; a
 * dead connection never answers the cancellation, so after a while it is destroyed all the same.
 */
export const cancelSubscription = (subscription: AllStreamSubscription | PersistentSubscriptionToAll): void => {
  const timer = setTimeout(() => subscription.destroy(), CANCEL_GRACE_MS);
  subscription.once('close', () => clearTimeout(timer));
  subscription.unsubscribe().catch(() => subscription.destroy());
};

export type CatchUpOptions = {
  readonly categories: readonly Pick<Category, 'prefix'>[];
  /** From the first event ever, after a position, or only what comes after the start. */
  readonly from: 'start' | 'end' | Position;
};

const PAUSES = { firstMs: 50, longestMs: 2_000 };

/**
 * A catch-up subscription: every event of some streams, in order of position, none left out however often the connection is lost.
 *
 *   reading ──everything delivered──▶ live ──dropped──▶ reading, from the last position delivered ──▶ live …
 */
export class CatchUpSubscription {
  private at: Position | 'start' | undefined;
  private state: 'reading' | 'live' | 'stopped' = 'reading';
  private running: Promise<void> = Promise.resolve();
  private readonly changes = new Changes();
  private cancel: () => void = () => {};

  /** @param listener must be quick and must not throw; while what it gives back is under way, nothing else is delivered */
  constructor(
    private readonly store: EventStore,
    private readonly options: CatchUpOptions,
    private readonly listener: (event: Recorded<LedgerEvent>, at: Position) => void | Promise<void>,
    private readonly report: (what: CatchUpReport) => void,
  ) {
    if (options.from !== 'end') this.at = options.from;
  }

  /** Everything up to here was delivered; undefined while that is nothing. */
  get position(): Position | undefined {
    return this.at === 'start' ? undefined : this.at;
  }

  /** Whether everything committed so far has been or is just being delivered. */
  get live(): boolean {
    return this.state === 'live';
  }

  /** Keeps trying until `stop`. */
  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
    this.cancel();
    this.changes.announce();
    await this.running;
  }

  private get stopped(): boolean {
    return this.state === 'stopped';
  }

  private async run(): Promise<void> {
    const pauses = new Pauses(PAUSES);
    while (!this.stopped) {
      let why = 'the subscription ended';
      try {
        this.at ??= await this.store.lastPosition();
        if (this.stopped) return;
        await this.follow(() => {
          this.state = 'live';
          pauses.reset();
          this.report({ kind: 'live' });
        });
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
      if (this.stopped) return;
      this.state = 'reading';
      this.report({ kind: 'lost', why });
      await this.changes.until(() => this.stopped, pauses.next());
    }
  }

  private async follow(live: () => void): Promise<void> {
    let delivering = false;
    const subscription: AllStreamSubscription = this.store.raw.subscribeToAll({
      fromPosition: this.position ?? START,
      filter: streamNameFilter({
        prefixes: this.options.categories.map(({ prefix }) => prefix),
        // The client tells this while events from before the checkpoint may still wait in its buffer, and an error throws those away.
        checkpointReached: (_, position) => {
          if (subscription.readableLength === 0 && !delivering) this.at = position;
        },
      }),
    });
    this.cancel = () => cancelSubscription(subscription);
    let caughtUp = false;
    const liveOnceDelivered = () => {
      if (!caughtUp || subscription.readableLength > 0 || this.stopped || this.live) return;
      live();
    };
    const onCaughtUp = () => {
      caughtUp = true;
      liveOnceDelivered();
    };
    subscription.on('caughtUp', onCaughtUp);
    try {
      for await (const { event } of subscription) {
        if (event) {
          const underWay = this.deliver(event, event.position);
          if (underWay) {
            delivering = true;
            await underWay;
            delivering = false;
          }
          this.at = event.position;
        }
        liveOnceDelivered();
      }
    } finally {
      subscription.off('caughtUp', onCaughtUp);
      subscription.destroy();
    }
  }

  private deliver(event: StoredEvent, at: Position): void | Promise<void> {
    let read: Recorded<LedgerEvent>;
    try {
      read = this.store.unreadable.pass(event);
    } catch (error) {
      this.report({
        kind: 'unreadable',
        ...unreadPlaceOf(event, at),
        why: error instanceof Error ? error.message : String(error),
      });
      return;
    }
    return this.listener(read, at);
  }
}
