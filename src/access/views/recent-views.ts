import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type ViewRef, viewRefOf } from '../../consultations/refs.ts';
import { latest } from '../../flow/latest.ts';
import { Ledger } from '../../ledger/ledger.ts';

export type RecentView = ViewRef & {
  /** Where it stands on its patient's stream. */
  readonly viewRevision: number;
};

/** Far more than can be played at any time; of an older link this instance no longer knows whose it was, only that it opens nothing. */
const KEPT = 20_000;

/** Whose the latest views are, made on any instance: a viewId alone says neither whose stream it is on nor whose recording it shows. */
@Injectable()
export class RecentViews implements OnApplicationShutdown {
  private readonly views = latest<string, RecentView>(KEPT);
  private readonly stop: () => void;

  constructor(ledger: Ledger) {
    this.stop = ledger.feed.listen(({ type, data, revision }) => {
      if (type !== 'RecordingViewed') return;
      this.views.set(data.viewId, { ...viewRefOf(data), viewRevision: revision });
    });
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  get(viewId: string): RecentView | undefined {
    return this.views.get(viewId);
  }
}
