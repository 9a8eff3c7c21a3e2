import type { DrillEvent, DrillScheduleEvent } from '../../events/drill-events.ts';
import type { Drill, DrillSchedule, DrillState } from '../../projections/drill.ts';
import { OwnCase } from '../access/errors.ts';
import { DrillIsClosed, DrillNotFound } from './errors.ts';

type Of<T extends (DrillEvent | DrillScheduleEvent)['type']> = Extract<DrillEvent | DrillScheduleEvent, { type: T }>;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A request that no second person took up by then is over: who asked no longer expects pages. */
const TAKEN_UP_WITHIN_MS = DAY_MS;

const iso = (ms: number): string => new Date(ms).toISOString();

/** @throws DrillNotFound */
export const known = (state: DrillState): Drill => {
  if (!state) throw new DrillNotFound();
  return state;
};

/**
 * A second person lets it begin. The same person again changes nothing.
 * @throws DrillNotFound, OwnCase, DrillIsClosed
 */
export const begin = (
  state: DrillState,
  { by, now }: { readonly by: string; readonly now: number },
): Of<'DrillBegan'>[] => {
  const drill = known(state);
  if (by === drill.requestedBy) throw new OwnCase('a drill is begun by another person than the one who asked for it');
  if (drill.status !== 'requested') {
    if (drill.status === 'running' && by === drill.begunBy) return [];
    throw new DrillIsClosed(drill.status === 'running' ? 'the drill was begun already' : 'the drill is over');
  }
  if (now - Date.parse(drill.requestedAt) > TAKEN_UP_WITHIN_MS)
    throw new DrillIsClosed('the drill was asked for more than a day ago: ask for another one');
  const { drillId, limitMinutes } = drill;
  return [
    { type: 'DrillBegan', data: { drillId, begunBy: by, at: iso(now), until: iso(now + limitMinutes * MINUTE_MS) } },
  ];
};

/** Its views are taken note of once, while it runs. */
export const carryOut = (state: DrillState, data: Of<'DrillCarriedOut'>['data']): Of<'DrillCarriedOut'>[] =>
  state?.status === 'running' && !state.carriedOut ? [{ type: 'DrillCarriedOut', data }] : [];

/** The first report counts. */
export const report = (state: DrillState, data: Of<'DrillReported'>['data']): Of<'DrillReported'>[] =>
  state?.status === 'running' ? [{ type: 'DrillReported', data }] : [];

/** Days are counted anew where there are others than before. */
export const schedule = (state: DrillSchedule, everyDays: number, now: number): Of<'DrillsScheduled'>[] =>
  (state?.everyDays ?? 0) === everyDays ? [] : [{ type: 'DrillsScheduled', data: { everyDays, at: iso(now) } }];

/** When the next drill is due, in milliseconds since the epoch; undefined where none is. */
export const dueAt = (state: DrillSchedule, lastBegunAt: string | undefined): number | undefined =>
  !state || state.everyDays === 0
    ? undefined
    : Math.max(Date.parse(state.since), Date.parse(lastBegunAt ?? state.since)) + state.everyDays * DAY_MS;

/** Once for each time that one was due; days are counted anew from here. */
export const miss = (
  state: DrillSchedule,
  lastBegunAt: string | undefined,
  { now, incidentId }: { readonly now: number; readonly incidentId: string },
): Of<'DrillMissed'>[] => {
  const due = dueAt(state, lastBegunAt);
  return due === undefined || now < due
    ? []
    : [{ type: 'DrillMissed', data: { dueAt: iso(due), incidentId, at: iso(now) } }];
};
