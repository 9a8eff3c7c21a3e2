import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { BreachEvent } from '../../events/breach-events.ts';
import { breachStreams } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import { Changes } from '../flow/changes.ts';
import { type Page, pageOf } from '../flow/page.ts';
import { CatchUpSubscription } from '../ledger/catch-up.ts';
import { LedgerUnavailable } from '../ledger/errors.ts';
import { Ledger } from '../ledger/ledger.ts';
import type { BreachStatus } from './evolve.ts';
import { type BreachItem, type TrackedBreach, track } from './item.ts';

export type BreachQuery = {
  readonly status: BreachStatus | 'all';
  /** Only incidents older than this place. */
  readonly before?: number | undefined;
  readonly limit: number;
};
export type BreachPage = Page<BreachItem, number>;

/** What changed, as it stands now. */
export type BreachChange = {
  readonly type: 'flagged' | 'updated';
  readonly breach: TrackedBreach;
  /** Whether anything changed that an item shows. */
  readonly shown: boolean;
};

/** Closed incidents are kept by id alone and read when somebody asks: they only ever become more. */
type Entry = { readonly breachId: string; status: BreachStatus; tracked: TrackedBreach | undefined };

/** Every incident in the order they were flagged, built from the log at each start and kept current by it. */
@Injectable()
export class BreachBoard implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly entries: Entry[] = [];
  private readonly byId = new Map<string, Entry>();
  private readonly listeners = new Set<(change: BreachChange) => void>();
  private readonly changes = new Changes();
  private readonly subscription: CatchUpSubscription;
  private readonly logger = new Logger(BreachBoard.name);
  private complete = false;

  constructor(private readonly ledger: Ledger) {
    this.subscription = new CatchUpSubscription(
      ledger.store,
      { categories: [breachStreams], from: 'start' },
      (event) => breachStreams.includes(event) && this.apply(event),
      (what) => {
        if (what.kind === 'live') this.complete = true;
        else if (what.kind === 'lost') this.logger.warn(`the breach board is not current: ${what.why}`);
        else this.logger.error(`revision ${what.revision} of ${what.stream} is missing on the board: ${what.why}`);
        this.changes.announce();
      },
    );
  }

  onApplicationBootstrap(): void {
    this.subscription.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.subscription.stop();
    this.changes.announce();
  }

  /** Calls the listener for every change once the board is complete, so that a restart alarms nobody with what is long known. */
  listen(listener: (change: BreachChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * A page, newest first.
   * @throws LedgerUnavailable while the board is not current: half a list would look like a quiet night
   */
  async list({ status, before, limit }: BreachQuery): Promise<BreachPage> {
    this.assertCurrent();
    const found: { place: number; entry: Entry }[] = [];
    for (let place = Math.min(before ?? Number.POSITIVE_INFINITY, this.entries.length) - 1; place >= 0; place--) {
      const entry = this.entries[place];
      if (entry && (status === 'all' || entry.status === status)) found.push({ place, entry });
      if (found.length > limit) break;
    }
    const shown = pageOf(found, limit, ({ place }) => place);
    const items = await Promise.all(
      shown.items.map(async ({ entry }) => (entry.tracked ?? (await this.read(entry.breachId)))?.item),
    );
    return { items: items.filter((item) => item !== undefined), next: shown.next };
  }

  /**
   * The open incidents, newest first.
   * @throws LedgerUnavailable
   */
  open(limit: number): readonly TrackedBreach[] {
    this.assertCurrent();
    const open: TrackedBreach[] = [];
    for (let place = this.entries.length - 1; place >= 0 && open.length < limit; place--) {
      const entry = this.entries[place];
      if (entry?.status === 'open' && entry.tracked) open.push(entry.tracked);
    }
    return open;
  }

  /** One incident as the store has it now, whether the board is current or not. */
  async read(breachId: string): Promise<TrackedBreach | undefined> {
    let tracked: TrackedBreach | undefined;
    for await (const event of this.ledger.store.read(breachStreams.of(breachId))) tracked = track(tracked, event);
    return tracked;
  }

  /** Waits until the board shows an incident at a revision, so that who changed it finds it changed. */
  async shows(breachId: string, revision: number, limitMs = 1_000): Promise<void> {
    await this.changes.until(() => {
      const entry = this.byId.get(breachId);
      return entry !== undefined && (entry.tracked === undefined || entry.tracked.revision >= revision);
    }, limitMs);
  }

  /** Waits until the board is current. */
  async current(limitMs: number): Promise<boolean> {
    return this.changes.until(() => this.subscription.live, limitMs);
  }

  private assertCurrent(): void {
    if (!this.subscription.live) throw new LedgerUnavailable('the breaches are still being read');
  }

  private apply(event: Recorded<BreachEvent>): void {
    const { breachId } = event.data;
    const entry = this.byId.get(breachId);
    // Closed and let go of: what is still added (a notification) changes no list.
    if (entry && !entry.tracked) return;
    const tracked = track(entry?.tracked, event);
    if (!tracked || tracked === entry?.tracked) return;
    const changed = this.put(breachId, tracked);
    if (this.complete) {
      const shown = event.type !== 'OnCallNotified';
      const change: BreachChange = { type: entry ? 'updated' : 'flagged', breach: tracked, shown };
      for (const listener of this.listeners) listener(change);
    }
    if (changed.status === 'closed') changed.tracked = undefined;
    this.changes.announce();
  }

  private put(breachId: string, tracked: TrackedBreach): Entry {
    const known = this.byId.get(breachId);
    const entry: Entry = known ?? { breachId, status: 'open', tracked };
    if (!known) {
      this.byId.set(breachId, entry);
      this.entries.push(entry);
    }
    entry.status = tracked.item.status;
    entry.tracked = tracked;
    return entry;
  }
}
