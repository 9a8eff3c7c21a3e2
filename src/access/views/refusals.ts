import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { patientStreams, viewerStreams } from '../../../events/categories.ts';
import type { PatientEvent } from '../../../events/patient-events.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { Clock } from '../../clock.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { latest } from '../../flow/latest.ts';
import { AnsweredProblems } from '../../http/answered-problems.ts';
import type { Problem, ProblemCode } from '../../http/problems.ts';
import { eventIdFor } from '../../ledger/event-id.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';
import { hasRole } from '../../request/actor.ts';
import type { GuardedRequest } from '../../request/guarded-request.ts';
import { GivenPersonId } from '../../request/person-id.ts';
import { clientReleaseOf } from '../../request/said.ts';
import { forRequest } from '../../telemetry/logger.ts';
import { viewIn } from '../viewers/evolve.ts';
import { Viewers } from '../viewers/viewers.ts';
import { type Noticed, ProbingWindows } from './probing.ts';
import { type RecentView, RecentViews } from './recent-views.ts';

const CONTENT = '/v1/views/:viewId/content';

/** Why the content of a view is not sent. A failure of the server itself is no refusal. */
const contentRefusals: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'view-not-found',
  'view-withheld',
  'view-expired',
  'view-revoked',
  'content-suspended',
  'recording-not-found',
  'recording-erased',
  'recording-quarantined',
  'playback-halted',
]);

/**
 * Refusals of things that do not exist or are not the caller's: the two look the same from outside. Not a view that the second key withheld, which
 * is a breach of its own already, and not a view of one's own that is over: players ask for it again and again.
 */
const misses: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'patient-not-found',
  'consultation-not-found',
  'recording-not-found',
  'view-not-found',
  'view-refused',
]);

/** Refusals that are known to be on record, the latest; of any other the stream is asked. */
const RECORDED_KEPT = 20_000;
/** Notes under way. Beyond that none is made: the notes that are made are enough to notice such a caller. */
const MOST_UNDER_WAY = 1_000;

/**
 * What people were refused, whatever route they tried: at the content of a view each refusal is an event of its patient, and a caller who is
 * refused too often is looking for ids. It is written down beside the answer, which waits for none of it and is never another for it.
 */
@Injectable()
export class Refusals implements OnApplicationShutdown {
  private readonly logger = new Logger(Refusals.name);
  private readonly recorded = latest<string, true>(RECORDED_KEPT);
  private readonly underWay = new Set<Promise<void>>();
  private readonly windows: ProbingWindows;
  private readonly stops: readonly (() => void)[];

  constructor(
    problems: AnsweredProblems,
    private readonly ledger: Ledger,
    private readonly recent: RecentViews,
    private readonly viewers: Viewers,
    private readonly clock: Clock,
    @Inject(CONFIG) { probing }: Config,
  ) {
    this.windows = new ProbingWindows(probing);
    this.stops = [
      problems.listen((request, problem) => this.refused(request, problem)),
      // Recorded by another instance, too.
      ledger.feed.listen(({ type, id }) => {
        if (type === 'RecordingContentRefused') this.recorded.set(id, true);
      }),
    ];
  }

  /** Whether all that was refused so far is written down, or given up on. */
  get idle(): boolean {
    return this.underWay.size === 0;
  }

  /** Notes under way are written down first; the ledger is there until it is. */
  async onApplicationShutdown(): Promise<void> {
    for (const stop of this.stops) stop();
    await Promise.allSettled(this.underWay);
  }

  private refused(request: GuardedRequest, { code }: Problem): void {
    const actor = request.user?.actor;
    if (!actor) return;
    const { patientId: given, viewId } = request.params as { patientId?: string; viewId?: string };
    // A text that is no id was asked for all the same.
    const patientId = GivenPersonId.safeParse(given).data ?? given;
    const cause = { actor, requestId: request.id, ...clientReleaseOf(request) };
    if (request.routeOptions.url === CONTENT && viewId !== undefined && contentRefusals.has(code))
      this.note(() => this.recordContent(viewId, code, cause), cause);
    // Services ask for all patients.
    if (!misses.has(code) || hasRole(actor, 'service')) return;
    const whose = patientId ?? (viewId === undefined ? undefined : this.recent.get(viewId)?.patientId);
    const now = this.clock.now();
    for (const what of this.windows.note({ personId: actor.id, patientId: whose, now }))
      this.note(() => this.recordProbing(what, now, cause), cause);
  }

  private note(write: () => Promise<void>, cause: Cause): void {
    if (this.underWay.size >= MOST_UNDER_WAY) {
      this.logger.warn('so many refusals at once that this one is not recorded', forRequest(cause));
      return;
    }
    const writing: Promise<void> = write()
      .catch((error: unknown) => this.logger.warn(`a refusal is not on record: ${String(error)}`, forRequest(cause)))
      .finally(() => this.underWay.delete(writing));
    this.underWay.add(writing);
  }

  /** Once for each view, caller and reason. For a view that the ledger does not know there is no patient to record it with. */
  private async recordContent(viewId: string, code: ProblemCode, cause: Cause): Promise<void> {
    const callerId = cause.actor.id;
    const view = this.recent.get(viewId) ?? (await this.ownView(viewId, callerId));
    if (!view) return;
    const reasonCode = view.viewerId === callerId ? code : 'not-the-viewer';
    const id = eventIdFor(`content-refused:${reasonCode}:${callerId}`, viewId);
    if (this.recorded.has(id)) return;
    this.recorded.set(id, true);
    const { patientId, consultationId, recordingId, viewRevision } = view;
    const event: PatientEvent = {
      type: 'RecordingContentRefused',
      data: { patientId, consultationId, recordingId, viewId, viewerId: callerId, reasonCode },
    };
    try {
      await this.ledger.appendOnce(patientStreams.of(patientId), { ...event, id }, cause, { revision: viewRevision });
    } catch (error) {
      this.recorded.delete(id);
      throw error;
    }
  }

  /** Made before this instance was started, or so long ago that it is not among the recent ones. */
  private async ownView(viewId: string, viewerId: string): Promise<RecentView | undefined> {
    return viewIn(await this.viewers.get(viewerId), viewId);
  }

  private async recordProbing({ kind, count, windowMs }: Noticed, now: number, cause: Cause): Promise<void> {
    const { id: viewerId } = cause.actor;
    // Another instance that notices the same person in the same window writes the same event.
    const id = eventIdFor(`probing:${kind}:${Math.floor(now / windowMs)}`, viewerId);
    const event: ViewerEvent = {
      type: 'ProbingDetected',
      data: { viewerId, kind, count, windowSeconds: windowMs / 1_000 },
    };
    try {
      await this.ledger.appendOnce(viewerStreams.of(viewerId), { ...event, id }, cause, { at: now - windowMs });
    } catch (error) {
      this.windows.again(viewerId, kind);
      throw error;
    }
  }
}
