import {
  accountStreams,
  auditorStreams,
  breachStreams,
  contentStreams,
  deliveryStreams,
  diaryStreams,
  drillSchedule,
  drillStreams,
  erasureStreams,
  groupingStream,
  incidentStreams,
  patientStreams,
  personStreams,
  playbackSwitch,
  privacyStreams,
  rulesStream,
  sessionStreams,
  viewerStreams,
  webhooksStream,
} from '../../events/categories.ts';
import type { Category } from '../../events/category.ts';
import type { DomainEvent, Recorded } from '../../events/event.ts';
import { evolveBreach, noBreach } from '../../projections/breach.ts';
import { breachBoard } from '../../projections/breach-board.ts';
import { drillBoard, drillScheduleFold, evolveDrill } from '../../projections/drill.ts';
import { erasureBoard, evolveErasure } from '../../projections/erasure.ts';
import type { Evidence } from '../../projections/evidence.ts';
import { exportJobs } from '../../projections/exports.ts';
import { fileReadings } from '../../projections/file-readings.ts';
import { groupings } from '../../projections/grouping.ts';
import { historyReads } from '../../projections/history-reads.ts';
import { evolveIncident, noIncident } from '../../projections/incident.ts';
import { incidentBoard, incidentBreaches } from '../../projections/incident-board.ts';
import { clockedFold, incidentClocks } from '../../projections/incident-clocks.ts';
import { mediaSessions } from '../../projections/media-session.ts';
import { myConsultations } from '../../projections/my-consultations.ts';
import { pagingDesk } from '../../projections/paging.ts';
import type { Projection } from '../../projections/projection.ts';
import { noAccess, takeIn } from '../../projections/recording-access.ts';
import { nothingReplayed, replay } from '../../projections/replayed.ts';
import { noCare, takeCare } from '../../projections/rules/care.ts';
import { noStanding, takeInViewer } from '../../projections/viewer-standing.ts';
import { noTimeline, takeInTimeline } from '../../projections/viewer-timeline.ts';
import { webhookDeliveries } from '../../projections/webhook-deliveries.ts';
import { registeredWebhooks } from '../../projections/webhooks.ts';
import { playbackFold } from '../../src/access/playing/playback.ts';
import { evolveViewer, noViews } from '../../src/access/viewers/evolve.ts';
import { foldListing, nothingShown } from '../../src/compliance/accesses/accesses.ts';
import { foldPlayed, nothingPlayed } from '../../src/compliance/accesses/played-views.ts';
import { evolveExports, noExports } from '../../src/compliance/exports/evolve.ts';
import { accountFold } from '../../src/console/accounts.ts';
import { emptyDiary, evolve as evolveDiary } from '../../src/consultations/diary/evolve.ts';
import { patientFold } from '../../src/consultations/patients.ts';
import { sessionFold } from '../../src/consultations/sessions.ts';
import type { Fold } from '../../src/ledger/folds.ts';
import { peopleFold } from '../../src/people/evolve.ts';
import { evolvePrivacy, noPrivacy } from '../../src/privacy/evolve.ts';
import { contentFold } from '../../src/recordings/same-bytes.ts';
import { rulesFold } from '../../src/rules/evolve.ts';
import { accountEvidence, sessionEvidence, switchEvidence } from '../../src/second-key/evidence.ts';
import type { EvidenceFold, Taken } from '../../src/second-key/evidence-folds.ts';
import { deliveryFold, webhooksFold } from '../../src/webhooks/evolve.ts';
import { synthetic } from './synthetic.ts';

/*
 * Every fold there is. `test/projections/folds.spec.ts` finds the places where one is made in the source, and fails for one that no line
 * here names.
 */

export type RegisteredFold = {
  readonly name: string;
  /** Where it is made or used, as the test finds it. */
  readonly places: readonly string[];
  readonly events: (count: number) => readonly unknown[];
  /** Folds what `events` made, from nothing. */
  readonly fold: (events: readonly unknown[]) => void;
};

/** What a fold of one stream makes of it: all of the events are on one. */
const live = <S, E extends DomainEvent>(
  name: string,
  category: Category<E>,
  { initial, evolve }: Fold<S, E>,
  ...places: readonly string[]
): RegisteredFold => ({
  ...{ name, places },
  events: (count) => [...synthetic(category, count)],
  fold: (events) => {
    let state = initial();
    for (const event of events as readonly Recorded<E>[]) state = evolve(state, event);
  },
});

/** One that is changed in place, by one reader. */
const inPlace = <S, E extends DomainEvent>(
  name: string,
  category: Category<E>,
  { initial, take }: { readonly initial: () => S; readonly take: (state: S, event: Evidence<E> & Recorded<E>) => void },
  ...places: readonly string[]
): RegisteredFold => ({
  ...{ name, places },
  events: (count) =>
    [...synthetic(category, count)].map((event) => ({
      ...event,
      ...{ at: Date.parse(event.recordedAt), actor: event.metadata.actor, intended: true },
    })),
  fold: (events) => {
    const state = initial();
    for (const event of events as readonly (Evidence<E> & Recorded<E>)[]) take(state, event);
  },
});

const believed = <S extends Taken>(
  name: string,
  category: Category,
  { initial, takeIn: take }: EvidenceFold<S>,
  place: string,
) => inPlace(name, category, { initial, take: (state, event) => take(state, event as never) }, place);

/** So many rounds are about one key: what the desk does about one breach, what befalls one delivery. A view is kept as a whole. */
const ROUNDS_OF_A_KEY = 20;

/** What a read model keeps, of many streams. */
const kept = <View, E extends DomainEvent>(
  { name, categories: [category], keysOf, evolve }: Projection<View, E>,
  ...places: readonly string[]
): RegisteredFold => ({
  ...{ name, places },
  events: (count) => [...synthetic(category as Category<E>, count, ROUNDS_OF_A_KEY)],
  fold: (events) => {
    const views = new Map<string, View>();
    for (const event of events as readonly Recorded<E>[])
      for (const key of keysOf(event)) {
        const after = evolve(views.get(key), event, key);
        if (after !== undefined) views.set(key, after);
      }
  },
});

const ACCESS = 'projections/recording-access.ts';
const STANDING = 'projections/viewer-standing.ts';
const BACKTEST = 'src/compliance/backtests/backtest.ts';
const REHEARSAL = 'src/compliance/rehearsal/rehearsal.ts';
const EVIDENCE = 'src/second-key/evidence.ts';

export const registeredFolds: readonly RegisteredFold[] = [
  live('patient', patientStreams, patientFold, 'src/consultations/patients.ts', REHEARSAL),
  live('my-consultations', patientStreams, myConsultations, 'projections/my-consultations.ts'),
  live(
    'diary',
    diaryStreams,
    { initial: emptyDiary, evolve: evolveDiary },
    'src/consultations/diary/diaries.ts',
    REHEARSAL,
  ),
  live('session', sessionStreams, sessionFold, 'src/consultations/sessions.ts'),
  live('content', contentStreams, contentFold, 'src/recordings/same-bytes.ts'),
  live('viewer', viewerStreams, { initial: noViews, evolve: evolveViewer }, 'src/access/viewers/viewers.ts', REHEARSAL),
  live(
    'listings',
    viewerStreams,
    { initial: nothingShown, evolve: foldListing },
    'src/compliance/accesses/accesses.ts',
  ),
  live(
    'played-views',
    patientStreams,
    { initial: nothingPlayed, evolve: foldPlayed },
    'src/compliance/accesses/accesses.ts',
  ),
  live('account', accountStreams, accountFold, 'src/console/accounts.ts'),
  live('playback', playbackSwitch, playbackFold, 'src/access/playing/playback.ts', REHEARSAL),
  live('breach', breachStreams, { initial: noBreach, evolve: evolveBreach }, 'src/breaches/breaches.ts'),
  live(
    'incident',
    incidentStreams,
    { initial: noIncident, evolve: evolveIncident },
    'src/paging/followed-incidents.ts',
  ),
  live(
    'incident-clocks',
    incidentStreams,
    clockedFold,
    'projections/incident-clocks.ts',
    'src/incidents/clocks/watch.ts',
  ),
  live('grouping', groupingStream, groupings, 'projections/grouping.ts', 'src/incidents/incidents.ts'),
  live('privacy', privacyStreams, { initial: noPrivacy, evolve: evolvePrivacy }, 'src/privacy/privacy.ts'),
  live('person', personStreams, peopleFold, 'src/people/people.ts'),
  live('rules', rulesStream, rulesFold, 'src/rules/rules.ts'),
  live('webhooks', webhooksStream, webhooksFold, 'src/webhooks/webhooks.ts'),
  live('delivery', deliveryStreams, deliveryFold, 'src/webhooks/deliveries.ts'),
  live('exports', auditorStreams, { initial: noExports, evolve: evolveExports }, 'src/compliance/exports/exports.ts'),
  live('drill', drillStreams, { initial: () => undefined, evolve: evolveDrill }, 'src/drills/drills.ts'),
  live('erasure', erasureStreams, { initial: () => undefined, evolve: evolveErasure }, 'src/erasure/erasures.ts'),
  live('drill-schedule', drillSchedule, drillScheduleFold, 'projections/drill.ts', 'src/drills/watch.ts'),

  inPlace(
    'second key: patient',
    patientStreams,
    { initial: noAccess, take: takeIn },
    ACCESS,
    EVIDENCE,
    REHEARSAL,
    BACKTEST,
  ),
  inPlace('second key: viewer', viewerStreams, { initial: noStanding, take: takeInViewer }, STANDING, EVIDENCE),
  believed('second key: session', sessionStreams as unknown as Category, sessionEvidence, EVIDENCE),
  believed('second key: account', accountStreams as unknown as Category, accountEvidence, EVIDENCE),
  believed('second key: playback', playbackSwitch as unknown as Category, switchEvidence, EVIDENCE),
  // Of a session the same as the second key's own.
  believed('backtest: session', sessionStreams as unknown as Category, sessionEvidence, BACKTEST),
  inPlace('timeline', viewerStreams, { initial: noTimeline, take: takeInTimeline }, 'projections/viewer-timeline.ts'),
  inPlace('replay', patientStreams, { initial: nothingReplayed, take: replay }, 'projections/replayed.ts'),
  inPlace('care', patientStreams, { initial: noCare, take: takeCare }, 'projections/rules/care.ts'),

  kept(breachBoard, 'projections/breach-board.ts'),
  kept(incidentBoard, 'projections/incident-board.ts'),
  kept(incidentBreaches, 'projections/incident-board.ts'),
  kept(incidentClocks, 'projections/incident-clocks.ts'),
  kept(pagingDesk, 'projections/paging.ts'),
  kept(exportJobs, 'projections/exports.ts'),
  kept(historyReads, 'projections/history-reads.ts'),
  kept(fileReadings, 'projections/file-readings.ts'),
  kept(drillBoard, 'projections/drill.ts'),
  kept(erasureBoard, 'projections/erasure.ts'),
  // What is told of one session ends with it.
  kept(mediaSessions, 'projections/media-session.ts', 'src/media/sessions.ts'),
  kept(webhookDeliveries, 'projections/webhook-deliveries.ts'),
  kept(registeredWebhooks, 'projections/webhooks.ts'),
];
