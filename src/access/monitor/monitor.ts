import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { viewerStreams } from '../../../events/categories.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { judge, type RecordingViewed, type Verdict } from '../../../projections/access-rules.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { eventIdFor } from '../../ledger/event-id.ts';
import { causedBy, Ledger, lookingUp } from '../../ledger/ledger.ts';
import { NotYet } from '../../ledger/react/persistent-group.ts';
import { type EventOfType, reactor } from '../../ledger/react/reactor.ts';
import { Reactors } from '../../ledger/react/reactors.ts';
import type { RunningReactor } from '../../ledger/react/running-reactor.ts';
import { Evidence } from '../../second-key/evidence.ts';
import { readEvidence } from '../../second-key/raw-event.ts';
import { MONITOR } from './monitor-group.ts';
import { type Turn, Turns } from './turns.ts';

/** A verdict, and the viewer's stream as it was when it was reached. */
type Judged = {
  readonly verdict: Verdict;
  readonly isRecorded: boolean;
  readonly revision: number;
  readonly forgottenUntil: number;
};
/** A view whose verdict is to be recorded, with the verdict where it was reached. */
type ToRecord = { readonly event: EventOfType<'RecordingViewed'>; readonly view: RecordingViewed; judged?: Judged };

/** Hears of a view that is flagged before its verdict counts as dealt with; must bear repetition. */
export type FlagListener = (
  event: EventOfType<'RecordingViewed'>,
  view: RecordingViewed,
  flagged: Flagged,
) => Promise<void>;
export type Flagged = Extract<Verdict, { verdict: 'flagged' }>;

/**
 * The second key. It reads every view from the log, judges it on its own fold of the patient's stream and records the verdict. It runs in
 * every instance; the store spreads the views over them.
 */
@Injectable()
export class AccessMonitor implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly reactor: RunningReactor;
  /** By viewer's stream, so that verdicts of one instance on the same person do not conflict with each other. */
  private readonly verdicts = new Turns<ToRecord>(MONITOR.maxInFlight, (verdicts, turn) => this.record(verdicts, turn));
  onFlagged: FlagListener = () => Promise.reject(new NotYet('no incidents are opened here yet'));

  constructor(
    private readonly ledger: Ledger,
    private readonly evidence: Evidence,
    @Inject(CONFIG) private readonly config: Config,
    reactors: Reactors,
  ) {
    const judging = reactor({
      ...MONITOR,
      on: { RecordingViewed: (event, stored) => this.judgeView(event, readEvidence(stored) as RecordingViewed) },
    });
    this.reactor = reactors.add(judging, 'monitor');
  }

  /** Whether this instance's monitor is taking events. Another instance's may be while this one is not. */
  get available(): boolean {
    return this.reactor.available;
  }

  /** Of the group on the server; another one for another set of event types. */
  get groupName(): string {
    return this.reactor.groupName;
  }

  onApplicationBootstrap(): void {
    this.reactor.start();
  }

  /** Before the ledger is closed, so that verdicts under way are recorded. */
  async onApplicationShutdown(): Promise<void> {
    await this.reactor.stop();
  }

  /**
   * @param event as the ledger reads it: the cause of the breach
   * @param view as the second key reads it: this is judged
   */
  private async judgeView(event: EventOfType<'RecordingViewed'>, view: RecordingViewed): Promise<void> {
    const stream = viewerStreams.of(view.data.viewerId);
    if (isEmergency(view)) {
      const one: ToRecord = { event, view };
      await this.verdicts.take(stream, one);
      await this.report(event, view, (one.judged ?? (await this.verdictOn(view))).verdict);
      return;
    }
    const judged = await this.verdictOn(view);
    // The alert goes first: a request to the store waits for the commit of those before it, and the person on call waits for the alert.
    await Promise.all([
      this.report(event, view, judged.verdict),
      !judged.isRecorded && this.verdicts.take(stream, { event, view, judged }),
    ]);
  }

  /**
   * Records verdicts on one person's views. How many patients a clinician has opened in emergencies counts, so that each emergency is judged
   * where its verdict will stand; the others do not depend on each other.
   */
  private async record(verdicts: readonly ToRecord[], turn: Turn): Promise<void> {
    const others = verdicts.filter(({ view }) => !isEmergency(view));
    if (others.length > 0) await this.append(others, turn);
    for (const one of verdicts) if (isEmergency(one.view)) await this.append([one], turn);
  }

  /**
   * Right after what they were judged on, so that there is one verdict on each view, however often and to however many instances it is
   * delivered, and whatever ids the store remembers.
   */
  private async append(verdicts: readonly ToRecord[], turn: Turn): Promise<void> {
    const viewerId = verdicts[0]?.view.data.viewerId ?? '';
    const stream = viewerStreams.of(viewerId);
    await lookingUp(stream, async (again) => {
      if (again) await this.evidence.viewerNow(viewerId);
      const missing = new Map<string, ReturnType<typeof toAppend>>();
      let knownUpTo = Number.POSITIVE_INFINITY;
      for (const one of verdicts) {
        const { view, event } = one;
        if (again || !one.judged) one.judged = await this.verdictOn(view, turn.revision);
        const { isRecorded, revision, forgottenUntil, verdict } = one.judged;
        if (isRecorded || turn.done.has(view.data.viewId)) continue;
        const fact = toAppend(event, view, verdict);
        if (view.at <= forgottenUntil) await this.ledger.appendOnce(stream, fact.event, fact.cause, { at: view.at });
        else {
          missing.set(view.data.viewId, fact);
          knownUpTo = Math.min(knownUpTo, revision);
        }
      }
      if (missing.size === 0) return;
      const end = turn.endAfter(knownUpTo);
      turn.appended(end, await this.ledger.appendEach(stream, end, [...missing.values()]), missing.keys());
    });
  }

  private async report(event: EventOfType<'RecordingViewed'>, view: RecordingViewed, verdict: Verdict): Promise<void> {
    if (verdict.verdict === 'flagged') await this.onFlagged(event, view, verdict);
  }

  /** @param least a revision of the viewer's stream that must be taken in */
  private async verdictOn(view: RecordingViewed, least = -1): Promise<Judged> {
    // Up to the event before the view is enough, so that the view need not have come through the subscription, too.
    const access = await this.evidence.patient(view.data.patientId, view.revision - 1);
    const standing = await this.evidence.viewer(view.data.viewerId, least);
    const { patientsPerDay: emergencyPatients } = this.config.views.emergency;
    const { consultationId, recordingId } = view.data;
    const session = access.consultations.get(consultationId)?.recordings.get(recordingId)?.mediaSessionId;
    const sessionOwner = session === undefined ? undefined : await this.evidence.sessionOwner(session);
    // Read together: what came in a moment later was not counted.
    return {
      verdict: judge(access, standing, view, { emergencyPatients, sessionOwner }),
      isRecorded: standing.verdicts.has(view.data.viewId),
      revision: standing.revision,
      forgottenUntil: standing.forgottenUntil,
    };
  }
}

const isEmergency = ({ data }: RecordingViewed): boolean => data.purpose === 'emergency';

const toAppend = (event: EventOfType<'RecordingViewed'>, view: RecordingViewed, verdict: Verdict) => ({
  event: { ...verdictEvent(view, verdict), id: eventIdFor('verdict', view.data.viewId) },
  cause: causedBy(event, MONITOR.name),
});

const verdictEvent = (view: RecordingViewed, verdict: Verdict): ViewerEvent => {
  const { viewerId, viewId, patientId, consultationId, recordingId, source, purpose } = view.data;
  const { expiresAt, idleSeconds, endsAt } = view.data;
  const data = {
    ...{ viewerId, viewId, patientId, consultationId, recordingId },
    viewRevision: view.revision,
    ...{ source, purpose },
    ...(expiresAt !== undefined && { expiresAt }),
    ...(idleSeconds !== undefined && { idleSeconds }),
    ...(endsAt !== undefined && { endsAt }),
  };
  if (verdict.verdict === 'cleared') return { type: 'ViewCleared', data };
  const { severity, rule, released } = verdict;
  return { type: 'ViewFlagged', data: { ...data, severity, rule, released } };
};
