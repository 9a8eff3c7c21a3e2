import { diaryStreams, patientStreams, playbackSwitch, viewerStreams } from '../../../events/categories.ts';
import type { Category } from '../../../events/category.ts';
import { drillAlone } from '../../../events/drill-events.ts';
import type { DomainEvent, Recorded } from '../../../events/event.ts';
import { recorded, UnreadableEvent } from '../../../events/gate.ts';
import type { PatientEvent } from '../../../events/patient-events.ts';
import { isSealed, type Sealable } from '../../../events/sealed.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import type { Evidence } from '../../../projections/evidence.ts';
import { NOW, noAccess, type RecordingAccess, takeIn, tookPart } from '../../../projections/recording-access.ts';
import { type Halted, isHaltedFor, playbackFold } from '../../access/playing/playback.ts';
import { evolveViewer, noViews, type ViewerLedger } from '../../access/viewers/evolve.ts';
import { viewRecording } from '../../access/views/decide.ts';
import { AccessPolicy, refusals } from '../../access/views/policy.ts';
import { type Diary, emptyDiary, evolve as evolveDiary } from '../../consultations/diary/evolve.ts';
import { RecordingNotFound } from '../../consultations/errors.ts';
import { type PatientState, patientFold } from '../../consultations/patients.ts';
import {
  ListDiaryConsultationsHandler,
  ListPatientConsultationsHandler,
  MyConsultations,
  MyConsultationsHandler,
  type ReadsDiaries,
  type ReadsPatients,
} from '../../consultations/queries.ts';
import type { Fold, Folded } from '../../ledger/folds.ts';
import { RoleName } from '../../request/actor.ts';
import { readEvidence, Unbelievable } from '../../second-key/raw-event.ts';
import { type LogFold, LogFolds } from '../log/log-folds.ts';
import { isBy, isFrom, type Moment } from '../log/moment.ts';
import type { Passing, Position, StoredLog } from '../log/stored-log.ts';

/** The code that answers, and is about to be deployed. */
export type Build = {
  readonly policy: AccessPolicy;
  readonly lists: (patients: ReadsPatients, diaries: ReadsDiaries) => Pick<MyConsultationsHandler, 'execute'>;
};

/** The policy and the lists of this very build, as its routes use them. */
export const thisBuild: Build = {
  policy: new AccessPolicy(),
  lists: (patients, diaries) =>
    new MyConsultationsHandler(
      new ListPatientConsultationsHandler(patients),
      new ListDiaryConsultationsHandler(patients, diaries),
    ),
};

export type RehearsalQuestion = {
  readonly from?: Moment | undefined;
  readonly to?: Moment | undefined;
  /** The newest so many. */
  readonly questions?: number | undefined;
};

export type RehearsalProgress = { position: bigint; questions: number };

/** An answer of this build that differs from the one that was given. Ids and codes alone. */
export type Finding = {
  /** The first two must not be deployed; the others are for a person to know. */
  readonly change: 'deny-to-allow' | 'lists-what-is-not-theirs' | 'allow-to-deny' | 'no-longer-listed';
  readonly position: number;
  readonly at: string;
  /** The event that holds the question. */
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;
  readonly viewerId: string;
  readonly patientId: string;
  readonly consultationId: string;
  readonly recordingId?: string;
  readonly viewId?: string;
  /** The answer that was given, and this build's. */
  readonly was: string;
  readonly is: string;
};

export type RehearsalResult = {
  /** Positions of the first and the last question; 0 where there was none. */
  readonly from: number;
  readonly to: number;
  readonly asked: Counts;
  readonly replayed: Counts;
  readonly changes: Readonly<Record<Finding['change'], number>>;
  readonly notReplayable: readonly { readonly reason: string; readonly questions: number }[];
};
type Kind = 'views' | 'refusals' | 'lists';
type Counts = Readonly<Record<Kind, number>>;

/** Whether it may be deployed, as far as these questions tell. */
export const holds = ({ changes }: RehearsalResult): boolean =>
  changes['deny-to-allow'] === 0 && changes['lists-what-is-not-theirs'] === 0;

const STREAMS = {
  streams: `^(${patientStreams.prefix}|${viewerStreams.prefix}|${diaryStreams.prefix}|${playbackSwitch.stream}$)`,
};
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['RecordingViewed', 'views'],
  ['RecordingViewRefused', 'refusals'],
  ['ConsultationsListed', 'lists'],
]);
const KEPT = 5_000;
const PAGE = 200;
/** More consultations than a person ever has: a list that does not end is a fault of its own. */
const MOST_PAGES = 1_000;

/** Why a question of the past cannot be put again. */
class NotReplayable extends Error {}

const gated = <S, E extends DomainEvent>(category: Category<E>, { initial, evolve }: Fold<S, E>): LogFold<S> => ({
  initial,
  take: (state, stored) => {
    const event = recorded(stored);
    return category.includes(event) ? evolve(state, event) : state;
  },
});

const evidenceFold: LogFold<RecordingAccess> = {
  initial: noAccess,
  take: (access, stored) => {
    takeIn(access, readEvidence(stored) as Evidence<PatientEvent>);
    return access;
  },
};

type Question = Recorded<
  Extract<PatientEvent | ViewerEvent, { type: 'RecordingViewed' | 'RecordingViewRefused' | 'ConsultationsListed' }>
>;

/**
 * Puts the questions that people really asked to a build again, each where it stands in the log: nothing is served, nothing is written. Views
 * are decided by the policy; lists are made by the list code and looked through with the second key's evidence, which shares no code with it.
 */
export class Rehearsal {
  private readonly patients: LogFolds<PatientState>;
  private readonly viewers: LogFolds<ViewerLedger>;
  private readonly diaries: LogFolds<Diary>;
  private readonly playback: LogFolds<Halted>;
  private readonly evidence: LogFolds<RecordingAccess>;
  private readonly lists: Pick<MyConsultationsHandler, 'execute'>;
  /** Of the question that is being answered: nothing from there on is known. */
  private at = 0n;

  private readonly asked = { views: 0, refusals: 0, lists: 0 };
  private readonly replayed = { views: 0, refusals: 0, lists: 0 };
  private readonly changes: Record<Finding['change'], number> = {
    ...{ 'deny-to-allow': 0, 'lists-what-is-not-theirs': 0, 'allow-to-deny': 0, 'no-longer-listed': 0 },
  };
  private readonly notReplayable = new Map<string, number>();

  /** @param found hears of each difference, in the order of the log, and is waited for */
  constructor(
    private readonly log: StoredLog,
    private readonly build: Build,
    private readonly found: (finding: Finding) => void | Promise<void>,
    private readonly progress: RehearsalProgress = { position: 0n, questions: 0 },
  ) {
    this.patients = new LogFolds(log, gated(patientStreams, patientFold), KEPT);
    this.viewers = new LogFolds(log, gated(viewerStreams, { initial: noViews, evolve: evolveViewer }), KEPT);
    this.diaries = new LogFolds(log, gated(diaryStreams, { initial: emptyDiary, evolve: evolveDiary }), KEPT);
    this.playback = new LogFolds(log, gated(playbackSwitch, playbackFold), 1);
    this.evidence = new LogFolds(log, evidenceFold, KEPT);
    const answered = <S>(stream: string, state: S): Folded<S> => ({ stream, state, revision: -1, commands: new Map() });
    const patients: ReadsPatients = {
      get: async (patientId) => {
        const stream = patientStreams.of(patientId);
        return answered(stream, await this.patients.before(stream, this.at));
      },
    };
    const diaries: ReadsDiaries = {
      folds: { get: async (stream) => answered(stream, await this.diaries.before(stream, this.at)) },
    };
    this.lists = build.lists(patients, diaries);
  }

  /** Once. @throws LogCutShort, and what the store throws */
  async run({ from, to, questions }: RehearsalQuestion): Promise<RehearsalResult> {
    const isWanted = (passing: Passing) => isQuestion(passing) && isFrom(passing, from) && isBy(passing, to);
    const start = from || questions !== undefined ? await this.first({ from, to, questions }) : 'start';
    let [first, last] = [0, 0];
    if (start)
      for await (const passing of this.log.all(STREAMS, start)) {
        if (!isBy(passing, to)) break;
        this.progress.position = passing.position.commit;
        if (isWanted(passing)) {
          last = Number(passing.position.commit);
          first ||= last;
          this.progress.questions += 1;
          await this.ask(passing);
        }
        this.passed(passing);
      }
    return {
      ...{ from: first, to: last, asked: this.asked, replayed: this.replayed, changes: this.changes },
      notReplayable: [...this.notReplayable]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([reason, count]) => ({ reason, questions: count })),
    };
  }

  /** Where the oldest question that is wanted stands; what lies before is read stream by stream where it is needed. */
  private async first({
    from,
    to,
    questions = Number.POSITIVE_INFINITY,
  }: RehearsalQuestion): Promise<Position | undefined> {
    let oldest: Position | undefined;
    let count = 0;
    for await (const passing of this.log.backwards({ types: [...KINDS.keys()] })) {
      if (count >= questions || !isFrom(passing, from)) break;
      if (!isQuestion(passing) || !isBy(passing, to)) continue;
      count += 1;
      oldest = passing.position;
    }
    return oldest;
  }

  private passed(passing: Passing): void {
    const { stream } = passing;
    if (patientStreams.holds(stream)) {
      this.patients.passed(passing.stored());
      this.evidence.passed(passing.stored());
    } else if (viewerStreams.holds(stream)) this.viewers.passed(passing.stored());
    else if (diaryStreams.holds(stream)) this.diaries.passed(passing.stored());
    else if (playbackSwitch.holds(stream)) this.playback.passed(passing.stored());
  }

  private async ask(passing: Passing): Promise<void> {
    const kind = KINDS.get(passing.type) as Kind;
    this.at = passing.position.commit;
    this.asked[kind] += 1;
    try {
      const question = recorded(passing.stored());
      if (question.type === 'ConsultationsListed') await this.askForList(question);
      else if (question.type === 'RecordingViewed' || question.type === 'RecordingViewRefused')
        await this.askForView(question);
      this.replayed[kind] += 1;
    } catch (error) {
      const isExpected =
        error instanceof NotReplayable || error instanceof UnreadableEvent || error instanceof Unbelievable;
      if (!isExpected) throw error;
      const reason = error instanceof NotReplayable ? error.message : `the log cannot be read there: ${error.message}`;
      this.notReplayable.set(reason, (this.notReplayable.get(reason) ?? 0) + 1);
    }
  }

  private async askForView(
    question: Recorded<Extract<PatientEvent, { type: 'RecordingViewed' | 'RecordingViewRefused' }>>,
  ) {
    const { data } = question;
    if ('source' in data && data.source === 'witnessed')
      throw new NotReplayable('a service reported the view: no policy was asked');
    if (drillAlone(data) !== undefined)
      throw new NotReplayable('a view of a drill: a policy that is wrong on purpose was asked');
    const was = 'reasonCode' in data ? data.reasonCode : 'allowed';
    if (was !== 'allowed' && !(refusals as readonly string[]).includes(was))
      throw new NotReplayable(`refused by something else than the policy: ${was}`);
    const { ledger } = await this.patients.before(question.stream, this.at);
    const { suspended } = await this.viewers.before(viewerStreams.of(data.viewerId), this.at);
    const halted = await this.playback.before(playbackSwitch.stream, this.at);
    const playbackHalted = isHaltedFor(halted, question.metadata.appVersion);
    // Another instance may have refused before it heard that the switch, or the person, was released again.
    if ((was === 'viewer-suspended' && !suspended) || (was === 'playback-halted' && !playbackHalted))
      throw new NotReplayable(`${was} by then, and no longer where the refusal was recorded`);
    const { patientId, consultationId, recordingId, viewId, viewerId, viewerRoles, purpose } = data;
    const command = {
      ...{ patientId, consultationId, recordingId, viewId, purpose, playbackHalted },
      viewer: { id: viewerId, roles: viewerRoles, suspended },
      reason: 'reason' in data ? asGiven(data.reason) : reasonGivenFor(was),
      releaseMode: 'two-key' as const,
      // Until when it could be played is no part of the question.
      ...{ now: question.recordedAt, expiresAt: question.recordedAt, idleSeconds: 1, endsAt: question.recordedAt },
    };
    const is = this.answerTo(() => {
      const [event] = viewRecording(ledger, command, this.build.policy);
      return event.type === 'RecordingViewed' ? 'allowed' : event.data.reasonCode;
    });
    if ((was === 'allowed') === (is === 'allowed')) return;
    const about = { viewerId, patientId, consultationId, recordingId, viewId };
    await this.tell(question, is === 'allowed' ? 'deny-to-allow' : 'allow-to-deny', { ...about, was, is });
  }

  /** A build that fails on a question lets no viewer in. */
  private answerTo(ask: () => string): string {
    try {
      return ask();
    } catch (error) {
      if (error instanceof RecordingNotFound) return error.code;
      return `fails: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  private async askForList(question: Recorded<Extract<ViewerEvent, { type: 'ConsultationsListed' }>>): Promise<void> {
    const { viewerId, shown } = question.data;
    const { actor } = question.metadata;
    if (actor.id !== viewerId) throw new NotReplayable('a list whose caller is not the one it was shown to');
    if (actor.roles.includes('service')) throw new NotReplayable('a service asked for the list of one patient');
    const roles = actor.roles.flatMap((role) => RoleName.safeParse(role).data ?? []);
    const listed = new Set<string>();
    for await (const { patientId, consultationId } of this.listFor({ id: viewerId, roles })) {
      listed.add(`${patientId} ${consultationId}`);
      if (await this.takesPart(viewerId, { patientId, consultationId })) continue;
      const wasShown = shown.some((one) => one.patientId === patientId && one.consultationId === consultationId);
      const about = { viewerId, patientId, consultationId };
      const was = wasShown ? 'listed' : 'not listed';
      await this.tell(question, 'lists-what-is-not-theirs', { ...about, was, is: 'listed' });
    }
    for (const { patientId, consultationId } of shown) {
      const about = { viewerId, patientId, consultationId };
      if (listed.has(`${patientId} ${consultationId}`) || !(await this.takesPart(viewerId, about))) continue;
      await this.tell(question, 'no-longer-listed', { ...about, was: 'listed', is: 'not listed' });
    }
  }

  /** The whole list: which page was asked for is not on record. */
  private async *listFor(actor: MyConsultations['actor']) {
    let after: MyConsultations['query']['after'];
    for (let page = 0; page < MOST_PAGES; page++) {
      const { items, next } = await this.lists.execute(new MyConsultations(actor, { after, limit: PAGE }));
      yield* items;
      if (next === null) return;
      after = next;
    }
    throw new NotReplayable('the list does not come to an end');
  }

  private async takesPart(personId: string, place: { readonly patientId: string; readonly consultationId: string }) {
    return tookPart(await this.evidence.before(patientStreams.of(place.patientId), this.at), place, personId, NOW);
  }

  private async tell(
    { position, recordedAt, id, stream, revision }: Question,
    change: Finding['change'],
    about: Pick<Finding, 'viewerId' | 'patientId' | 'consultationId' | 'recordingId' | 'viewId' | 'was' | 'is'>,
  ): Promise<void> {
    this.changes[change] += 1;
    await this.found({ change, position: Number(position), at: recordedAt, eventId: id, stream, revision, ...about });
  }
}

/**
 * A refusal does not keep the reason that came with the question. That the caller takes no part is the first thing the policy says where none was
 * given, so that by any other code one was, or was not needed.
 */
const reasonGivenFor = (was: string): string | undefined =>
  was === 'not-a-participant' || was === 'no-longer-a-participant' ? undefined : 'not on record';

/** That there was one is all that is asked of it: one that is sealed is never blank. */
const asGiven = (reason: Sealable<string> | undefined): string | undefined => (isSealed(reason) ? 'sealed' : reason);

const isQuestion = ({ type, stream }: Passing): boolean => {
  const kind = KINDS.get(type);
  return kind !== undefined && (kind === 'lists' ? viewerStreams : patientStreams).holds(stream);
};
