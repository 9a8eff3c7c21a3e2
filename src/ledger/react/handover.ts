import type { LedgerEvent } from '../../../events/categories.ts';
import type { Recorded } from '../../../events/event.ts';
import type { EventStore } from '../event-store.ts';
import { type Given, LeftParked, PersistentGroup } from './persistent-group.ts';
import { groupsOf, infoOf, isOlderGroupOf, isPredecessorOf, type ToAllInfo } from './plan.ts';
import type { RunningReactor } from './running-reactor.ts';

/** What the handover tells; the reporter must not throw. */
export type HandoverReport =
  | { kind: 'begun'; group: string; parked: number }
  | { kind: 'done'; group: string; left: number }
  | { kind: 'parked'; group: string; stream: string; revision: number; why: string };

/** Few at once: with the parked events the group hands out also what came since, which the reactors' own groups have. */
const MAX_IN_FLIGHT = 8;
const POLL_MS = 250;
/** After the last event that was handed out again, before those under way are checked. */
const QUIET_MS = 1_000;
/** The same, where the server says that more is to come: the rest stays parked. */
const PATIENCE_MS = 15_000;

/**
 * What the groups of older releases have parked is tried once more, by each process, when no older instance runs any more; and again when
 * an operator asks. The old group hands it out itself and keeps account of what happened: an event acted on is taken off its list, one that
 * fails stays there and is counted.
 */
export class Handover {
  private readonly tried = new Set<string>();
  private underWay: Promise<void> = Promise.resolve();
  private readonly consumers = new Set<PersistentGroup>();
  private stopped = false;

  constructor(
    private readonly store: EventStore,
    private readonly reactors: () => readonly RunningReactor[],
    private readonly report: (event: HandoverReport) => void,
  ) {}

  /** Counts what older groups have parked, and begins with those not tried yet. @throws LedgerUnavailable */
  async look(): Promise<void> {
    const reactors = this.reactors();
    const groups = await groupsOf(this.store);
    const parkedIn = ({ stats }: ToAllInfo) => Number(stats.parkedMessageCount);
    for (const reactor of reactors) {
      const older = groups.filter(({ groupName }) => isOlderGroupOf(reactor.reactor.plan, groupName));
      reactor.inherits(older.reduce((sum, group) => sum + parkedIn(group), 0));
    }
    // Each knows only then from which place on its own group has had everything.
    if (!reactors.every(({ available }) => available)) return;
    for (const group of groups) {
      const { groupName, connections } = group;
      if (parkedIn(group) === 0 || connections.length > 0 || this.tried.has(groupName)) continue;
      if (!reactors.some(({ reactor }) => isPredecessorOf(reactor.plan, groupName))) continue;
      this.tried.add(groupName);
      this.underWay = this.underWay.then(() => this.handOver(groupName, parkedIn(group)).catch(() => undefined));
    }
  }

  /** Has what older groups of a reactor parked tried again with the next look. */
  again({ reactor }: RunningReactor): void {
    for (const group of this.tried) if (isPredecessorOf(reactor.plan, group)) this.tried.delete(group);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.consumers].map((consumer) => consumer.stop()));
    await this.underWay;
  }

  private async handOver(name: string, parked: number): Promise<void> {
    if (this.stopped) return;
    this.report({ kind: 'begun', group: name, parked });
    let moved = performance.now();
    const consumer = new PersistentGroup(
      this.store,
      { name, maxInFlight: MAX_IN_FLIGHT, prepare: () => Promise.resolve() },
      async (event, given) => {
        if (!given.replayed) return;
        moved = performance.now();
        await this.handTo(name, event, given);
      },
      (event) => event.kind === 'parked' && this.report({ ...event, group: name }),
    );
    this.consumers.add(consumer);
    consumer.start();
    const within = (ms: number) => !this.stopped && performance.now() - moved < ms;
    try {
      while (within(PATIENCE_MS) && !consumer.connected) await this.pause();
      await this.store.bounded(this.store.raw.replayParkedMessagesToAll(name), '$all');
      moved = performance.now();
      while (within(PATIENCE_MS) && (within(QUIET_MS) || (await this.isReplaying(name, consumer)))) await this.pause();
    } finally {
      await consumer.stop();
      this.consumers.delete(consumer);
    }
    this.report({ kind: 'done', group: name, left: Number((await infoOf(this.store, name)).stats.parkedMessageCount) });
  }

  private async isReplaying(name: string, { arrivals }: PersistentGroup): Promise<boolean> {
    const { status, stats } = await infoOf(this.store, name);
    return arrivals.here > 0 || stats.retryBufferCount > 0 || /replaying/i.test(status);
  }

  private async handTo(name: string, event: Recorded<LedgerEvent>, { stored }: Given): Promise<void> {
    for (const reactor of this.reactors())
      if (isPredecessorOf(reactor.reactor.plan, name) && (await reactor.inherit(event, stored))) return;
    throw new LeftParked('no reactor of this release acts on its type');
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
