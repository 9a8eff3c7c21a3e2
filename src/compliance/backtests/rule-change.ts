import { createHash } from 'node:crypto';
import { patientStreams, personStreams, viewerStreams } from '../../../events/categories.ts';
import type { Stream } from '../../../events/category.ts';
import type { DomainEvent, Recorded } from '../../../events/event.ts';
import { heldBy, recorded, UnreadableEvent } from '../../../events/gate.ts';
import type { AnomalyEvent } from '../../../events/rule-events.ts';
import { pack } from '../../../projections/rules/pack.ts';
import type { InForce } from '../../../projections/rules/settings.ts';
import { neededFor, nothingWatched, takeIn, type WatchState } from '../../../projections/rules/watch.ts';
import type { EventSeals } from '../../keys/event-seals.ts';
import { KnownFacts, openedBy } from '../../rules/known-facts.ts';
import { isBy, isFrom, type Moment } from '../log/moment.ts';
import type { StoredLog } from '../log/stored-log.ts';
import { type BacktestProgress, type BacktestResult, BacktestStopped, canonical, type Difference } from './backtest.ts';

export type RuleChangeQuestion = {
  /** How the change is called, and the rule as it is set. */
  readonly rules: string;
  readonly against: string;
  /** Every rule as it is set, and as it would be. */
  readonly before: ReadonlyMap<string, InForce>;
  readonly after: ReadonlyMap<string, InForce>;
  readonly from?: Moment | undefined;
  readonly to?: Moment | undefined;
};

type Found = Extract<AnomalyEvent, { type: 'AnomalyFound' }>['data'];
type Side = { readonly state: WatchState; readonly found: Map<string, Found & { readonly position: number }> };

const STREAMS = { streams: `^(${patientStreams.prefix}|${viewerStreams.prefix}|${personStreams.prefix})` };
/** More of one side than any desk could look at. */
const MOST_FOUND = 500_000;

/** A rule would fire on so much that nothing can be compared. */
export class FiresTooOften extends Error {
  override readonly name = 'FiresTooOften';
  constructor() {
    super(`more than ${MOST_FOUND} findings: choose settings that fire less often, or a shorter time`);
  }
}

/** The version of a rule makes no difference to what it finds: its settings do. */
const watching = { pack, idOf: (key: string) => key.replace(/@[^/]*/, '') };

const sideOf = (inForce: ReadonlyMap<string, InForce>): Side => {
  const state = nothingWatched();
  for (const [name, set] of inForce) state.rules.set(name, set);
  return { state, found: new Map() };
};

/**
 * History once, under the rules beyond one patient as they are set and as they would be, whatever was in force then. Explained findings do not
 * count.
 * @param found hears of each difference, in the order of the log
 * @throws LogCutShort, FiresTooOften, BacktestStopped, and what the store throws
 */
export const backtestRuleChange = async (
  log: StoredLog,
  seals: EventSeals,
  { rules, against, before, after, from, to }: RuleChangeQuestion,
  found: (difference: Difference) => void | Promise<void>,
  progress: BacktestProgress = { position: 0n, events: 0 },
  isStopped: () => boolean = () => false,
): Promise<BacktestResult> => {
  const sides = [sideOf(before), sideOf(after)] as const;
  const facts = new KnownFacts({
    patient: (patientId, first) => eventsOf(log, patientStreams.of(patientId), first),
    person: (personId) => eventsOf(log, personStreams.of(personId), 0),
    opened: openedBy(seals),
  });
  const notJudged = new Map<string, number>();
  let [views, first] = [0, 0];
  for await (const passing of log.all(STREAMS)) {
    if (isStopped()) throw new BacktestStopped();
    if (!isBy(passing, to)) break;
    progress.position = passing.position.commit;
    progress.events += 1;
    try {
      const event = recorded(passing.stored());
      const needed = neededFor(sides[0].state, event);
      const known = needed && (facts.atHand(needed) ?? (await facts.at(needed, event.position)));
      const counts = isFrom(passing, from);
      if (counts && event.type === 'RecordingViewed') views += 1;
      if (counts) first ||= Number(event.position);
      for (const { state, found: all } of sides) {
        for (const { type, data } of takeIn(state, event, watching, known))
          if (counts && type === 'AnomalyFound' && !data.explainedBy)
            all.set(data.anomalyId, { ...data, position: Number(event.position) });
        state.pending.clear();
        if (all.size > MOST_FOUND) throw new FiresTooOften();
      }
      facts.passed(event);
    } catch (error) {
      if (!(error instanceof UnreadableEvent)) throw error;
      notJudged.set(error.message, (notJudged.get(error.message) ?? 0) + 1);
    }
  }
  const [was, is] = [sides[0].found, sides[1].found];
  const differences = [
    ...[...is.values()].flatMap((one) => (was.has(one.anomalyId) ? [] : [differenceOf('newly-flagged', one)])),
    ...[...was.values()].flatMap((one) => (is.has(one.anomalyId) ? [] : [differenceOf('no-longer-flagged', one)])),
  ].sort((a, b) => a.position - b.position);
  const digest = createHash('sha256');
  for (const difference of differences) {
    digest.update(`${canonical(difference)}\n`);
    await found(difference);
  }
  const changed = (change: Difference['change']) => differences.filter((one) => one.change === change).length;
  return {
    ...{ rules, against, emergencyPatients: 0, from: first, to: Number(progress.position), events: progress.events },
    ...{ views, newlyFlagged: changed('newly-flagged'), noLongerFlagged: changed('no-longer-flagged') },
    flaggedOtherwise: 0,
    byRule: pack.flatMap(({ name: rule }) => {
      const [a, b] = [was, is].map((all) => [...all.values()].filter((one) => one.rule === rule).length);
      return a || b ? [{ rule, before: a ?? 0, after: b ?? 0 }] : [];
    }),
    notJudged: [...notJudged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, n]) => ({ reason, views: n })),
    differences: digest.digest('hex'),
  };
};

const differenceOf = (
  change: 'newly-flagged' | 'no-longer-flagged',
  { position, foundAt: at, rule, severity, ...data }: Found & { readonly position: number },
): Difference => {
  const { viewId, viewerId, patientId, consultationId, recordingId } = data;
  const flagged = { verdict: 'flagged', severity, rule, released: true } as const;
  const cleared = { verdict: 'cleared' } as const;
  return {
    ...{ change, position, at },
    ...(viewId !== undefined && { viewId }),
    ...(viewerId !== undefined && { viewerId }),
    ...(patientId !== undefined && { patientId }),
    ...(consultationId !== undefined && { consultationId }),
    ...(recordingId !== undefined && { recordingId }),
    ...(change === 'newly-flagged' ? { before: cleared, after: flagged } : { before: flagged, after: cleared }),
  };
};

async function* eventsOf<E extends DomainEvent>(
  log: StoredLog,
  stream: Stream<E>,
  first: number,
): AsyncGenerator<Recorded<E>> {
  for await (const stored of log.stream(stream))
    if (Number(stored.revision) >= first) yield heldBy(stream, recorded(stored));
}
