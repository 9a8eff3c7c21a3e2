import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { LedgerEvent } from '../../../events/categories.ts';
import type { ViewRef } from '../../consultations/refs.ts';
import { Ledger } from '../../ledger/ledger.ts';

export type CutReason =
  | 'flagged'
  | 'revoked'
  | 'viewer-suspended'
  | 'participant-removed'
  | 'recording-quarantined'
  | 'recording-erased'
  | 'playback-halted'
  | 'ledger-lost'
  /** The second key says no, and nothing else did. */
  | 'disputed';

/** Why a transfer was ended: the `reason` of its AbortSignal. */
export class TransferCut extends Error {
  constructor(readonly why: CutReason) {
    super(`the transfer was cut: ${why}`);
    this.name = 'TransferCut';
  }
}

type Open = { readonly view: ViewRef; readonly controller: AbortController };

/**
 * An instance that lost the ledger cannot learn that a view was revoked elsewhere. Long enough for a store to restart, short enough
 * that a revocation is not in vain.
 */
const LOST_GRACE_MS = 5_000;
const LOST_CHECK_MS = 500;

/** The transfers under way on this instance, each ended by the first event anywhere that takes its permission away. */
@Injectable()
export class Cuts implements OnApplicationShutdown {
  private readonly open = new Set<Open>();
  private readonly stop: () => void;
  private watchdog: NodeJS.Timeout | undefined;
  private lastLive = 0;

  constructor(private readonly ledger: Ledger) {
    this.stop = ledger.feed.listen((event) => {
      const cut = cutBy(event, ledger.appVersion);
      if (cut) this.cut(cut.why, cut.hits);
    });
  }

  onApplicationShutdown(): void {
    this.stop();
    clearInterval(this.watchdog);
  }

  /**
   * Watches a transfer from now on. To be called before its permission is checked, so that no event falls between check and watch.
   * @returns a signal whose reason is a `TransferCut`, and what ends the watch
   */
  watch(view: ViewRef): { signal: AbortSignal; close: () => void } {
    const entry = { view, controller: new AbortController() };
    this.open.add(entry);
    this.lastLive = Date.now();
    this.watchdog ??= setInterval(() => this.checkFeed(), LOST_CHECK_MS).unref();
    return { signal: entry.controller.signal, close: () => this.forget(entry) };
  }

  private forget(entry: Open): void {
    this.open.delete(entry);
    if (this.open.size > 0) return;
    clearInterval(this.watchdog);
    this.watchdog = undefined;
  }

  private checkFeed(): void {
    const now = Date.now();
    if (this.ledger.feed.live) this.lastLive = now;
    else if (now - this.lastLive > LOST_GRACE_MS) this.cut('ledger-lost', () => true);
  }

  private cut(why: CutReason, hits: (view: ViewRef) => boolean): void {
    for (const entry of this.open) {
      if (!hits(entry.view)) continue;
      this.forget(entry);
      entry.controller.abort(new TransferCut(why));
    }
  }
}

type Cut = { readonly why: CutReason; readonly hits: (view: ViewRef) => boolean };

/** Which transfers an event ends on an instance of a release, if any. */
export function cutBy({ type, data }: LedgerEvent, release: string): Cut | undefined {
  switch (type) {
    case 'ViewFlagged':
      return data.released ? undefined : { why: 'flagged', hits: ({ viewId }) => viewId === data.viewId };
    case 'ViewRevoked':
      return { why: 'revoked', hits: ({ viewId }) => viewId === data.viewId };
    case 'ViewerSuspended':
      return { why: 'viewer-suspended', hits: ({ viewerId }) => viewerId === data.viewerId };
    case 'ParticipantRemoved':
      return {
        why: 'participant-removed',
        hits: ({ viewerId, consultationId }) => viewerId === data.personId && consultationId === data.consultationId,
      };
    case 'PatientsUnmerged':
      return {
        why: 'participant-removed',
        hits: ({ viewerId, patientId }) => viewerId === data.survivingPatientId && patientId === data.mergedPatientId,
      };
    case 'RecordingQuarantined':
      return { why: 'recording-quarantined', hits: ({ recordingId }) => recordingId === data.recordingId };
    case 'RecordingErased':
      return { why: 'recording-erased', hits: ({ recordingId }) => recordingId === data.recordingId };
    case 'PatientErased':
      return { why: 'recording-erased', hits: ({ patientId }) => patientId === data.patientId };
    case 'PlaybackHalted':
      return { why: 'playback-halted', hits: () => true };
    case 'ReleaseHalted':
      return data.release === release ? { why: 'playback-halted', hits: () => true } : undefined;
    default:
      return undefined;
  }
}
