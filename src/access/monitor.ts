import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { judge, type Verdict } from '../../projections/access-rules.ts';
import type { Recorded } from '../events/event.ts';
import type { PatientEvent } from '../events/patient-events.ts';
import { viewerStream } from '../events/streams.ts';
import type { ViewerEvent } from '../events/viewer-events.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { type GroupReport, type GroupStats, NotYet, PersistentGroup } from '../ledger/persistent-group.ts';
import { HealthRegistry } from '../telemetry/health.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { AccessRecord } from './access-record.ts';
import { eventIdFor, Incidents } from './incidents.ts';
import { Viewers } from './viewers.ts';

type Watched = PatientEvent | ViewerEvent;
type Seen<T extends Watched['type']> = Recorded<Extract<Watched, { type: T }>>;

const GROUP = 'access-monitor';
const EVENT_TYPES = ['RecordingViewed', 'RecordingPlayed', 'RecordingQuarantined', 'EgressPrevented'];
/**
 * One verdict is two durable appends at once, about a millisecond; judged one after the other a burst of views would wait for each
 * other's disk. Verdicts do not depend on each other (each is as of its own revision), so this many may be under way at once.
 */
const MAX_IN_FLIGHT = 128;
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
  private statsTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly access: AccessRecord,
    private readonly incidents: Incidents,
    private readonly viewers: Viewers,
    private readonly metrics: Metrics,
    health: HealthRegistry,
  ) {
    this.group = new PersistentGroup(
      ledger.store,
      { name: GROUP, eventTypes: EVENT_TYPES, maxInFlight: MAX_IN_FLIGHT },
      (event) => this.process(event as Recorded<Watched>),
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

  /** How far it is. @throws LedgerUnavailable */
  async standing(): Promise<GroupStats & { available: boolean }> {
    return { available: this.available, ...(await this.group.stats()) };
  }

  /** Has parked events judged again, after what stopped them is gone. @throws LedgerUnavailable */
  async replayParked(): Promise<void> {
    await this.group.replayParked();
  }

  onApplicationBootstrap(): void {
    this.group.start();
    this.statsTimer = setInterval(() => void this.measure(), STATS_EVERY_MS).unref();
  }

  /** Before the ledger is closed, so that verdicts under way are recorded. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.statsTimer);
    await this.group.stop();
  }

  private async process(event: Recorded<Watched>): Promise<void> {
    switch (event.type) {
      case 'RecordingViewed':
        return this.judgeView(event);
      case 'RecordingPlayed':
        return this.countBytes(event);
      case 'RecordingQuarantined':
        return this.reportProvenance(event);
      case 'EgressPrevented':
        return this.reportEgress(event);
      default:
        return;
    }
  }

  private async judgeView(event: Seen<'RecordingViewed'>): Promise<void> {
    // Up to the event before the view is enough, so that the view need not have come through the live feed, too.
    const { state } = await this.access.folds.get(event.stream, { minRevision: event.revision - 1 });
    const verdict = judge(state, event);
    // The incident first: what is asked of the store later waits for the commit of what came before, and somebody is waiting for the alert.
    await Promise.all([this.raise(event, verdict), this.record(event, verdict)]);
  }

  private async record(event: Seen<'RecordingViewed'>, verdict: Verdict): Promise<void> {
    const { viewerId, viewId, patientId, consultationId, recordingId, source, purpose, expiresAt } = event.data;
    const view = {
      viewerId,
      viewId,
      patientId,
      consultationId,
      recordingId,
      viewRevision: event.revision,
      source,
      purpose,
    };
    const data = { ...view, ...(expiresAt !== undefined && { expiresAt }) };
    const verdictEvent: ViewerEvent =
      verdict.verdict === 'cleared'
        ? { type: 'ViewCleared', data }
        : {
            type: 'ViewFlagged',
            data: { ...data, severity: verdict.severity, rule: verdict.rule, released: verdict.released },
          };
    await this.ledger.append(
      viewerStream(viewerId),
      'any',
      [{ ...verdictEvent, id: eventIdFor('verdict', viewId) }],
      inAnswerTo(event),
    );
  }

  private async raise(event: Seen<'RecordingViewed'>, verdict: Verdict): Promise<void> {
    if (verdict.verdict === 'cleared') return;
    const { viewId, viewerId, patientId, consultationId, recordingId, purpose, source } = event.data;
    const { severity, rule, released } = verdict;
    await this.incidents.open(
      {
        breachId: viewId,
        ...{ severity, rule, patientId, consultationId, recordingId, viewerId, purpose, source },
        viewedAt: event.data.occurredAt ?? event.recordedAt,
        appVersion: event.metadata.appVersion,
        contentReleased: source === 'witnessed' || event.data.releaseMode === 'policy' || released,
      },
      inAnswerTo(event),
    );
  }

  private async countBytes(event: Seen<'RecordingPlayed'>): Promise<void> {
    const { viewerId, viewId, bytesServed } = event.data;
    const view = await this.viewers.judgedEver(viewerId, viewId);
    // With RELEASE_MODE=policy a transfer may end before its view is judged.
    if (!view) throw new NotYet(`no verdict on view ${viewId} so far`);
    if (view.verdict === 'flagged') await this.incidents.bytesServed(viewId, bytesServed, event.id, inAnswerTo(event));
  }

  /** A recording that is filed where it may not belong is looked at by somebody before anybody sees it. */
  private async reportProvenance(event: Seen<'RecordingQuarantined'>): Promise<void> {
    const { patientId, consultationId, recordingId, reason } = event.data;
    if (reason !== 'provenance') return;
    await this.incidents.open(
      {
        breachId: recordingId,
        ...{ severity: 'review', rule: 'recording-provenance', patientId, consultationId, recordingId },
        appVersion: event.metadata.appVersion,
        contentReleased: false,
      },
      inAnswerTo(event),
    );
  }

  /** An answer was about to show somebody what is not theirs. One incident for what leaked to whom under which release, however often. */
  private async reportEgress(event: Seen<'EgressPrevented'>): Promise<void> {
    const { viewerId, patientId, consultationId } = event.data;
    const { appVersion } = event.metadata;
    await this.incidents.open(
      {
        breachId: eventIdFor('egress', JSON.stringify([viewerId, patientId, consultationId, appVersion])),
        ...{ severity: 'critical', rule: 'egress-prevented', patientId, consultationId, viewerId },
        appVersion,
        contentReleased: false,
      },
      inAnswerTo(event),
    );
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
    else if (what.kind === 'lost') this.logger.warn(`no verdicts from here: ${what.why}`);
    else if (what.kind === 'parked') {
      this.logger.error(`${place} was parked and is not judged: ${what.why}`);
      void this.measure();
    } else
      this.logger.error(`${place} was given back`, what.error instanceof Error ? what.error.stack : String(what.error));
  }
}

const inAnswerTo = ({ id, metadata }: Recorded<Watched>): Cause => ({
  actor: { id: GROUP, roles: [] },
  requestId: metadata.requestId,
  correlationId: metadata.$correlationId,
  causationId: id,
});
