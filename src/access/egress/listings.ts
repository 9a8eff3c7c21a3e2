import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { viewerStreams } from '../../../events/categories.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { latest } from '../../flow/latest.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';
import type { Shown } from '../../second-key/answer.ts';
import { HttpGate } from '../../second-key/http-gate.ts';
import { Viewers } from '../viewers/viewers.ts';

/** How long an answer's own record may take to come back through the live feed. */
const RECENT_MS = 1_000;

type Recent = { digest: string; clientRelease: string | undefined; recorded: Promise<number> };

/** Writes down what lists showed to whom, before they show it. */
@Injectable()
export class Listings {
  /** The digest recorded last, until the fold knows it, by viewer. */
  private readonly recent = latest<string, Recent>(10_000, { ttl: RECENT_MS });

  constructor(
    private readonly ledger: Ledger,
    private readonly viewers: Viewers,
    gate: HttpGate,
  ) {
    gate.recordShown = (viewerId, shown, cause) => this.record(viewerId, shown, cause);
  }

  /**
   * Costs an append where the answer differs from the last one recorded for this person and release, and nothing otherwise; the store commits
   * what many people are shown at once together.
   * @throws LedgerUnavailable: a list that cannot be written down is not shown
   */
  async record(viewerId: string, listed: readonly Shown[], cause: Cause): Promise<void> {
    if (listed.length === 0) return;
    const digest = hash('sha256', JSON.stringify(listed), 'hex');
    const recent = this.recent.get(viewerId);
    if (recent?.digest === digest && recent.clientRelease === cause.clientRelease) {
      await recent.recorded;
      return;
    }
    const last = (await this.viewers.get(viewerId)).listed;
    const isSameRelease = last?.appVersion === this.ledger.appVersion && last.clientRelease === cause.clientRelease;
    if (!recent && last?.digest === digest && isSameRelease) return;
    const shown = listed.map((one) => ({ ...one, recordingIds: [...one.recordingIds] }));
    const event: ViewerEvent = { type: 'ConsultationsListed', data: { viewerId, shown, digest } };
    const recorded = this.ledger.append(viewerStreams.of(viewerId), 'any', [event], cause);
    this.recent.set(viewerId, { digest, clientRelease: cause.clientRelease, recorded });
    recorded.catch(() => this.recent.delete(viewerId));
    await recorded;
  }
}
