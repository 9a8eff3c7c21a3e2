import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { LedgerEvent } from '../../../events/categories.ts';
import type { Recorded } from '../../../events/event.ts';
import { Clock } from '../../clock.ts';
import { latest } from '../../flow/latest.ts';
import { Ledger } from '../../ledger/ledger.ts';

/** What a halt would stop, in numbers. */
export type InUse = {
  /** Views that both keys permitted and that have not ended: each could be played on. */
  readonly views: number;
  /** Transfers that began and have no recorded end. */
  readonly transfers: number;
  /** Whose views and transfers these are. */
  readonly viewers: number;
  readonly patients: number;
  /** From when on this instance knows; what began before and still lasts is not counted. */
  readonly since: string;
};

type View = {
  readonly viewerId: string;
  readonly patientId: string;
  /** The release of the ledger that opened it. */
  readonly release: string;
  readonly isPermitted: boolean;
  /** It ends unused then; each use adds `idleMs`, up to `endsAt`. Milliseconds since the epoch. */
  readonly unusedUntil: number;
  readonly idleMs: number;
  readonly endsAt: number;
  readonly usedAt: number;
};
type Transfer = Pick<View, 'viewerId' | 'patientId' | 'release' | 'endsAt'>;

/** Far more than are played at any time. */
const KEPT = 50_000;

/** The views and transfers of all instances, by the events that this instance hears: for a person who is about to halt them. */
@Injectable()
export class PlayingNow implements OnApplicationShutdown {
  private readonly views = latest<string, View>(KEPT);
  private readonly transfers = latest<string, Transfer>(KEPT);
  private readonly since: number;
  private readonly stop: () => void;

  constructor(
    ledger: Ledger,
    private readonly clock: Clock,
  ) {
    this.since = clock.now();
    this.stop = ledger.feed.listen((event) => this.hear(event));
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  /** @param release whose instances opened the views and send the bytes; without one, all */
  inUse(release?: string): InUse {
    const now = this.clock.now();
    const isOf = (one: { readonly release: string }) => release === undefined || one.release === release;
    const views = [...this.views.values()].filter((view) => isOf(view) && view.isPermitted && endOf(view) > now);
    // An instance that died recorded no end: its transfers are over with their views.
    const transfers = [...this.transfers.values()].filter((one) => isOf(one) && one.endsAt > now);
    const people = [...views, ...transfers];
    return {
      ...{ views: views.length, transfers: transfers.length },
      viewers: new Set(people.map(({ viewerId }) => viewerId)).size,
      patients: new Set(people.map(({ patientId }) => patientId)).size,
      since: new Date(this.since).toISOString(),
    };
  }

  private hear({ type, data, recordedAt, metadata }: Recorded<LedgerEvent>): void {
    switch (type) {
      case 'RecordingViewed': {
        const { viewId, viewerId, patientId, expiresAt, idleSeconds = 0, endsAt = expiresAt, releaseMode } = data;
        if (data.source !== 'mediated' || expiresAt === undefined || endsAt === undefined) return;
        const opened = Date.parse(recordedAt);
        this.views.set(viewId, {
          ...{ viewerId, patientId, release: metadata.appVersion, isPermitted: releaseMode === 'policy' },
          ...{ unusedUntil: Date.parse(expiresAt), idleMs: idleSeconds * 1_000, endsAt: Date.parse(endsAt) },
          usedAt: opened,
        });
        return;
      }
      case 'ViewCleared':
        this.change(data.viewId, { isPermitted: true });
        return;
      case 'ViewFlagged':
        this.change(data.viewId, { isPermitted: data.released });
        return;
      case 'ViewRevoked':
        this.views.delete(data.viewId);
        return;
      case 'ViewerSuspended':
        for (const [viewId, { viewerId }] of this.views.entries())
          if (viewerId === data.viewerId) this.views.delete(viewId);
        return;
      case 'RecordingTransferBegan': {
        const { viewId, viewerId, patientId, transferId } = data;
        const endsAt = this.views.get(viewId)?.endsAt ?? Number.POSITIVE_INFINITY;
        this.transfers.set(transferId, { viewerId, patientId, release: metadata.appVersion, endsAt });
        this.change(viewId, { usedAt: Date.parse(recordedAt) });
        return;
      }
      case 'RecordingPlayed':
        if (data.transferId !== undefined) this.transfers.delete(data.transferId);
        this.change(data.viewId, { usedAt: Date.parse(recordedAt) });
        return;
      default:
        return;
    }
  }

  private change(viewId: string, now: Partial<View>): void {
    const view = this.views.get(viewId);
    if (view) this.views.set(viewId, { ...view, ...now });
  }
}

/** As for `Permits`: while it is in use it lasts, up to its end. */
const endOf = ({ unusedUntil, usedAt, idleMs, endsAt }: View): number =>
  Math.min(endsAt, Math.max(unusedUntil, usedAt + idleMs));
