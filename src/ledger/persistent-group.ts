import { createHash } from 'node:crypto';
import {
  AccessDeniedError,
  eventTypeFilter,
  PARK,
  type PersistentAction,
  PersistentSubscriptionDoesNotExistError,
  PersistentSubscriptionExistsError,
  type PersistentSubscriptionToAll,
  PINNED,
  persistentSubscriptionToAllSettingsFromDefaults,
  RETRY,
  START,
} from '@eventstore/db-client';
import type { LedgerEvent } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import { UnreadableEvent } from '../../events/gate.ts';
import { cancelSubscription } from './catch-up.ts';
import {
  GroupNameRefused,
  LedgerContention,
  LedgerReadOnly,
  LedgerUnavailable,
  MinRevisionUnavailable,
} from './errors.ts';
import type { EventStore } from './event-store.ts';

export type GroupOptions = {
  /**
   * What the group's name on the server begins with. A group keeps the filter that it was created with, so that its types are part of its
   * name: a release that receives other types has another group, which goes on where its predecessor stood.
   */
  readonly name: string;
  /** Event types to receive, by prefix: `RecordingViewed` also means `RecordingViewed.v2`. */
  readonly eventTypes: readonly string[];
  /** How many events may be worked on at once; the server sends no more before some are acknowledged. */
  readonly maxInFlight: number;
  /** How often the server hands out an event that was given back, before it parks it. */
  readonly maxRetries?: number;
};

/** What the group tells about itself; the reporter must not throw. */
export type GroupReport =
  | { kind: 'connected' }
  /** Took the place of a group with other types. What that one parked stays with it, and is not handed out here. */
  | { kind: 'succeeded'; predecessor: string; parked: number }
  | { kind: 'lost'; why: string }
  | { kind: 'retried'; stream: string; revision: number; error: unknown }
  | { kind: 'parked'; stream: string; revision: number; why: string };

export type GroupStats = {
  /** Events that are not acknowledged yet, as far as the server has them in its buffers. */
  readonly waiting: number;
  readonly parked: number;
};

type ToAllInfo = Awaited<ReturnType<EventStore['raw']['getPersistentSubscriptionToAllInfo']>>;
type Position = NonNullable<ToAllInfo['stats']['lastCheckpointedEventPosition']>;

/** What a group with these types is called. The order that they are given in makes no difference. */
export const groupName = (name: string, eventTypes: readonly string[]): string =>
  `${name}-${createHash('sha256')
    .update([...eventTypes].sort().join('\n'))
    .digest('hex')
    .slice(0, 8)}`;

/**
 * How many events nobody has dealt with. EventStoreDB's live buffer also keeps what was dealt with, up to its size: it waits only while no
 * consumer has room for more.
 */
export const waitingIn = (
  stats: {
    readonly totalInFlightMessages: number;
    readonly readBufferCount: number;
    readonly retryBufferCount: number;
    readonly liveBufferCount: bigint | number;
  },
  consumers: readonly { readonly availableSlots: number }[],
): number => {
  const isFull = consumers.every(({ availableSlots }) => availableSlots === 0);
  const kept = isFull ? Number(stats.liveBufferCount) : 0;
  return stats.totalInFlightMessages + stats.readBufferCount + stats.retryBufferCount + kept;
};

/** Whether a group is this one with some set of types. The first release's name had none in it. */
const isNameOf = (name: string, group: string): boolean =>
  group === name || (group.startsWith(`${name}-`) && /^[0-9a-f]{8}$/.test(group.slice(name.length + 1)));

type Delivery = Parameters<PersistentSubscriptionToAll['ack']>[0];
/** An event as the client gave it, for who reads it for themselves. */
type StoredEvent = NonNullable<Delivery['event']>;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
/** After this long without an answer the server gives an event to somebody else. */
const MESSAGE_TIMEOUT_MS = 30_000;
/** While the store is away an event is held here, below that time-out: giving it back would use up its retries in a second. */
const HOLD_MS = 20_000;

const groupsOf = async (store: EventStore): Promise<readonly ToAllInfo[]> => {
  try {
    return await store.bounded(store.raw.listPersistentSubscriptionsToAll(), '$all');
  } catch (error) {
    if (error instanceof Error && error.cause instanceof PersistentSubscriptionDoesNotExistError) return [];
    throw error;
  }
};

const infoOf = (store: EventStore, name: string): Promise<ToAllInfo> =>
  store.bounded(store.raw.getPersistentSubscriptionToAllInfo(name), '$all');

/** Of the groups with a name and any types, the one that is done furthest; undefined where none has done anything. @throws LedgerUnavailable */
export const furthestGroup = async (
  store: EventStore,
  name: string,
): Promise<{ readonly name: string; readonly at: Position; readonly parked: number } | undefined> => {
  let furthest: { readonly name: string; readonly at: Position; readonly parked: number } | undefined;
  for (const { groupName: group } of await groupsOf(store)) {
    if (!isNameOf(name, group)) continue;
    const { stats } = await infoOf(store, group);
    const at = stats.lastCheckpointedEventPosition;
    if (at && (!furthest || at.commit > furthest.at.commit))
      furthest = { name: group, at, parked: Number(stats.parkedMessageCount) };
  }
  return furthest;
};

/** @throws LedgerUnavailable, by its cause also because there is such a group, or because this user may not create one */
export const createGroup = async (
  store: EventStore,
  { name, eventTypes, maxInFlight, maxRetries = 10 }: GroupOptions,
  startFrom: typeof START | Position,
): Promise<void> => {
  const settings = persistentSubscriptionToAllSettingsFromDefaults({
    startFrom,
    consumerStrategyName: PINNED,
    maxRetryCount: maxRetries,
    messageTimeout: MESSAGE_TIMEOUT_MS,
    checkPointAfter: 1_000,
    checkPointLowerBound: 1,
    readBatchSize: 100,
    liveBufferSize: Math.max(1_000, maxInFlight * 4),
    historyBufferSize: Math.max(1_000, maxInFlight * 4),
  });
  const filter = eventTypeFilter({ prefixes: [...eventTypes] });
  const created = store.raw.createPersistentSubscriptionToAll(groupName(name, eventTypes), settings, { filter });
  await store.bounded(created, '$all');
};

/**
 * This instance's share of a persistent subscription group to `$all`. The server keeps the checkpoint, spreads events over the instances
 * and parks what nobody can process; events come at least once. Pinned: one stream's events go to one instance at a time.
 *
 *   connecting ──confirmed──▶ connected ──dropped──▶ lost ──▶ connecting …
 */
export class PersistentGroup {
  /** On the server. */
  readonly name: string;
  private readonly inFlight = new Map<Promise<void>, number>();
  private running: Promise<void> = Promise.resolve();
  private confirmed = false;
  /** Apart from the connection, which may still be confirmed after the group was told to stop. */
  private stopped = false;
  private wakers = new Set<() => void>();
  private cancel: () => void = () => {};

  /** @param process gets the event as this ledger reads it, and as it is stored; must have made its effect durable when it resolves, and must bear repetition. @throws GroupNameRefused */
  constructor(
    private readonly store: EventStore,
    private readonly options: GroupOptions,
    private readonly process: (event: Recorded<LedgerEvent>, stored: StoredEvent) => Promise<void>,
    private readonly report: (what: GroupReport) => void,
  ) {
    this.name = groupName(options.name, options.eventTypes);
    if (/[^\x20-\x7e]/.test(this.name)) throw new GroupNameRefused(this.name);
  }

  get connected(): boolean {
    return this.confirmed && !this.stopped;
  }

  /** Milliseconds since the oldest event under way was received; 0 when there is none. */
  get oldestInFlightMs(): number {
    const [oldest] = this.inFlight.values();
    return oldest === undefined ? 0 : performance.now() - oldest;
  }

  /** Connects, and goes on trying until `stop`; may be started again after that. */
  start(): void {
    this.stopped = false;
    this.running = this.run();
  }

  /** Finishes what is under way and leaves the group; what was received and not begun goes to another instance. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await Promise.allSettled(this.inFlight.keys());
    this.cancel();
    await this.running;
  }

  /** @throws LedgerUnavailable */
  async stats(): Promise<GroupStats> {
    const { stats, connections } = await infoOf(this.store, this.name);
    return { waiting: waitingIn(stats, connections), parked: Number(stats.parkedMessageCount) };
  }

  /**
   * Hands parked events out again, after somebody has removed what stopped them.
   * @throws LedgerUnavailable
   */
  async replayParked(): Promise<void> {
    await this.store.bounded(this.store.raw.replayParkedMessagesToAll(this.name), '$all');
  }

  private async run(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!this.stopped) {
      let why = this.store.readOnly ?? 'the subscription ended';
      try {
        // What is processed becomes events; where there can be none it waits, and is not given up on.
        if (this.store.readOnly !== undefined) throw new LedgerReadOnly(why);
        await this.create();
        if (this.stopped) return;
        await this.follow(() => {
          this.confirmed = true;
          pause = FIRST_PAUSE_MS;
          this.report({ kind: 'connected' });
        });
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
      this.confirmed = false;
      if (this.stopped) return;
      this.report({ kind: 'lost', why });
      await this.sleep(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  /** A user who may not create or list groups can still use one that an operator created. */
  private async create(): Promise<void> {
    try {
      const groups = await groupsOf(this.store);
      if (groups.some(({ groupName: name }) => name === this.name)) return;
      await createGroup(this.store, this.options, await this.startFrom());
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (!(cause instanceof PersistentSubscriptionExistsError || cause instanceof AccessDeniedError)) throw error;
    }
  }

  /**
   * Where the furthest predecessor stood, so that nothing is missed and little is processed again; without one the start of the log, so that
   * what happened before there was any group is processed too.
   */
  private async startFrom(): Promise<typeof START | Position> {
    const furthest = await furthestGroup(this.store, this.options.name);
    if (!furthest) return START;
    const { name: predecessor, parked } = furthest;
    this.report({ kind: 'succeeded', predecessor, parked });
    return furthest.at;
  }

  private async follow(connected: () => void): Promise<void> {
    const { maxInFlight } = this.options;
    const subscription = this.store.raw.subscribeToPersistentSubscriptionToAll(this.name, { bufferSize: maxInFlight });
    this.cancel = () => cancelSubscription(subscription);
    subscription.once('confirmation', connected);
    try {
      for await (const delivery of subscription) {
        if (this.stopped) return;
        const work: Promise<void> = this.deliver(subscription, delivery).finally(() => this.inFlight.delete(work));
        this.inFlight.set(work, performance.now());
        if (this.inFlight.size >= maxInFlight) await Promise.race(this.inFlight.keys());
      }
    } finally {
      subscription.off('confirmation', connected);
      if (this.stopped) await Promise.allSettled(this.inFlight.keys());
      subscription.destroy();
    }
  }

  /** Never rejects: an event that is neither acknowledged nor given back comes again by itself. */
  private async deliver(subscription: PersistentSubscriptionToAll, delivery: Delivery): Promise<void> {
    const { event } = delivery;
    const settle = (action: PersistentAction | undefined, why = '') =>
      (action ? subscription.nack(action, why, delivery) : subscription.ack(delivery)).catch(() => undefined);
    // A link whose event is gone: there is nothing to process.
    if (!event) return settle(undefined);
    const place = { stream: event.streamId, revision: Number(event.revision) };
    try {
      await this.hold(this.store.unreadable.pass(event), event);
    } catch (error) {
      // Not answered: it comes again, to whoever may write.
      if (error instanceof LedgerReadOnly) return this.cancel();
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
  private async hold(event: Recorded<LedgerEvent>, stored: StoredEvent): Promise<void> {
    const until = performance.now() + HOLD_MS;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await this.process(event, stored);
      } catch (error) {
        if (!isTransient(error) || this.stopped || performance.now() > until) throw error;
        await this.sleep(pause);
      }
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wakers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wakers.add(done);
      if (this.stopped) done();
    });
  }

  private wake(): void {
    for (const done of this.wakers) done();
  }
}

/** Not the event's fault: the same event may well be processed a moment later. */
export class NotYet extends Error {}

const isTransient = (error: unknown): boolean =>
  error instanceof NotYet ||
  error instanceof LedgerUnavailable ||
  error instanceof LedgerContention ||
  error instanceof MinRevisionUnavailable;
