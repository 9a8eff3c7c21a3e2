import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Ledger } from '../ledger/ledger.ts';
import { evolveViewer, type JudgedView, noViews, viewIn } from './evolve.ts';

export type Expected = {
  /** @returns undefined when no verdict came in time, counted from the call */
  within(ms: number): Promise<JudgedView | undefined>;
  /** Must be called in the end, whatever happened. */
  cancel(): void;
};

/**
 * Verdicts as they arrive on the live feed, whichever instance's monitor reached them: a request waits here for the second key.
 */
@Injectable()
export class Verdicts implements OnApplicationShutdown {
  /** Several may wait for one view: the same report twice, or the same Idempotency-Key. */
  private readonly waiting = new Map<string, Set<(view: JudgedView) => void>>();
  private readonly stop: () => void;

  constructor(ledger: Ledger) {
    this.stop = ledger.feed.listen((event) => {
      if (event.type !== 'ViewCleared' && event.type !== 'ViewFlagged') return;
      const { viewId } = event.data;
      const waiting = this.waiting.get(viewId);
      const view = waiting && viewIn(evolveViewer(noViews(), event), viewId);
      if (view) for (const tell of waiting) tell(view);
    });
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  /** To be called before the view is appended: its verdict may arrive before the acknowledgement of the append does. */
  expect(viewId: string): Expected {
    const waiting = this.waiting.get(viewId) ?? new Set();
    this.waiting.set(viewId, waiting);
    let tell: (view: JudgedView) => void = () => {};
    const verdict = new Promise<JudgedView>((resolve) => {
      tell = resolve;
      waiting.add(tell);
    });
    return {
      within: async (ms) => {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<undefined>((resolve) => {
          timer = setTimeout(resolve, ms, undefined);
        });
        try {
          return await Promise.race([verdict, late]);
        } finally {
          clearTimeout(timer);
        }
      },
      cancel: () => {
        waiting.delete(tell);
        if (waiting.size === 0 && this.waiting.get(viewId) === waiting) this.waiting.delete(viewId);
      },
    };
  }
}
