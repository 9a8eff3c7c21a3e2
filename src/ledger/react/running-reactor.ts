import { START } from '@eventstore/db-client';
import type { LedgerEvent } from '../../../events/categories.ts';
import type { Recorded } from '../../../events/event.ts';
import type { StoredEvent } from '../../../events/gate.ts';
import { GroupDiffers } from '../errors.ts';
import type { EventStore } from '../event-store.ts';
import type { LiveFeed } from '../live-feed.ts';
import { type Given, type GroupReport, PersistentGroup } from './persistent-group.ts';
import {
  assertAsAsked,
  begunAfter,
  createGroup,
  doneUpTo,
  earlierGroupName,
  furthestPredecessor,
  groupName,
  infoOf,
  knownGroup,
  mayNotAsk,
  type Position,
  type ToAllInfo,
  waitingIn,
} from './plan.ts';
import { Pulse } from './pulse.ts';
import { handling, type Reactor } from './reactor.ts';

/** What a reactor tells about itself; the reporter must not throw. */
export type ReactorReport =
  | GroupReport
  /** Took the place of another group. */
  | { kind: 'succeeded'; predecessor: string }
  /** The group on the server is not as asked for. */
  | { kind: 'refused'; why: string }
  | { kind: 'silent'; why: string };

export type Standing = {
  readonly name: string;
  readonly version: number;
  /** On the server. */
  readonly group: string;
  /** Whether this instance takes events; another one may while it does not. */
  readonly available: boolean;
  /** Why not. */
  readonly why: string | undefined;
  /** Events that are not acknowledged yet, as far as the server has them in its buffers. */
  readonly waiting: number;
  /** Also by groups of its own that came before this one. */
  readonly parked: number;
};

/** An event that takes longer means that the reactor is late, whatever the connection says. */
const STUCK_MS = 10_000;

/**
 * A reactor at work in this instance: its group, a second one for what its predecessor's filter left out, and how they are.
 *
 *   creating or comparing the group ──as asked──▶ connected ⇄ silent
 *          └──────────differs──────────▶ refused, and compared again
 */
export class RunningReactor {
  /** On the server. */
  readonly groupName: string;
  private readonly group: PersistentGroup;
  private readonly earlier: PersistentGroup | undefined;
  private readonly pulse = new Pulse();
  private newest = -1n;
  /** After which position its group was begun, so that nothing older came through it; undefined while that is not known. */
  private after: bigint | undefined;
  private refusal: string | undefined;
  private inherited = 0;
  private unlisten: () => void = () => {};
  private running = false;

  constructor(
    private readonly store: EventStore,
    private readonly feed: Pick<LiveFeed, 'listen'>,
    readonly reactor: Reactor,
    private readonly report: (event: ReactorReport) => void,
  ) {
    const { plan } = reactor;
    const { maxInFlight, earlier = [] } = plan;
    this.groupName = groupName(plan);
    this.group = new PersistentGroup(
      store,
      { name: this.groupName, maxInFlight, prepare: () => this.prepare() },
      (event, given) => this.process(event, given),
      (event) => this.heard(event),
    );
    if (earlier.length > 0)
      this.earlier = new PersistentGroup(
        store,
        { name: earlierGroupName(plan), maxInFlight, prepare: () => this.prepareEarlier() },
        (event, given) => this.processEarlier(event, given),
        (event) => event.kind === 'connected' || this.report(event),
      );
  }

  /** Why this instance takes no events; undefined while it does. */
  get why(): string | undefined {
    if (this.refusal !== undefined) return this.refusal;
    if (!this.group.connected) return 'it is not connected';
    if (this.group.oldestInFlightMs >= STUCK_MS) return 'an event has been under way for more than 10 s';
    return this.pulse.silence;
  }

  get available(): boolean {
    return this.why === undefined;
  }

  /** Joins its group, and keeps trying until `stop`; may be started again after that. */
  start(): void {
    this.running = true;
    this.pulse.forget();
    this.unlisten = this.feed.listen(({ type, position }) => {
      if (Object.hasOwn(this.reactor.on, type) && position > this.newest) this.newest = position;
    });
    this.group.start();
  }

  /** Finishes the events under way; events received and not begun go to another instance. */
  async stop(): Promise<void> {
    this.running = false;
    this.unlisten();
    await Promise.all([this.group.stop(), this.earlier?.stop()]);
  }

  /** @throws LedgerUnavailable */
  async standing(): Promise<Standing> {
    return this.standingBy(await infoOf(this.store, this.groupName));
  }

  private async standingBy(info: ToAllInfo): Promise<Standing> {
    const { name, version } = this.reactor.plan;
    const { why, groupName: group } = this;
    return {
      ...{ name, version, group, why, available: why === undefined },
      ...{ waiting: waitingIn(info.stats, info.connections), parked: await this.parked(info) },
    };
  }

  /** How many events older groups of this reactor have parked. */
  inherits(parked: number): void {
    this.inherited = parked;
  }

  /**
   * Has parked events handed out again, once what stopped them is gone; those of older groups are the handover's.
   * @throws LedgerUnavailable
   */
  async replayParked(): Promise<void> {
    await this.store.bounded(this.store.raw.replayParkedMessagesToAll(this.groupName), '$all');
    const earlier = this.earlier && (await knownGroup(this.store, earlierGroupName(this.reactor.plan)));
    if (!earlier || Number(earlier.stats.parkedMessageCount) === 0) return;
    if (this.earlier?.connected === false) this.earlier.start();
    await this.store.bounded(this.store.raw.replayParkedMessagesToAll(earlier.groupName), '$all');
  }

  /** Looks whether the group really delivers, and joins it anew where it does not. @throws LedgerUnavailable */
  async look(): Promise<Standing> {
    const info = await infoOf(this.store, this.groupName);
    if (this.running && this.group.connected) this.takePulse(info);
    return this.standingBy(info);
  }

  private takePulse(info: ToAllInfo): void {
    const { stats, connections } = info;
    const named = connections.filter(({ connectionName }) => connectionName === this.store.raw.connectionName);
    // Instances that share a name (`connectionName` in STORE_URL) cannot be told apart: each counts what it has itself.
    const { arrived, here } = this.group.arrivals;
    const mine = named.length > 1 ? here : named[0]?.inFlightMessages;
    const wasSilent = this.pulse.silence;
    this.pulse.look({
      ...{ at: performance.now(), newest: this.newest, done: doneUpTo(info), mine, here, arrived },
      known: stats.lastKnownEventPosition?.commit ?? -1n,
      waiting: waitingIn(stats, connections) - stats.totalInFlightMessages,
      handedOut: stats.totalInFlightMessages,
      delivered: stats.totalItems,
    });
    const { silence } = this.pulse;
    if (silence === undefined) return;
    if (wasSilent === undefined) this.report({ kind: 'silent', why: silence });
    this.group.rejoin();
  }

  /** Acts on an event that a predecessor had parked, unless this reactor's own group has had it. @returns false where its type is not this reactor's */
  async inherit(event: Recorded<LedgerEvent>, stored: StoredEvent): Promise<boolean> {
    const handle = handling(this.reactor, event);
    if (!handle) return false;
    if (this.after === undefined || event.position <= this.after) await handle(stored);
    return true;
  }

  private async parked(info: ToAllInfo): Promise<number> {
    const earlier = this.earlier && (await knownGroup(this.store, earlierGroupName(this.reactor.plan)));
    const all = [info, earlier].reduce((sum, group) => sum + Number(group?.stats.parkedMessageCount ?? 0), 0);
    return all + this.inherited;
  }

  private async process(event: Recorded<LedgerEvent>, { stored, replayed }: Given): Promise<void> {
    // Servers differ in whether a group begins with the event it was begun after, which its predecessor was done with.
    if (!replayed && this.after !== undefined && event.position <= this.after) return;
    await handling(this.reactor, event)?.(stored);
  }

  private async processEarlier(event: Recorded<LedgerEvent>, { stored }: Given): Promise<void> {
    if (this.after === undefined || event.position > this.after) return;
    await handling(this.reactor, event)?.(stored);
  }

  private heard(event: GroupReport): void {
    if (event.kind === 'connected') void this.beginEarlier();
    // Said already, each time with what to do.
    if (event.kind === 'lost' && this.refusal !== undefined) return;
    this.report(event);
  }

  /** @throws GroupDiffers, LedgerUnavailable */
  private async prepare(): Promise<void> {
    const { plan } = this.reactor;
    try {
      let info = await knownGroup(this.store, this.groupName);
      if (!info) {
        await createGroup(this.store, plan, await this.begin());
        info = await infoOf(this.store, this.groupName);
      }
      await assertAsAsked(this.store, plan, info);
      this.after = begunAfter(info);
      this.refusal = undefined;
    } catch (error) {
      if (mayNotAsk(error)) return;
      if (error instanceof GroupDiffers && this.refusal !== error.message) {
        this.refusal = error.message;
        this.report({ kind: 'refused', why: error.message });
      }
      throw error;
    }
  }

  private async begin(): Promise<typeof START | Position> {
    const { from = 'predecessor' } = this.reactor.plan;
    if (from === 'end') {
      const last = await this.store.lastPosition();
      return last === 'start' ? START : last;
    }
    const furthest = from === 'start' ? undefined : await furthestPredecessor(this.store, this.reactor.plan);
    if (!furthest) return START;
    this.report({ kind: 'succeeded', predecessor: furthest.name });
    return furthest.at;
  }

  /** Until all from before its own group is done. A reactor that began at the start of the log has had it. */
  private async beginEarlier(): Promise<void> {
    const { earlier, after } = this;
    if (!earlier || earlier.connected || after === undefined || after < 0n) return;
    const info = await knownGroup(this.store, earlierGroupName(this.reactor.plan)).catch(() => undefined);
    if (info && doneUpTo(info) >= after && Number(info.stats.parkedMessageCount) === 0) return;
    if (this.running) earlier.start();
  }

  private async prepareEarlier(): Promise<void> {
    const { plan } = this.reactor;
    const group = { name: earlierGroupName(plan), types: plan.earlier ?? [] };
    const info = await knownGroup(this.store, group.name);
    if (!info) return createGroup(this.store, plan, START, group);
    await assertAsAsked(this.store, { ...plan, types: group.types }, info);
  }
}
