import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { patientStreams } from '../../events/categories.ts';
import { releasesOf } from '../../events/event.ts';
import type { RecordingViewed } from '../../projections/access-rules.ts';
import { AccessMonitor, type Flagged } from '../access/monitor/monitor.ts';
import { MONITOR } from '../access/monitor/monitor-group.ts';
import { Viewers } from '../access/viewers/viewers.ts';
import { type Disagreement, Views } from '../access/views/views.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import { type Cause, causedBy } from '../ledger/ledger.ts';
import { NotYet } from '../ledger/react/persistent-group.ts';
import { type EventOfType, reactor } from '../ledger/react/reactor.ts';
import { Reactors } from '../ledger/react/reactors.ts';
import type { RunningReactor } from '../ledger/react/running-reactor.ts';
import { Evidence } from '../second-key/evidence.ts';
import type { Unbelievable } from '../second-key/raw-event.ts';
import { RecordingProofs } from '../second-key/recording-proof.ts';
import { BreachFlags, UNKNOWN_CONSULTATION } from './flags.ts';
import { OPENER } from './opener-group.ts';

/** On whose behalf breaches are recorded, whatever group receives their causes: the events of the first release say so. */
const ACTOR = MONITOR.name;

/**
 * Opens breaches, and notes what may have left under those that are open: for a flagged view as soon as the second key knows (before its
 * verdict is recorded: the person on call waits for the alert), for everything else as the events of it are handed out.
 */
/** Rules of the incidents about recordings that are quarantined as they are stored, by the reason. */
const DOUBTS: ReadonlyMap<string, string> = new Map([
  ['provenance', 'recording-provenance'],
  ['same-bytes', 'recording-same-bytes'],
]);

@Injectable()
export class Opener implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly reactor: RunningReactor;
  private readonly logger = new Logger(Opener.name);

  constructor(
    private readonly evidence: Evidence,
    private readonly proofs: RecordingProofs,
    private readonly flags: BreachFlags,
    private readonly viewers: Viewers,
    monitor: AccessMonitor,
    views: Views,
    reactors: Reactors,
  ) {
    monitor.onFlagged = (event, view, flagged) => this.openForView(event, view, flagged);
    views.onDisagreement = (view, cause) => this.openForDisagreement(view, cause);
    const opening = reactor({
      ...OPENER,
      on: {
        RecordingTransferBegan: (event) => this.noteTransfer(event),
        RecordingPlayed: (event) => this.endTransfer(event),
        RecordingQuarantined: (event) => this.reportDoubtful(event),
        EgressPrevented: (event) => this.reportEgress(event),
        ViewReported: (event) => this.reportUnknown(event),
        ProbingDetected: (event) => this.reportProbing(event),
      },
    });
    this.reactor = reactors.add(opening);
  }

  onApplicationBootstrap(): void {
    this.evidence.onUnbelievable = (refusal) => void this.reportUnbelievable(refusal);
    this.reactor.start();
  }

  /** Before the ledger is closed, so that breaches being opened are recorded. */
  async onApplicationShutdown(): Promise<void> {
    await this.reactor.stop();
  }

  private async openForView(
    event: EventOfType<'RecordingViewed'>,
    view: RecordingViewed,
    { severity, rule, released }: Flagged,
  ): Promise<void> {
    const { viewId, viewerId, patientId, consultationId, recordingId, purpose, source } = view.data;
    // Reported before, and the reporter did not say when it happened: one breach.
    const breachId = view.data.sameAs ?? viewId;
    await this.flags.flag(
      {
        breachId,
        ...{ severity, rule, patientId, consultationId, recordingId, viewerId, purpose, source },
        viewedAt: view.data.occurredAt ?? new Date(view.at).toISOString(),
        viewRevision: view.revision,
        ...releasesOf(event),
        contentReleased: source === 'witnessed' || view.data.releaseMode === 'policy' || released,
      },
      causedBy(event, ACTOR),
    );
    if (source === 'witnessed') await this.noteWitnessed(event, breachId);
  }

  /** What a service reported was shown there already; the view of an emergency that was taken back shows nothing. */
  private async openForDisagreement({ viewId, source, ...view }: Disagreement, cause: Cause): Promise<void> {
    const isWitnessed = source === 'witnessed';
    await this.flags.flag(
      {
        breachId: isWitnessed ? viewId : eventIdFor('keys-disagree', viewId),
        ...{ severity: 'critical', rule: 'keys-disagree', ...view, source },
        ...(cause.clientRelease !== undefined && { clientRelease: cause.clientRelease }),
        contentReleased: isWitnessed,
      },
      cause,
    );
  }

  /** From its first byte on: an end that is never recorded must not look like nothing. */
  private async noteTransfer(event: EventOfType<'RecordingTransferBegan'>): Promise<void> {
    const { viewId, transferId, range } = event.data;
    if (!(await this.isFlagged(event))) return;
    const [first, last] = range;
    await this.flags.transferBegan(viewId, transferId, last - first + 1, causedBy(event, ACTOR));
  }

  private async endTransfer(event: EventOfType<'RecordingPlayed'>): Promise<void> {
    if (event.data.outcome === 'corrupt') await this.reportCorrupt(event);
    await this.countBytes(event);
  }

  private async countBytes(event: EventOfType<'RecordingPlayed'>): Promise<void> {
    const { viewId, bytesServed, transferId, outcome } = event.data;
    // Sent to the store itself: what left there is never known, and the transfer that was noted stays open.
    if (outcome === 'redirected' && transferId !== undefined) return;
    if (!(await this.isFlagged(event))) return;
    await this.flags.bytesServed(viewId, { bytesServed, transferId, id: event.id }, causedBy(event, ACTOR));
  }

  /** With RELEASE_MODE=policy a transfer may begin and end before its view is judged. */
  private async isFlagged({ data }: EventOfType<'RecordingTransferBegan' | 'RecordingPlayed'>): Promise<boolean> {
    const view = await this.viewers.judgedEver(data.viewerId, data.viewId);
    if (!view) throw new NotYet(`no verdict on view ${data.viewId} so far`);
    return view.verdict === 'flagged';
  }

  /** The stored recording is damaged or was replaced. One breach for each recording, also where nothing left. */
  private async reportCorrupt(event: EventOfType<'RecordingPlayed'>): Promise<void> {
    const { patientId, consultationId, recordingId } = event.data;
    await this.flags.flag(
      {
        breachId: eventIdFor('recording-corrupt', `${patientId}/${recordingId}`),
        ...{ severity: 'critical', rule: 'recording-corrupt', patientId, consultationId, recordingId },
        ...releasesOf(event),
        contentReleased: false,
      },
      causedBy(event, ACTOR),
    );
  }

  /** A view elsewhere: its bytes left there, possibly all of them, and no end of it will ever be recorded. */
  private async noteWitnessed(event: EventOfType<'RecordingViewed'>, breachId: string): Promise<void> {
    const { patientId, consultationId, recordingId, viewId } = event.data;
    const access = await this.evidence.patient(patientId);
    const stored = access.consultations.get(consultationId)?.recordings.get(recordingId)?.stored;
    if (!stored) return;
    const { bytes } = await this.proofs.of({ patientId, recordingId, storedRevision: stored.revision });
    await this.flags.transferBegan(breachId, viewId, bytes, causedBy(event, ACTOR));
  }

  /** The desk checks a recording that may be filed under the wrong consultation or patient before any viewer sees it. */
  private async reportDoubtful(event: EventOfType<'RecordingQuarantined'>): Promise<void> {
    const { patientId, consultationId, recordingId, reason } = event.data;
    const rule = DOUBTS.get(reason);
    if (rule === undefined) return;
    await this.flags.flag(
      {
        breachId: recordingId,
        ...{ severity: 'review', rule, patientId, consultationId, recordingId },
        ...releasesOf(event),
        contentReleased: false,
      },
      causedBy(event, ACTOR),
    );
  }

  /** Data was about to leave to a caller it does not belong to. One breach for each such data, caller and release, however often. */
  private async reportEgress(event: EventOfType<'EgressPrevented'>): Promise<void> {
    const { viewerId, patientId, consultationId, recordingId, route, reason = 'not-theirs' } = event.data;
    const { appVersion, clientRelease } = event.metadata;
    const what = patientId === undefined ? [reason, route] : [patientId, consultationId];
    await this.flags.flag(
      {
        breachId: eventIdFor('egress', JSON.stringify([viewerId, ...what, appVersion])),
        ...{ severity: 'critical', rule: reason === 'not-theirs' ? 'egress-prevented' : reason, viewerId, appVersion },
        ...(patientId !== undefined && { patientId }),
        ...(consultationId !== undefined && { consultationId }),
        ...(recordingId !== undefined && { recordingId }),
        ...(clientRelease !== undefined && { clientRelease }),
        contentReleased: false,
      },
      causedBy(event, ACTOR),
    );
  }

  /** A service showed something in a consultation that the ledger does not know; the ledger cannot tell what it was. */
  private async reportUnknown(event: EventOfType<'ViewReported'>): Promise<void> {
    const { viewId, viewerId, patientId, consultationId, recordingId, purpose, occurredAt, sameAs } = event.data;
    await this.flags.flag(
      {
        breachId: sameAs ?? viewId,
        ...{ severity: 'critical', rule: UNKNOWN_CONSULTATION, patientId, consultationId, recordingId },
        ...{ viewerId, purpose, source: 'witnessed', viewedAt: occurredAt ?? event.recordedAt },
        ...releasesOf(event),
        contentReleased: true,
      },
      causedBy(event, ACTOR),
    );
  }

  /** One breach for each window in which a caller was noticed probing. */
  private async reportProbing(event: EventOfType<'ProbingDetected'>): Promise<void> {
    await this.flags.flag(
      {
        breachId: event.id,
        ...{ severity: 'critical', rule: 'probing', viewerId: event.data.viewerId },
        ...releasesOf(event),
        contentReleased: false,
      },
      causedBy(event, ACTOR),
    );
  }

  /** The ledger holds an event that must not be there: written past this application, or written wrongly by it. */
  private async reportUnbelievable({ stream, revision }: Unbelievable): Promise<void> {
    const id = eventIdFor('event-not-believed', `${stream}@${revision}`);
    const patientId = patientStreams.idIn(stream);
    await this.flags
      .flag(
        {
          breachId: id,
          ...{ severity: 'critical', rule: 'event-not-believed' },
          ...(patientId !== undefined && { patientId }),
          contentReleased: false,
        },
        { actor: { id: ACTOR, roles: [] }, requestId: id },
      )
      .catch((error: unknown) => this.logger.error(`no breach was flagged for ${stream}: ${String(error)}`));
  }
}
