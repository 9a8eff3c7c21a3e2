import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type LedgerEvent, patientStreams, viewerStreams } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import type { ViewerEvent } from '../../events/viewer-events.ts';
import { judge, type RecordingViewed, type Verdict } from '../../projections/access-rules.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { type Cause, Ledger, lookingUp } from '../ledger/ledger.ts';
import { type GroupReport, type GroupStats, NotYet, PersistentGroup } from '../ledger/persistent-group.ts';
import { Evidence } from '../second-key/evidence.ts';
import { readEvidence, type StoredEvent, type Unbelievable } from '../second-key/raw-event.ts';
import { RecordingProofs } from '../second-key/recording-proof.ts';
import { HealthRegistry } from '../telemetry/health.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { eventIdFor, Incidents, UNKNOWN_CONSULTATION } from './incidents.ts';
import { MONITOR_GROUP } from './monitor-group.ts';
import { type Turn, Turns } from './turns.ts';
import { Viewers } from './viewers.ts';

const GROUP = MONITOR_GROUP.name;

/** A verdict, and the viewer's stream as it was when it was reached. */
type Judged = {
  readonly verdict: Verdict;
  readonly isRecorded: boolean;
  readonly revision: number;
  readonly forgottenUntil: number;
};
/** A view whose verdict is to be recorded, with the verdict where it was reached. */
type ToRecord = { readonly event: Seen<'RecordingViewed'>; readonly view: RecordingViewed; judged?: Judged };
type Seen<T extends LedgerEvent['type']> = Recorded<Extract<LedgerEvent, { type: T }>>;

/** An event that takes longer means that verdicts are late, whatever the connection says. */
const STUCK_MS = 10_000;
const STATS_EVERY_MS = 5_000;

/**
 * The second key. It reads every view from the log, judges it on its own fold of the patient's stream and records the verdict and, where it
 * flags, the incident. It runs in every instance; the store spreads the views over them.
 */
@Injectable()
export class AccessMonitor implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly group: PersistentGroup;
  private readonly logger = new Logger(AccessMonitor.name);
  /** By viewer's stream, so that verdicts of one instance on the same person do not conflict with each other. */
  private readonly verdicts = new Turns<ToRecord>(MONITOR_GROUP.maxInFlight, (verdicts, turn) =>
    this.record(verdicts, turn),
  );
  private statsTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly evidence: Evidence,
    private readonly proofs: RecordingProofs,
    private readonly incidents: Incidents,
    private readonly viewers: Viewers,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Config,
    health: HealthRegistry,
  ) {
    this.group = new PersistentGroup(
      ledger.store,
      MONITOR_GROUP,
      (event, stored) => this.process(event, stored),
      (what) => this.tell(what),
    );
    health.register('monitor', () => {
      if (!this.available) throw new Error('the access monitor is not connected, or stuck');
    });
  }

  /** Whether this instance's monitor is taking events. Another instance's may be while this one is not. */
  get available(): boolean {
    return this.group.connected && this.group.oldestInFlightMs < STUCK_MS;
  }

  /** Of the group on the server; another one for another set of event types. */
  get groupName(): string {
    return this.group.name;
  }

  /** How far it is. @throws LedgerUnavailable */
  async standing(): Promise<GroupStats & { available: boolean }> {
    return { available: this.available, ...(await this.group.stats()) };
  }

  /** Has parked events judged again, after what stopped them is gone. @throws LedgerUnavailable */
  async replayParked(): Promise<void> {
    await this.group.replayParked();
  }

  onApplicationBootstrap(): void {
    this.evidence.onUnbelievable = (refusal) => void this.reportUnbelievable(refusal);
    this.group.start();
    this.statsTimer = setInterval(() => void this.measure(), STATS_EVERY_MS).unref();
  }

  /** Before the ledger is closed, so that verdicts under way are recorded. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.statsTimer);
    await this.group.stop();
  }

  private async process(event: Recorded<LedgerEvent>, stored: StoredEvent): Promise<void> {
    switch (event.type) {
      case 'RecordingViewed':
        return this.judgeView(event, readEvidence(stored) as RecordingViewed);
      case 'RecordingTransferBegan':
        return this.noteTransfer(event);
      case 'RecordingPlayed':
        return this.endTransfer(event);
      case 'RecordingQuarantined':
        return this.reportProvenance(event);
      case 'EgressPrevented':
        return this.reportEgress(event);
      case 'ViewReported':
        return this.reportUnknown(event);
      case 'ProbingDetected':
        return this.reportProbing(event);
      default:
        return;
    }
  }

  /**
   * @param event as the ledger reads it: what the incident is in answer to
   * @param view as the second key reads it: what is judged
   */
  private async judgeView(event: Seen<'RecordingViewed'>, view: RecordingViewed): Promise<void> {
    const stream = viewerStreams.of(view.data.viewerId);
    if (isEmergency(view)) {
      const one: ToRecord = { event, view };
      await this.verdicts.take(stream, one);
      await this.raise(event, view, (one.judged ?? (await this.verdictOn(view))).verdict);
      return;
    }
    const judged = await this.verdictOn(view);
    // The incident first: what is asked of the store later waits for the commit of what came before, and somebody is waiting for the alert.
    await Promise.all([
      this.raise(event, view, judged.verdict),
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

  private async raise(event: Seen<'RecordingViewed'>, view: RecordingViewed, verdict: Verdict): Promise<void> {
    if (verdict.verdict === 'cleared') return;
    const { severity, rule, released } = verdict;
    const { viewId, viewerId, patientId, consultationId, recordingId, purpose, source } = view.data;
    // Reported before, and nobody said when: one incident.
    const breachId = view.data.sameAs ?? viewId;
    await this.incidents.open(
      {
        breachId,
        ...{ severity, rule, patientId, consultationId, recordingId, viewerId, purpose, source },
        viewedAt: view.data.occurredAt ?? new Date(view.at).toISOString(),
        viewRevision: view.revision,
        ...releasesOf(event),
        contentReleased: source === 'witnessed' || view.data.releaseMode === 'policy' || released,
      },
      inAnswerTo(event),
    );
    if (source === 'witnessed') await this.noteWitnessed(event, breachId);
  }

  /** From its first byte on: an end that is never recorded must not look like nothing. */
  private async noteTransfer(event: Seen<'RecordingTransferBegan'>): Promise<void> {
    const { viewId, transferId, range } = event.data;
    if (!(await this.isFlagged(event))) return;
    const [first, last] = range;
    await this.incidents.transferBegan(viewId, transferId, last - first + 1, inAnswerTo(event));
  }

  private async endTransfer(event: Seen<'RecordingPlayed'>): Promise<void> {
    if (event.data.outcome === 'corrupt') await this.reportCorrupt(event);
    await this.countBytes(event);
  }

  private async countBytes(event: Seen<'RecordingPlayed'>): Promise<void> {
    const { viewId, bytesServed, transferId, outcome } = event.data;
    // Sent to the store itself: what left there is never known, and the transfer that was noted stays open.
    if (outcome === 'redirected' && transferId !== undefined) return;
    if (!(await this.isFlagged(event))) return;
    await this.incidents.bytesServed(viewId, { bytesServed, transferId, id: event.id }, inAnswerTo(event));
  }

  /** With RELEASE_MODE=policy a transfer may begin and end before its view is judged. */
  private async isFlagged({ data }: Seen<'RecordingTransferBegan' | 'RecordingPlayed'>): Promise<boolean> {
    const view = await this.viewers.judgedEver(data.viewerId, data.viewId);
    if (!view) throw new NotYet(`no verdict on view ${data.viewId} so far`);
    return view.verdict === 'flagged';
  }

  /** What was stored is damaged, or somebody put something else in its place. One incident for each recording, also where nothing left. */
  private async reportCorrupt(event: Seen<'RecordingPlayed'>): Promise<void> {
    const { patientId, consultationId, recordingId } = event.data;
    await this.incidents.open(
      {
        breachId: eventIdFor('recording-corrupt', `${patientId}/${recordingId}`),
        ...{ severity: 'critical', rule: 'recording-corrupt', patientId, consultationId, recordingId },
        ...releasesOf(event),
        contentReleased: false,
      },
      inAnswerTo(event),
    );
  }

  /** A view elsewhere: its bytes left there, all of them for all anybody knows, and no end of it will ever be recorded. */
  private async noteWitnessed(event: Seen<'RecordingViewed'>, breachId: string): Promise<void> {
    const { patientId, consultationId, recordingId, viewId } = event.data;
    const access = await this.evidence.patient(patientId);
    const stored = access.consultations.get(consultationId)?.recordings.get(recordingId)?.stored;
    if (!stored) return;
    const { bytes } = await this.proofs.of({ patientId, recordingId, storedRevision: stored.revision });
    await this.incidents.transferBegan(breachId, viewId, bytes, inAnswerTo(event));
  }

  /** A recording that is filed where it may not belong is looked at by somebody before anybody sees it. */
  private async reportProvenance(event: Seen<'RecordingQuarantined'>): Promise<void> {
    const { patientId, consultationId, recordingId, reason } = event.data;
    if (reason !== 'provenance') return;
    await this.incidents.open(
      {
        breachId: recordingId,
        ...{ severity: 'review', rule: 'recording-provenance', patientId, consultationId, recordingId },
        ...releasesOf(event),
        contentReleased: false,
      },
      inAnswerTo(event),
    );
  }

  /** Something was about to leave to somebody whose it is not. One incident for what, to whom and under which release, however often. */
  private async reportEgress(event: Seen<'EgressPrevented'>): Promise<void> {
    const { viewerId, patientId, consultationId, recordingId, route, reason = 'not-theirs' } = event.data;
    const { appVersion, clientRelease } = event.metadata;
    const what = patientId === undefined ? [reason, route] : [patientId, consultationId];
    await this.incidents.open(
      {
        breachId: eventIdFor('egress', JSON.stringify([viewerId, ...what, appVersion])),
        ...{ severity: 'critical', rule: reason === 'not-theirs' ? 'egress-prevented' : reason, viewerId, appVersion },
        ...(patientId !== undefined && { patientId }),
        ...(consultationId !== undefined && { consultationId }),
        ...(recordingId !== undefined && { recordingId }),
        ...(clientRelease !== undefined && { clientRelease }),
        contentReleased: false,
      },
      inAnswerTo(event),
    );
  }

  /** A service showed something in a consultation that the ledger does not know; what it was, nobody can say. */
  private async reportUnknown(event: Seen<'ViewReported'>): Promise<void> {
    const { viewId, viewerId, patientId, consultationId, recordingId, purpose, occurredAt, sameAs } = event.data;
    await this.incidents.open(
      {
        breachId: sameAs ?? viewId,
        ...{ severity: 'critical', rule: UNKNOWN_CONSULTATION, patientId, consultationId, recordingId },
        ...{ viewerId, purpose, source: 'witnessed', viewedAt: occurredAt ?? event.recordedAt },
        ...releasesOf(event),
        contentReleased: true,
      },
      inAnswerTo(event),
    );
  }

  /** One incident for each window in which somebody was noticed. */
  private async reportProbing(event: Seen<'ProbingDetected'>): Promise<void> {
    await this.incidents.open(
      {
        breachId: event.id,
        ...{ severity: 'critical', rule: 'probing', viewerId: event.data.viewerId },
        ...releasesOf(event),
        contentReleased: false,
      },
      inAnswerTo(event),
    );
  }

  /** The ledger holds what must not be there: somebody wrote past this application, or it wrote wrongly. */
  private async reportUnbelievable({ stream, revision }: Unbelievable): Promise<void> {
    const id = eventIdFor('event-not-believed', `${stream}@${revision}`);
    const patientId = patientStreams.idIn(stream);
    await this.incidents
      .open(
        {
          breachId: id,
          ...{ severity: 'critical', rule: 'event-not-believed', appVersion: this.ledger.appVersion },
          ...(patientId !== undefined && { patientId }),
          contentReleased: false,
        },
        { actor: { id: GROUP, roles: [] }, requestId: id },
      )
      .catch((error: unknown) => this.logger.error(`no incident was opened for ${stream}: ${String(error)}`));
  }

  private async measure(): Promise<void> {
    try {
      const { waiting, parked } = await this.group.stats();
      this.metrics.monitorLag.set(waiting);
      this.metrics.parked.set(parked);
    } catch (error) {
      this.logger.debug(`no figures of the group: ${String(error)}`);
    }
  }

  private tell(what: GroupReport): void {
    const place = 'stream' in what ? `revision ${what.revision} of ${what.stream}` : '';
    if (what.kind === 'connected') this.logger.log('judging views');
    else if (what.kind === 'succeeded')
      this.logger.warn(`goes on where group ${what.predecessor} stood; ${what.parked} events are parked there`);
    else if (what.kind === 'lost') this.logger.warn(`no verdicts from here: ${what.why}`);
    else if (what.kind === 'parked') {
      this.logger.error(`${place} was parked and is not judged: ${what.why}`);
      void this.measure();
    } else
      this.logger.error(`${place} was given back`, what.error instanceof Error ? what.error.stack : String(what.error));
  }
}

const isEmergency = ({ data }: RecordingViewed): boolean => data.purpose === 'emergency';

const toAppend = (event: Seen<'RecordingViewed'>, view: RecordingViewed, verdict: Verdict) => ({
  event: { ...verdictEvent(view, verdict), id: eventIdFor('verdict', view.data.viewId) },
  cause: inAnswerTo(event),
});

const verdictEvent = (view: RecordingViewed, verdict: Verdict): ViewerEvent => {
  const { viewerId, viewId, patientId, consultationId, recordingId, source, purpose, expiresAt } = view.data;
  const data = {
    ...{ viewerId, viewId, patientId, consultationId, recordingId },
    viewRevision: view.revision,
    ...{ source, purpose },
    ...(expiresAt !== undefined && { expiresAt }),
  };
  if (verdict.verdict === 'cleared') return { type: 'ViewCleared', data };
  const { severity, rule, released } = verdict;
  return { type: 'ViewFlagged', data: { ...data, severity, rule, released } };
};

/** Under which releases, of the ledger and of the app, it happened. */
const releasesOf = ({ metadata: { appVersion, clientRelease } }: Recorded<LedgerEvent>) => ({
  appVersion,
  ...(clientRelease !== undefined && { clientRelease }),
});

const inAnswerTo = ({ id, metadata }: Pick<Recorded, 'id' | 'metadata'>): Cause => ({
  actor: { id: GROUP, roles: [] },
  requestId: metadata.requestId,
  correlationId: metadata.$correlationId,
  causationId: id,
});
