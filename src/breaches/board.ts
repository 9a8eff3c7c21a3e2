import { Injectable } from '@nestjs/common';
import type { BreachEvent } from '../../events/breach-events.ts';
import { breachStreams } from '../../events/categories.ts';
import type { BreachStatus } from '../../projections/breach.ts';
import { type BreachItem, breachBoard, type TrackedBreach, track } from '../../projections/breach-board.ts';
import type { Page } from '../flow/page.ts';
import { Ledger } from '../ledger/ledger.ts';
import type { ReadModel } from '../ledger/read/read-model.ts';
import { ReadModels } from '../ledger/read/read-models.ts';
import { Metrics } from '../telemetry/metrics.ts';

export type BreachQuery = {
  readonly status: BreachStatus | 'all';
  /** Only breaches older than this place. */
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

const NOT_CLOSED: readonly BreachStatus[] = ['open', 'acknowledged', 'contained'];

/** Every breach in the order they were flagged, as a read model that outlives the instance. */
@Injectable()
export class BreachBoard {
  private readonly model: ReadModel<TrackedBreach, BreachEvent>;

  constructor(
    private readonly ledger: Ledger,
    models: ReadModels,
    metrics: Metrics,
  ) {
    this.model = models.of(breachBoard);
    metrics.watchBreaches(NOT_CLOSED, (status) => this.model.count(status));
  }

  /** Calls the listener for every change once the board was current, so that a restart does not alarm the desk with breaches it knows. */
  listen(listener: (change: BreachChange) => void): () => void {
    return this.model.listen(({ before, after, event }) => {
      // Closed: events that are still added (a notification) change no list.
      if (before?.item.status === 'closed') return;
      listener({ type: before ? 'updated' : 'flagged', breach: after, shown: event.type !== 'OnCallNotified' });
    });
  }

  /**
   * A page, newest first. A breach of which an event cannot be read is listed as far as it could be: it must not vanish from the desk.
   * @throws LedgerUnavailable while the board is not current: half a list would look like a quiet night
   */
  list({ status, before, limit }: BreachQuery): BreachPage {
    const { items, next } = this.model.page({
      ...(status !== 'all' && { shelf: status }),
      ...(before !== undefined && { before }),
      limit,
    });
    return { items: items.map(({ view }) => view.item), next };
  }

  /**
   * The open breaches, newest first.
   * @throws LedgerUnavailable
   */
  open(limit: number): readonly TrackedBreach[] {
    return this.model.page({ shelf: 'open' satisfies BreachStatus, limit }).items.map(({ view }) => view);
  }

  /** One breach as the board has it. @throws LedgerUnavailable, ViewIncomplete */
  get(breachId: string): TrackedBreach | undefined {
    return this.model.get(breachId);
  }

  /** One breach as the store has it now, whether the board is current or not. */
  async read(breachId: string): Promise<TrackedBreach | undefined> {
    let tracked: TrackedBreach | undefined;
    for await (const event of this.ledger.store.read(breachStreams.of(breachId))) tracked = track(tracked, event);
    return tracked;
  }

  /** Waits until the board shows a breach at a revision, so that the caller who changed it finds it changed. */
  async shows(breachId: string, revision: number, limitMs = 1_000): Promise<void> {
    await this.model.untilShown(breachId, revision, limitMs);
  }

  /** Waits until the board is current. */
  current(limitMs: number): Promise<boolean> {
    return this.model.current(limitMs);
  }
}
