import { type Position, START, streamNameFilter } from '@eventstore/db-client';
import type { Recorded } from '../events/event.ts';
import { decode, type EventStore } from './event-store.ts';

export type FeedListener = (event: Recorded) => void;

/** What the feed tells about itself; the reporter must not throw. */
export type FeedReport =
  | { kind: 'live' }
  | { kind: 'lost'; why: string }
  | { kind: 'unreadable'; stream: string; revision: number; why: string }
  | { kind: 'listener-failed'; error: unknown };

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * One live subscription to every stream of the ledger, from the end at the time of `start`. It is the instance's clock: it keeps the folds
 * current, feeds the sockets, and its loss is how the instance knows that the store went away.
 *
 *   starting ──confirmed──▶ live ──dropped──▶ lost ──confirmed, from the last position seen──▶ live …
 */
export class LiveFeed {
  private readonly listeners = new Set<FeedListener>();
  private readonly forgetters = new Set<(stream: string) => void>();
  private position: Position | 'start' | undefined;
  private state: 'starting' | 'live' | 'lost' | 'stopped' = 'starting';
  private running: Promise<void> = Promise.resolve();
  private wake: () => void = () => {};
  private cancel: () => void = () => {};

  constructor(
    private readonly store: EventStore,
    private readonly prefixes: readonly string[],
    private readonly report: (what: FeedReport) => void,
  ) {}

  /** Whether everything committed so far has been or is just being delivered. */
  get live(): boolean {
    return this.state === 'live';
  }

  /** Calls the listener for every event from now on, in order of position; it must be quick and synchronous. */
  listen(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells when a stream's event could not be read, so that nobody goes on trusting a fold without it. */
  onUnreadable(forget: (stream: string) => void): () => void {
    this.forgetters.add(forget);
    return () => this.forgetters.delete(forget);
  }

  /** Resolves once live for the first time; goes on trying until `stop`. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.running = this.run(resolve);
    });
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
    this.cancel();
    this.wake();
    await this.running;
  }

  private get stopped(): boolean {
    return this.state === 'stopped';
  }

  private async run(ready: () => void): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!this.stopped) {
      let why = 'the subscription ended';
      try {
        this.position ??= await this.store.lastPosition();
        await this.follow(() => {
          this.state = 'live';
          pause = FIRST_PAUSE_MS;
          this.store.up();
          this.report({ kind: 'live' });
          ready();
        });
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
      if (this.stopped) return;
      this.state = 'lost';
      this.store.down(why);
      this.report({ kind: 'lost', why });
      await this.sleep(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  private async follow(live: () => void): Promise<void> {
    const subscription = this.store.raw.subscribeToAll({
      fromPosition: this.position === 'start' || !this.position ? START : this.position,
      filter: streamNameFilter({
        prefixes: [...this.prefixes],
        checkpointReached: (_subscription, position) => {
          this.position = position;
        },
      }),
    });
    this.cancel = () => {
      // A dead connection never answers the cancellation, so the stream is ended on this side too.
      subscription.unsubscribe().catch(() => undefined);
      subscription.destroy();
    };
    subscription.once('caughtUp', live);
    try {
      for await (const { event } of subscription) {
        if (!event) continue;
        this.position = event.position;
        this.deliver(event);
      }
    } finally {
      subscription.off('caughtUp', live);
      subscription.destroy();
    }
  }

  private deliver(event: Parameters<typeof decode>[0]): void {
    let recorded: Recorded;
    try {
      recorded = decode(event);
    } catch (error) {
      for (const forget of this.forgetters) forget(event.streamId);
      this.report({
        kind: 'unreadable',
        stream: event.streamId,
        revision: Number(event.revision),
        why: error instanceof Error ? error.message : String(error),
      });
      return;
    }
    for (const listener of this.listeners) {
      try {
        listener(recorded);
      } catch (error) {
        this.report({ kind: 'listener-failed', error });
      }
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
