import { Inject, Injectable } from '@nestjs/common';
import { v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import { patientStreams, viewerStreams } from '../../../events/categories.ts';
import type { Purpose, Severity, ViewSource } from '../../../events/values.ts';
import { Clock } from '../../clock.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { RecordingNotFound } from '../../consultations/errors.ts';
import { type PatientState, Patients } from '../../consultations/patients.ts';
import type { RecordingRef, ViewRef } from '../../consultations/refs.ts';
import type { DomainError } from '../../errors.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';
import type { Actor } from '../../request/actor.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import {
  MonitorUnavailable,
  PlaybackIsHalted,
  RecordingIsErased,
  RecordingIsQuarantined,
  ViewerIsSuspended,
  ViewRefused,
  ViewWithheld,
} from '../errors.ts';
import { Playback } from '../playing/playback.ts';
import { type JudgedView, otherEmergencies } from '../viewers/evolve.ts';
import { Viewers } from '../viewers/viewers.ts';
import { isKnown, maySee, reportView, takesPart, viewRecording, type WitnessView, witnessView } from './decide.ts';
import { AccessPolicy, type Refusal } from './policy.ts';
import { Verdicts } from './verdicts.ts';

/** A person asks to open a recording. */
export type OpenedView = RecordingRef & {
  readonly viewer: Actor;
  readonly purpose: Purpose;
  readonly reason?: string | undefined;
};

/** A service reports that a person opened one elsewhere. */
export type ReportedView = Omit<WitnessView, 'viewId'>;

export type ViewAnswer = {
  readonly viewId: string;
  /** `pending`: permitted by the first key alone (`RELEASE_MODE=policy`); the second may still cut it. */
  readonly verdict: 'cleared' | 'flagged' | 'pending';
  readonly severity?: Severity | undefined;
  /** The breach of a flagged view, where it is not its own: the same was reported before. */
  readonly breachId?: string;
  readonly contentUrl?: string;
  /** It can be played until then, and while it is in use until `endsAt`. */
  readonly expiresAt?: string;
  readonly endsAt?: string;
};

/** A view on which the first key has the last word: the monitor cleared what the policy would have refused. */
export type Disagreement = ViewRef & { readonly purpose: Purpose; readonly source: ViewSource };
/** Opens the breach before the view is answered; must bear repetition. */
export type DisagreementListener = (view: Disagreement, cause: Cause) => Promise<void>;

/** Two keys open a recording: asks the policy, records the view, and waits for the monitor's verdict on it. */
@Injectable()
export class Views {
  onDisagreement: DisagreementListener = () => Promise.reject(new Error('no incidents are opened here'));

  constructor(
    private readonly ledger: Ledger,
    private readonly patients: Patients,
    private readonly viewers: Viewers,
    private readonly playback: Playback,
    private readonly policy: AccessPolicy,
    private readonly verdicts: Verdicts,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * A person opens a recording here.
   * @throws RecordingNotFound, ViewRefused, ViewerIsSuspended, RecordingIsQuarantined, RecordingIsErased, PlaybackIsHalted (the first key,
   * recorded as RecordingViewRefused), ViewWithheld (the second), MonitorUnavailable, LedgerUnavailable
   */
  async open({ viewer, purpose, reason, ...target }: OpenedView, cause: Cause): Promise<ViewAnswer> {
    const [{ suspended }, playbackHalted] = await Promise.all([this.viewers.get(viewer.id), this.playback.halted()]);
    const { releaseMode, ttlMs, maxMs } = this.config.views;
    const now = this.clock.now();
    const command = {
      ...target,
      viewId: uuidv7(),
      viewer: { ...viewer, suspended },
      ...{ purpose, reason, playbackHalted, releaseMode, now: new Date(now).toISOString() },
      expiresAt: new Date(now + ttlMs).toISOString(),
      idleSeconds: ttlMs / 1_000,
      endsAt: new Date(now + maxMs).toISOString(),
    };
    let isBreakGlass = false;
    const answer = await this.recorded(command.viewId, async () => {
      const { events } = await this.ledger.handle(
        this.patients.folds,
        patientStreams.of(target.patientId),
        ({ ledger }) => {
          isBreakGlass = purpose === 'emergency' && !takesPart(ledger, target.consultationId, viewer.id);
          return viewRecording(ledger, command, this.policy);
        },
        cause,
      );
      const [event] = events;
      if (event?.type === 'RecordingViewRefused') throw refused(event.data.reasonCode);
      if (event?.type !== 'RecordingViewed') throw new RecordingNotFound();
      return event.data;
    });
    if (isBreakGlass) await this.assertReviewed({ ...command, ...answer }, viewer.id, cause);
    return answer;
  }

  /**
   * An emergency is let in to be looked at afterwards, and only so often: where the monitor flags none of it, or one too many as any other,
   * the first key has the last word.
   * @throws ViewWithheld, with a breach
   */
  private async assertReviewed(
    { viewId, verdict, patientId, consultationId, recordingId }: ViewAnswer & RecordingRef,
    viewerId: string,
    cause: Cause,
  ): Promise<void> {
    const { ttlMs, emergency } = this.config.views;
    const madeAt = ({ expiresAt = '' }: JudgedView) => Date.parse(expiresAt) - ttlMs;
    const others = otherEmergencies(await this.viewers.get(viewerId), patientId, madeAt, this.clock.now() - DAY_MS);
    if (verdict !== 'cleared' && others < emergency.patientsPerDay) return;
    await this.viewers.revoke({ viewerId, viewId, reason: 'keys-disagree' }, withoutKey(cause));
    const view = { patientId, consultationId, recordingId, viewId, viewerId };
    await this.onDisagreement({ ...view, purpose: 'emergency', source: 'mediated' }, cause);
    throw new ViewWithheld();
  }

  /**
   * A service reports that a viewer opened a recording elsewhere. It is recorded, whatever is filed there; the same report again is
   * answered like the first.
   * @throws MonitorUnavailable (recorded all the same), LedgerUnavailable
   */
  async witness(report: ReportedView, cause: Cause): Promise<ViewAnswer> {
    const command = { ...report, viewId: reportedViewId(report) };
    const stream = patientStreams.of(report.patientId);
    const knows = ({ state }: { state: PatientState }) => isKnown(state.ledger, report);
    // Booked on another instance a moment ago, perhaps.
    if (!knows(await this.patients.known(report.patientId)) && !knows(await this.patients.folds.refresh(stream)))
      return this.reportUnknown(command, cause);
    const { suspended } = await this.viewers.get(command.viewerId);
    let doubted = false;
    const answer = await this.recorded(command.viewId, async () => {
      const { events } = await this.ledger.handle(
        this.patients.folds,
        stream,
        ({ ledger }) => {
          // Only the second key remembers the state at the time of an earlier view.
          doubted = command.occurredAt === undefined && (suspended || !maySee(ledger, command));
          return witnessView(ledger, command);
        },
        cause,
      );
      const [event] = events;
      return event?.type === 'RecordingViewed' ? event.data : { ...command, source: 'witnessed', isRepeated: true };
    });
    return doubted && answer.verdict === 'cleared' ? this.disagree(command, answer, cause) : answer;
  }

  /** A witnessed view was not withheld, so the keys can disagree on it: the monitor cleared what the policy would have refused. */
  private async disagree(
    { viewerId, patientId, consultationId, recordingId, purpose }: WitnessView,
    { viewId }: ViewAnswer,
    cause: Cause,
  ): Promise<ViewAnswer> {
    const view = { patientId, consultationId, recordingId, viewId, viewerId };
    await this.onDisagreement({ ...view, purpose, source: 'witnessed' }, cause);
    return { viewId, verdict: 'flagged', severity: 'critical' };
  }

  /** On the viewer's stream: a patient's own stream must begin with a fact about them, not with a mistyped id in a report. */
  private async reportUnknown(command: WitnessView, cause: Cause): Promise<ViewAnswer> {
    const { events } = await this.ledger.handle(
      this.viewers.folds,
      viewerStreams.of(command.viewerId),
      (viewer) => reportView(viewer, command),
      cause,
    );
    const [event] = events;
    const { viewId, sameAs } = event?.type === 'ViewReported' ? event.data : { ...command, sameAs: undefined };
    return { viewId, verdict: 'flagged', severity: 'critical', ...(sameAs !== undefined && { breachId: sameAs }) };
  }

  /** Records the view and answers with the verdict; the wait for it begins before there is anything to judge. */
  private async recorded(viewId: string, append: () => Promise<RecordedView>): Promise<ViewAnswer> {
    const expected = this.verdicts.expect(viewId);
    try {
      const view = await append();
      if (view.releaseMode === 'policy') return permitted(view, { verdict: 'pending' });
      const { releaseTimeoutMs } = this.config.views;
      const appended = performance.now();
      // The same Idempotency-Key or report came before: the view is the first one, and its verdict may be long there.
      const judged =
        view.viewId === viewId && !view.isRepeated
          ? await expected.within(releaseTimeoutMs)
          : await this.verdictOn(view, releaseTimeoutMs);
      if (!judged) throw new MonitorUnavailable(releaseTimeoutMs);
      this.metrics.verdictSeconds.observe({ verdict: judged.verdict }, (performance.now() - appended) / 1_000);
      return answerTo(view, judged);
    } finally {
      expected.cancel();
    }
  }

  private async verdictOn({ viewId, viewerId }: RecordedView, ms: number): Promise<JudgedView | undefined> {
    const expected = this.verdicts.expect(viewId);
    try {
      return (await this.viewers.judgedEver(viewerId, viewId)) ?? (await expected.within(ms));
    } finally {
      expected.cancel();
    }
  }
}

const DAY_MS = 86_400_000;

/** The key belongs to the view that was asked for, not to what follows from it. */
const withoutKey = ({ idempotency: _, ...cause }: Cause): Cause => cause;

type RecordedView = {
  readonly viewId: string;
  readonly viewerId: string;
  readonly source: 'mediated' | 'witnessed';
  readonly releaseMode?: 'two-key' | 'policy' | undefined;
  readonly expiresAt?: string | undefined;
  readonly endsAt?: string | undefined;
  readonly sameAs?: string | undefined;
  /** Recorded before, by the same report. */
  readonly isRepeated?: boolean;
};

const REPORTS = '4e3b5a6e-6a57-5d0c-9f0a-0b8d3a3c7d55';

/** A report that says when it happened is the same view however often it comes; any other is a view of its own. */
const reportedViewId = ({ patientId, consultationId, recordingId, viewerId, occurredAt }: ReportedView): string =>
  occurredAt === undefined
    ? uuidv7()
    : uuidv5(JSON.stringify([patientId, consultationId, recordingId, viewerId, occurredAt]), REPORTS);

/** @throws ViewWithheld */
const answerTo = (view: RecordedView, { verdict, severity, released: isPermitted }: JudgedView): ViewAnswer => {
  const judged = { verdict, ...(severity && { severity }) };
  if (view.source === 'witnessed')
    return { viewId: view.viewId, ...judged, ...(verdict === 'flagged' && view.sameAs && { breachId: view.sameAs }) };
  if (!isPermitted) throw new ViewWithheld();
  return permitted(view, judged);
};

const permitted = (
  { viewId, expiresAt, endsAt }: RecordedView,
  judged: Pick<ViewAnswer, 'verdict' | 'severity'>,
): ViewAnswer => ({
  viewId,
  ...judged,
  contentUrl: `/v1/views/${viewId}/content`,
  ...(expiresAt !== undefined && { expiresAt }),
  ...(endsAt !== undefined && { endsAt }),
});

const refusalErrors: Readonly<Record<Refusal, () => DomainError>> = {
  'not-a-participant': () => new RecordingNotFound(),
  'no-longer-a-participant': () => new ViewRefused(),
  'viewer-suspended': () => new ViewerIsSuspended(),
  'recording-quarantined': () => new RecordingIsQuarantined(),
  'recording-erased': () => new RecordingIsErased(),
  'playback-halted': () => new PlaybackIsHalted(),
};

/** A reason that an older release recorded and this one does not know tells the caller nothing. */
const refused = (reasonCode: string): DomainError =>
  (Object.hasOwn(refusalErrors, reasonCode)
    ? refusalErrors[reasonCode as Refusal]
    : refusalErrors['not-a-participant'])();
