import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { LedgerEvent } from '../../../events/categories.ts';
import type { Recorded } from '../../../events/event.ts';
import { Clock } from '../../clock.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { RecordingNotFound } from '../../consultations/errors.ts';
import { capacityOf, type Recording } from '../../consultations/evolve.ts';
import { Patients } from '../../consultations/patients.ts';
import { type ViewRef, viewRefOf } from '../../consultations/refs.ts';
import { Arrivals } from '../../flow/arrivals.ts';
import { latest } from '../../flow/latest.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';
import {
  ContentSuspended,
  PlaybackIsHalted,
  RecordingIsErased,
  RecordingIsQuarantined,
  ViewExpired,
  ViewIsRevoked,
  ViewNotFound,
  ViewWithheld,
} from '../errors.ts';
import { type JudgedView, type ViewerLedger, viewIn } from '../viewers/evolve.ts';
import { Viewers } from '../viewers/viewers.ts';
import { Cuts } from './cuts.ts';
import { Playback } from './playback.ts';

/** A view whose content may be sent, until `signal` says otherwise. */
export type Permit = ViewRef & {
  readonly recording: Recording;
  /** The content can be asked for until then; a transfer under way may go on. */
  readonly expiresAt: string;
  /** Aborts with a `TransferCut` as its reason: stop sending at once and record the bytes that were sent. */
  readonly signal: AbortSignal;
  /** To be called when the transfer has ended, however. */
  readonly close: () => void;
};

/** Until when a view may be played: each use extends it, up to its end. One of an older release ends at `expiresAt`. */
type Lifetime = {
  readonly expiresAt: string;
  readonly idleSeconds?: number | undefined;
  readonly endsAt?: string | undefined;
};
type View = ViewRef & Lifetime & { readonly viewRevision: number };
type Pending = View & {
  /** Its viewer was suspended after it was opened. */
  readonly ended: boolean;
};
type Found = { readonly view: View; readonly judged: JudgedView | undefined };

/** With `RELEASE_MODE=policy`: how many views are remembered until their verdict arrives, and how long one is waited for. */
const PENDING_KEPT = 20_000;
const PENDING_WAIT_MS = 250;
/** Far more than are played at any time; one that is let go is not extended. */
const USES_KEPT = 50_000;

/** Decides whether the bytes of a view may leave now, and watches that they still may while they leave. */
@Injectable()
export class Permits implements OnApplicationShutdown {
  private readonly pending = latest<string, Pending>(PENDING_KEPT);
  private readonly arrivals = new Arrivals<true>();
  /** When bytes of a view last left here, or began to leave on another instance; milliseconds since the epoch. */
  private readonly uses = latest<string, number>(USES_KEPT);
  private readonly stop: () => void;

  constructor(
    ledger: Ledger,
    private readonly viewers: Viewers,
    private readonly patients: Patients,
    private readonly playback: Playback,
    private readonly cuts: Cuts,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.stop = ledger.feed.listen((event) => this.remember(event));
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  /**
   * @param viewerId the caller, from their own token: a view opens for its own viewer only
   * @throws ViewNotFound, ViewWithheld, ViewExpired, ViewIsRevoked, ContentSuspended, PlaybackIsHalted, RecordingNotFound,
   * RecordingIsErased, RecordingIsQuarantined, LedgerUnavailable
   */
  async open(viewId: string, viewerId: string): Promise<Permit> {
    const found = await this.find(viewId, viewerId);
    const { view } = found;
    const watch = this.cuts.watch(view);
    try {
      const recording = await this.check(found);
      // Cut while it was being checked: what cut it is known by now, so that the check gives its proper answer.
      if (watch.signal.aborted) await this.check(found);
      watch.signal.throwIfAborted();
      return { ...view, expiresAt: new Date(this.expiryOf(view)).toISOString(), recording, ...watch };
    } catch (error) {
      watch.close();
      throw error;
    }
  }

  /** Its bytes leave now, both keys permitting: that extends the view. */
  used(viewId: string, at = this.clock.now()): void {
    this.uses.set(viewId, Math.max(at, this.uses.get(viewId) ?? 0));
  }

  /**
   * Ends a view, permitted or not.
   * @throws ViewNotFound: a slip in an id must not look like a revocation
   */
  async revoke(
    view: { readonly viewId: string; readonly viewerId: string; readonly reason: string },
    cause: Cause,
  ): Promise<void> {
    if (!(await this.viewers.judgedEver(view.viewerId, view.viewId))) await this.find(view.viewId, view.viewerId);
    await this.viewers.revoke(view, cause);
  }

  /** Both keys, from the viewer's own stream; or the first alone, where the view itself says that it needs no other. */
  private async find(viewId: string, viewerId: string): Promise<Found> {
    const judged = await this.viewers.judged(viewerId, viewId);
    if (judged?.source === 'mediated' && judged.expiresAt !== undefined)
      return {
        view: { ...viewRefOf(judged), viewRevision: judged.viewRevision, ...lifetimeOf(judged, judged.expiresAt) },
        judged,
      };
    const view = judged ? undefined : await this.pendingView(viewId);
    if (view?.viewerId === viewerId) return { view, judged: undefined };
    // So many views ago that it is not kept any more; that it was taken back is never forgotten.
    if (!judged && (await this.viewers.get(viewerId)).revoked.has(viewId)) throw new ViewIsRevoked();
    throw new ViewNotFound();
  }

  private async check({ view, judged: before }: Found): Promise<Recording> {
    const { viewId, viewerId, patientId, consultationId, recordingId, viewRevision } = view;
    const [viewer, patient, halted] = await Promise.all([
      this.viewers.get(viewerId),
      this.patients.get(patientId),
      this.playback.halted(),
    ]);
    const judged = viewIn(viewer, viewId) ?? before;
    if (judged && !judged.released) throw new ViewWithheld();
    if (viewer.suspended) throw new ContentSuspended();
    if (viewer.revoked.has(viewId) || isOver(viewer, judged) || this.pending.get(viewId)?.ended)
      throw new ViewIsRevoked();
    if (this.expiryOf(view) <= this.clock.now()) throw new ViewExpired();
    const consultation = patient.state.ledger.consultations.get(consultationId);
    const recording = consultation?.recordings.get(recordingId);
    if (!consultation || !recording) throw new RecordingNotFound();
    // Cleared as a participant and removed since: what the verdict stood on is gone, and an invitation after that is not for this view.
    const removedAt = consultation.formerGuests.get(viewerId) ?? -1;
    if (removedAt > viewRevision) throw new ViewIsRevoked();
    const isReview =
      judged?.purpose === 'review' &&
      (recording.reviewers.get(viewerId) ?? '') > new Date(this.clock.now()).toISOString();
    if (judged?.verdict === 'cleared' && !capacityOf(consultation, viewerId) && !isReview) throw new ViewIsRevoked();
    if (recording.state === 'erased') throw new RecordingIsErased();
    if (recording.state === 'quarantined') throw new RecordingIsQuarantined();
    if (halted) throw new PlaybackIsHalted();
    return recording;
  }

  /** Milliseconds since the epoch. */
  private expiryOf({ viewId, expiresAt, idleSeconds, endsAt }: View): number {
    const unused = Date.parse(expiresAt);
    const usedAt = this.uses.get(viewId);
    if (idleSeconds === undefined || endsAt === undefined || usedAt === undefined) return unused;
    return Math.min(Date.parse(endsAt), Math.max(unused, usedAt + idleSeconds * 1_000));
  }

  private remember({ type, data, revision, recordedAt }: Recorded<LedgerEvent>): void {
    if (type === 'RecordingTransferBegan') this.used(data.viewId, Date.parse(recordedAt));
    if (type === 'ViewerSuspended') {
      const theirs = [...this.pending.values()].filter(({ viewerId }) => viewerId === data.viewerId);
      for (const view of theirs) this.pending.set(view.viewId, { ...view, ended: true });
    }
    if (type !== 'RecordingViewed' || data.releaseMode !== 'policy' || data.expiresAt === undefined) return;
    this.pending.set(data.viewId, {
      ...viewRefOf(data),
      viewRevision: revision,
      ...lifetimeOf(data, data.expiresAt),
      ended: false,
    });
    this.arrivals.arrived(data.viewId, true);
  }

  /** The view was made on another instance a moment ago, perhaps: its event is on its way here. */
  private async pendingView(viewId: string): Promise<View | undefined> {
    if (this.config.views.releaseMode !== 'policy' || this.pending.has(viewId)) return this.pending.get(viewId);
    const expected = this.arrivals.expect(viewId);
    try {
      await expected.within(PENDING_WAIT_MS);
    } finally {
      expected.cancel();
    }
    return this.pending.get(viewId);
  }
}

const lifetimeOf = ({ idleSeconds, endsAt }: Omit<Lifetime, 'expiresAt'>, expiresAt: string): Lifetime => ({
  ...{ expiresAt, idleSeconds, endsAt },
});

/** Judged before its viewer was suspended: being reinstated opens new views and brings no old one back. */
const isOver = ({ suspendedAt = -1 }: ViewerLedger, judged: JudgedView | undefined): boolean =>
  judged !== undefined && judged.place < suspendedAt;
