import type { Position } from '@eventstore/db-client';
import { categories, type LedgerEvent } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import { type CatchUpReport, CatchUpSubscription } from './catch-up.ts';
import type { EventStore, UnreadPlace } from './event-store.ts';

export type FeedListener = (event: Recorded<LedgerEvent>, at: Position) => void;

/** What the feed tells about itself; the reporter must not throw. */
export type FeedReport = CatchUpReport | { kind: 'listener-failed'; error: unknown };

/**
 * One live subscription to every stream of the ledger, from the end at the time of `start`. It is the instance's clock: it keeps the folds
 * current, feeds the sockets, and its loss is how the instance knows that the store went away.
 */
export class LiveFeed {
  private readonly listeners = new Set<FeedListener>();
  private readonly forgetters = new Set<(stream: string, event: UnreadPlace) => void>();
  private readonly subscription: CatchUpSubscription;
  private ready: () => void = () => {};

  constructor(
    private readonly store: EventStore,
    private readonly report: (what: FeedReport) => void,
  ) {
    this.subscription = new CatchUpSubscription(
      store,
      { categories, from: 'end' },
      (event, at) => this.deliver(event, at),
      (what) => this.follow(what),
    );
  }

  /** Whether everything committed so far has been or is just being delivered. */
  get live(): boolean {
    return this.subscription.live;
  }

  /** Everything up to here was delivered; undefined while that is nothing. */
  get position(): bigint | undefined {
    return this.subscription.position?.commit;
  }

  /** Calls the listener for every event from now on, in order of position; it must be quick and synchronous. */
  listen(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells when a stream's event could not be read, so that the listener stops trusting a fold without it. */
  onUnreadable(forget: (stream: string, event: UnreadPlace) => void): () => void {
    this.forgetters.add(forget);
    return () => this.forgetters.delete(forget);
  }

  /** Resolves once live for the first time; keeps trying until `stop`. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.ready = resolve;
      this.subscription.start();
    });
  }

  async stop(): Promise<void> {
    await this.subscription.stop();
  }

  private follow(what: CatchUpReport): void {
    if (what.kind === 'live') this.store.up();
    else if (what.kind === 'lost') this.store.down(what.why);
    else for (const forget of this.forgetters) forget(what.stream, what);
    this.report(what);
    if (what.kind === 'live') this.ready();
  }

  private deliver(event: Recorded<LedgerEvent>, at: Position): void {
    for (const listener of this.listeners) {
      try {
        listener(event, at);
      } catch (error) {
        this.report({ kind: 'listener-failed', error });
      }
    }
  }
}
