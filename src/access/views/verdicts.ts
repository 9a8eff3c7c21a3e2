import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Arrivals, type Expected } from '../../flow/arrivals.ts';
import { Ledger } from '../../ledger/ledger.ts';
import { evolveViewer, type JudgedView, noViews, viewIn } from '../viewers/evolve.ts';

/**
 * Verdicts as they arrive on the live feed, whichever instance's monitor reached them: a request waits here for the second key.
 */
@Injectable()
export class Verdicts implements OnApplicationShutdown {
  /** Several may wait for one view: the same report twice, or the same Idempotency-Key. */
  private readonly arrivals = new Arrivals<JudgedView>();
  private readonly stop: () => void;

  constructor(ledger: Ledger) {
    this.stop = ledger.feed.listen((event) => {
      if (event.type !== 'ViewCleared' && event.type !== 'ViewFlagged') return;
      const { viewId } = event.data;
      if (!this.arrivals.isExpected(viewId)) return;
      const view = viewIn(evolveViewer(noViews(), event), viewId);
      if (view) this.arrivals.arrived(viewId, view);
    });
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  /** To be called before the view is appended: its verdict may arrive before the acknowledgement of the append does. */
  expect(viewId: string): Expected<JudgedView> {
    return this.arrivals.expect(viewId);
  }
}
