import { createHash, hash } from 'node:crypto';
import type { AuditorEvent } from '../../../events/auditor-events.ts';
import { patientStreams, sessionStreams, viewerStreams } from '../../../events/categories.ts';
import type { PatientEvent } from '../../../events/patient-events.ts';
import type { AnomalySeverity } from '../../../events/rule-events.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import {
  judge,
  type RecordingViewed,
  type RuleSet,
  referenceOf,
  type Verdict,
} from '../../../projections/access-rules.ts';
import type { Evidence } from '../../../projections/evidence.ts';
import { noAccess, type RecordingAccess, takeIn } from '../../../projections/recording-access.ts';
import {
  EMERGENCY_ACCESS,
  noStanding,
  takeInViewer,
  type ViewerStanding,
} from '../../../projections/viewer-standing.ts';
import type { SessionOwner } from '../../second-key/evidence.ts';
import { readEvidence, Unbelievable } from '../../second-key/raw-event.ts';
import { LogFolds } from '../log/log-folds.ts';
import { isBy, isFrom, type Moment } from '../log/moment.ts';
import type { Passing, StoredLog } from '../log/stored-log.ts';

export type BacktestQuestion = {
  /** What the rules of this build are compared with. */
  readonly rules: RuleSet;
  readonly against: RuleSet;
  readonly emergencyPatients: number;
  /** Views from then on are compared; what came before is folded all the same. */
  readonly from?: Moment | undefined;
  /** Nothing later is looked at. */
  readonly to?: Moment | undefined;
};

export type BacktestProgress = {
  /** Of the event that was folded last. */
  position: bigint;
  events: number;
};

/** What a rule beyond one patient says. */
type FindingVerdict = Omit<Extract<Verdict, { verdict: 'flagged' }>, 'severity'> & {
  readonly severity: AnomalySeverity;
};

/**
 * A view on which the rule sets differ: in whether, how or why it is flagged. Ids alone. Of rules beyond one patient: a finding, which may be
 * about a viewer, a patient or a release alone.
 */
export type Difference = {
  readonly change: 'newly-flagged' | 'no-longer-flagged' | 'flagged-otherwise';
  readonly position: number;
  readonly at: string;
  readonly viewId?: string;
  readonly viewerId?: string;
  readonly patientId?: string;
  readonly consultationId?: string;
  readonly recordingId?: string;
  readonly before: Verdict | FindingVerdict;
  readonly after: Verdict | FindingVerdict;
};

export type RuleCount = { readonly rule: string; readonly before: number; readonly after: number };

/** The result: the same for ever for the same part of the log and the same rules. */
export type BacktestResult = {
  readonly rules: string;
  readonly against: string;
  readonly emergencyPatients: number;
  /** Of the first and the last event that counted; 0 where there was none. */
  readonly from: number;
  readonly to: number;
  /** Folded, of the streams of patients, viewers and media sessions. */
  readonly events: number;
  /** Compared. */
  readonly views: number;
  readonly newlyFlagged: number;
  readonly noLongerFlagged: number;
  readonly flaggedOtherwise: number;
  readonly byRule: readonly RuleCount[];
  /** Views that were not compared, by the reason. */
  readonly notJudged: readonly { readonly reason: string; readonly views: number }[];
  /** SHA-256 of all differences, each as canonical JSON on a line, in the order of the log. */
  readonly differences: string;
};

const STREAMS = { streams: `^(${patientStreams.prefix}|${viewerStreams.prefix}|${sessionStreams.prefix})` };
const PATIENTS_KEPT = 20_000;
const SESSIONS_KEPT = 50_000;
/** Far fewer than there are views: by stream, the first of each kind of reason. */
const REASONS_KEPT = 1_000;

/** One side of the comparison: its own verdicts say how many emergencies a person had under its rules. */
class Side {
  readonly counts = new Map<string, number>();
  private readonly emergencies = new Map<string, ViewerStanding['emergencies']>();

  constructor(
    readonly rules: RuleSet,
    private readonly emergencyPatients: number,
  ) {}

  judge(
    access: RecordingAccess,
    standing: ViewerStanding,
    view: RecordingViewed,
    owner: SessionOwner | undefined,
  ): Verdict {
    const { viewerId, patientId } = view.data;
    const emergencies = this.emergencies.get(viewerId) ?? [];
    const options = { emergencyPatients: this.emergencyPatients, sessionOwner: owner };
    const verdict = judge(access, { ...standing, emergencies }, view, options, this.rules.rules);
    if (verdict.verdict === 'flagged' && verdict.rule === EMERGENCY_ACCESS)
      this.emergencies.set(viewerId, [
        ...emergencies.filter(({ at }) => at > view.at - DAY_MS),
        { patientId, at: view.at },
      ]);
    return verdict;
  }

  count(verdict: Verdict): void {
    if (verdict.verdict === 'flagged') this.counts.set(verdict.rule, (this.counts.get(verdict.rule) ?? 0) + 1);
  }
}

const DAY_MS = 86_400_000;

/**
 * History once, under two rule sets side by side. Each view is judged where it stands in the log, on what the second key could know there.
 * @param found hears of each difference, in order, and is waited for
 * @param progress is kept current; `isStopped` ends the run
 * @throws LogCutShort, RulesUnusable for a rule that fails, BacktestStopped, and what the store throws
 */
export const backtest = async (
  log: StoredLog,
  { rules, against, emergencyPatients, from, to }: BacktestQuestion,
  found: (difference: Difference) => void | Promise<void>,
  progress: BacktestProgress = { position: 0n, events: 0 },
  isStopped: () => boolean = () => false,
): Promise<BacktestResult> => {
  const [before, after] = [new Side(against, emergencyPatients), new Side(rules, emergencyPatients)];
  const patients = new LogFolds<RecordingAccess>(
    log,
    {
      initial: noAccess,
      take: (access, stored) => {
        const event = readEvidence(stored) as Evidence<PatientEvent>;
        // Nothing is judged by views, and a patient may have many.
        if (event.type === 'RecordingViewed') access.revision = event.revision;
        else takeIn(access, event);
        return access;
      },
    },
    PATIENTS_KEPT,
  );
  const sessions = new LogFolds<{ owner: SessionOwner | undefined }>(
    log,
    {
      initial: () => ({ owner: undefined }),
      take: ({ owner }, stored) => {
        const event = readEvidence(stored);
        return { owner: owner ?? (event.type === 'MediaSessionBound' ? event.data : undefined) };
      },
    },
    SESSIONS_KEPT,
  );
  /** Of those who were ever suspended, and whose streams are not believed. */
  const standings = new Map<string, ViewerStanding>();
  const refused = new Map<string, Unbelievable>();
  const notJudged = new Map<string, number>();
  const digest = createHash('sha256');
  const counts = { views: 0, 'newly-flagged': 0, 'no-longer-flagged': 0, 'flagged-otherwise': 0 };
  let first = 0;

  const passViewer = (passing: Passing) => {
    if (passing.type !== 'ViewerSuspended' && passing.type !== 'ViewerReinstated') return;
    try {
      const event = readEvidence(passing.stored()) as Evidence<ViewerEvent>;
      const standing = standings.get(event.data.viewerId) ?? noStanding();
      takeInViewer(standing, event);
      standings.set(event.data.viewerId, standing);
    } catch (error) {
      if (!(error instanceof Unbelievable)) throw error;
      refused.set(passing.stream, error);
    }
  };
  const judgeView = async (view: RecordingViewed, passing: Passing) => {
    const position = passing.position.commit;
    const { viewerId, patientId, consultationId, recordingId, viewId } = view.data;
    const viewerRefused = refused.get(viewerStreams.of(viewerId));
    if (viewerRefused !== undefined) throw viewerRefused;
    const access = await patients.before(passing.stream, position);
    const session = access.consultations.get(consultationId)?.recordings.get(recordingId)?.mediaSessionId;
    const owner =
      session === undefined ? undefined : (await sessions.before(sessionStreams.of(session), position)).owner;
    const standing = standings.get(viewerId) ?? noStanding();
    const [was, is] = [before.judge(access, standing, view, owner), after.judge(access, standing, view, owner)];
    if (!isFrom(passing, from)) return;
    first ||= Number(position);
    counts.views += 1;
    before.count(was);
    after.count(is);
    const change = changeOf(was, is);
    if (!change) return;
    counts[change] += 1;
    const difference: Difference = {
      ...{ change, position: Number(position), at: new Date(view.at).toISOString() },
      ...{ viewId, viewerId, patientId, consultationId, recordingId, before: was, after: is },
    };
    digest.update(`${canonical(difference)}\n`);
    await found(difference);
  };

  let stoppedAt = 0n;
  for await (const passing of log.all(STREAMS)) {
    if (isStopped()) throw new BacktestStopped();
    if (!isBy(passing, to)) break;
    progress.position = passing.position.commit;
    progress.events += 1;
    stoppedAt = passing.position.commit;
    if (viewerStreams.holds(passing.stream)) passViewer(passing);
    else if (sessionStreams.holds(passing.stream)) sessions.passed(passing.stored());
    else {
      const stored = passing.stored();
      if (passing.type === 'RecordingViewed')
        try {
          await judgeView(readEvidence(stored) as RecordingViewed, passing);
        } catch (error) {
          if (!(error instanceof Unbelievable)) throw error;
          const { message } = error;
          const why =
            notJudged.has(message) || notJudged.size < REASONS_KEPT ? message : 'other events are not believed';
          notJudged.set(why, (notJudged.get(why) ?? 0) + 1);
        }
      patients.passed(stored);
    }
  }
  return {
    ...{ rules: referenceOf(rules), against: referenceOf(against), emergencyPatients },
    ...{ from: first, to: Number(stoppedAt), events: progress.events, views: counts.views },
    ...{ newlyFlagged: counts['newly-flagged'], noLongerFlagged: counts['no-longer-flagged'] },
    flaggedOtherwise: counts['flagged-otherwise'],
    byRule: [...new Set([...before.counts.keys(), ...after.counts.keys()])].sort().map((rule) => ({
      ...{ rule, before: before.counts.get(rule) ?? 0, after: after.counts.get(rule) ?? 0 },
    })),
    notJudged: [...notJudged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, views]) => ({ reason, views })),
    differences: digest.digest('hex'),
  };
};

/** The run was asked to stop. */
export class BacktestStopped extends Error {
  override readonly name = 'BacktestStopped';
}

/** SHA-256 of the result's canonical JSON: another run over the same part of the log has the same. */
export const digestOf = (result: BacktestResult): string => hash('sha256', canonical(result), 'hex');

/** As a result has it of its differences. */
export const digestOfAll = (differences: readonly Difference[]): string => {
  const digest = createHash('sha256');
  for (const one of differences) digest.update(`${canonical(one)}\n`);
  return digest.digest('hex');
};

/** JSON with the members of each object in the order of their names, as RFC 8785 has it. */
export const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
};

const changeOf = (was: Verdict, is: Verdict): Difference['change'] | undefined => {
  if (was.verdict === 'cleared') return is.verdict === 'cleared' ? undefined : 'newly-flagged';
  if (is.verdict === 'cleared') return 'no-longer-flagged';
  const isSame = was.rule === is.rule && was.severity === is.severity && was.released === is.released;
  return isSame ? undefined : 'flagged-otherwise';
};

/** The event that puts a result on record. */
export const backtestRun = (
  run: { readonly auditorId: string; readonly backtestId: string },
  { rules, against, from, to, events, newlyFlagged, noLongerFlagged }: BacktestResult,
  digest: string,
) =>
  ({
    type: 'BacktestRun',
    data: { ...run, rules, against, from, to, events, newlyFlagged, noLongerFlagged, digest },
  }) satisfies AuditorEvent;
