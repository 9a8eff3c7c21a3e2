import { Injectable } from '@nestjs/common';
import { viewerStream } from '../events/streams.ts';
import type { ViewerEvent } from '../events/viewer-events.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { Ledger } from '../ledger/ledger.ts';
import { evolveViewer, type JudgedView, noViews, type ViewerLedger } from './evolve.ts';

/** How far back a verdict that is not kept any more is looked for. */
const LOOK_BACK = 20_000;

/** The folded streams of people who view recordings: the verdicts on their views, revocations, suspension. */
@Injectable()
export class Viewers {
  readonly folds: LiveFolds<ViewerLedger, ViewerEvent>;

  constructor(private readonly ledger: Ledger) {
    this.folds = ledger.folds<ViewerLedger, ViewerEvent>('viewer-', { initial: noViews, evolve: evolveViewer });
  }

  /** @throws LedgerUnavailable */
  async get(viewerId: string): Promise<ViewerLedger> {
    return (await this.folds.get(viewerStream(viewerId))).state;
  }

  /**
   * The verdict on a view, wherever it is: in memory, just appended by another instance, or long ago.
   * @returns undefined when there is none
   */
  async judged(viewerId: string, viewId: string): Promise<JudgedView | undefined> {
    const stream = viewerStream(viewerId);
    const known = (await this.get(viewerId)).views.get(viewId);
    if (known) return known;
    const { state } = await this.folds.refresh(stream);
    if (state.views.has(viewId) || state.views.size === 0) return state.views.get(viewId);
    let left = LOOK_BACK;
    for await (const event of this.ledger.store.readBackwards(stream)) {
      if (left-- === 0) return undefined;
      const seen = evolveViewer(noViews(), event as typeof event & ViewerEvent).views.get(viewId);
      if (seen) return seen;
    }
    return undefined;
  }
}
