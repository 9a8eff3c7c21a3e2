import { Injectable } from '@nestjs/common';
import { viewerStreams } from '../../../events/categories.ts';
import type { Recorded } from '../../../events/event.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import type { LiveFolds } from '../../ledger/folds.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';
import { OwnCase } from '../errors.ts';
import { evolveViewer, type JudgedView, mayHaveForgotten, noViews, type ViewerLedger, viewIn } from './evolve.ts';

type ViewReported = Extract<ViewerEvent, { type: 'ViewReported' }>;

/** How far back a verdict that is not kept any more is looked for. */
const LOOK_BACK = 20_000;

/** The folded streams of people who view recordings: the verdicts on their views, revocations, suspension. */
@Injectable()
export class Viewers {
  readonly folds: LiveFolds<ViewerLedger, ViewerEvent>;

  constructor(private readonly ledger: Ledger) {
    this.folds = ledger.folds<ViewerLedger, ViewerEvent>(viewerStreams, { initial: noViews, evolve: evolveViewer });
  }

  /** @throws LedgerUnavailable */
  async get(viewerId: string): Promise<ViewerLedger> {
    return (await this.folds.get(viewerStreams.of(viewerId))).state;
  }

  /**
   * The verdict on a recent view, also one that another instance's monitor reached a moment ago.
   * @returns undefined when there is none, or so many views ago that its release has long expired
   */
  async judged(viewerId: string, viewId: string): Promise<JudgedView | undefined> {
    const known = viewIn(await this.get(viewerId), viewId);
    return known ?? viewIn((await this.folds.refresh(viewerStreams.of(viewerId))).state, viewId);
  }

  /** The verdict on any view, read from the stream when it is too old to be kept. */
  async judgedEver(viewerId: string, viewId: string): Promise<JudgedView | undefined> {
    const recent = await this.judged(viewerId, viewId);
    if (recent || !mayHaveForgotten(await this.get(viewerId))) return recent;
    let left = LOOK_BACK;
    for await (const event of this.ledger.store.readBackwards(viewerStreams.of(viewerId))) {
      if (left-- === 0) return undefined;
      const seen = viewIn(evolveViewer(noViews(), event), viewId);
      if (seen) return seen;
    }
    return undefined;
  }

  /** A report on this person's stream, among so many of the latest events. */
  async reported(viewerId: string, viewId: string): Promise<Recorded<ViewReported> | undefined> {
    let left = LOOK_BACK;
    for await (const event of this.ledger.store.readBackwards(viewerStreams.of(viewerId))) {
      if (left-- === 0) return undefined;
      if (event.type === 'ViewReported' && event.data.viewId === viewId) return event;
    }
    return undefined;
  }

  /** Ends a view: its content is not sent any more, and transfers under way are cut, on every instance. */
  async revoke({ viewerId, viewId, reason }: { viewerId: string; viewId: string; reason: string }, cause: Cause) {
    await this.change(viewerId, cause, ({ revoked }) =>
      revoked.has(viewId) ? [] : [{ type: 'ViewRevoked', data: { viewerId, viewId, reason } }],
    );
  }

  /** Ends all views of a person, and lets them open no more. */
  async suspend(viewerId: string, reason: string, cause: Cause): Promise<void> {
    await this.change(viewerId, cause, ({ suspended }) =>
      suspended ? [] : [{ type: 'ViewerSuspended', data: { viewerId, reason } }],
    );
  }

  /** @throws OwnCase: a person cannot lift their own suspension */
  async reinstate(viewerId: string, reason: string, cause: Cause): Promise<void> {
    if (cause.actor.id === viewerId) throw new OwnCase('a person cannot lift their own suspension');
    await this.change(viewerId, cause, ({ suspended }) =>
      suspended ? [{ type: 'ViewerReinstated', data: { viewerId, reason } }] : [],
    );
  }

  private async change(viewerId: string, cause: Cause, decide: (viewer: ViewerLedger) => readonly ViewerEvent[]) {
    await this.ledger.handle(this.folds, viewerStreams.of(viewerId), decide, cause);
  }
}
