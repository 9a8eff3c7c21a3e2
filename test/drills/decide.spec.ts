import type { DrillEvent, DrillScheduleEvent } from '../../events/drill-events.ts';
import type { Appended } from '../../events/event.ts';
import { type DrillState, drillScheduleFold, evolveDrill } from '../../projections/drill.ts';
import { OwnCase } from '../../src/access/errors.ts';
import { begin, carryOut, dueAt, miss, report, schedule } from '../../src/drills/decide.ts';
import { DrillIsClosed, DrillNotFound } from '../../src/drills/errors.ts';

const drillId = '0192f0c1-0000-7000-8000-000000000001';
const START = Date.parse('2026-03-01T09:00:00.000Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const iso = (ms: number) => new Date(ms).toISOString();

const requested: DrillEvent = {
  type: 'DrillRequested',
  data: { drillId, patients: 3, limitMinutes: 60, requestedBy: 'oncall-1', at: iso(START) },
};
const began: DrillEvent = {
  type: 'DrillBegan',
  data: { drillId, begunBy: 'officer-1', at: iso(START), until: iso(START + HOUR_MS) },
};
const carriedOut: DrillEvent = {
  type: 'DrillCarriedOut',
  data: { drillId, views: [], bytesLeaked: 0, egressPrevented: 3, egressPassed: 0, at: iso(START) },
};
const reported: DrillEvent = {
  type: 'DrillReported',
  data: {
    ...{ drillId, outcome: 'passed', reasons: [], views: 3, flagged: 3, bytesLeaked: 0, egressPrevented: 3 },
    at: iso(START),
  },
};
const given = (...events: DrillEvent[]) =>
  events.reduce<DrillState>((drill, event) => evolveDrill(drill, event as Appended<DrillEvent>), undefined);

describe('beginning a drill', () => {
  it('is for a second person, and sets its limit', () => {
    expect(begin(given(requested), { by: 'officer-1', now: START })).toEqual([began]);
    expect(() => begin(given(requested), { by: 'oncall-1', now: START })).toThrow(OwnCase);
    expect(() => begin(given(requested, began), { by: 'oncall-1', now: START })).toThrow(OwnCase);
  });

  it('happens once', () => {
    expect(begin(given(requested, began), { by: 'officer-1', now: START })).toEqual([]);
    expect(() => begin(given(requested, began), { by: 'officer-2', now: START })).toThrow(DrillIsClosed);
    expect(() => begin(given(requested, began, reported), { by: 'officer-1', now: START })).toThrow(DrillIsClosed);
  });

  it('is refused where there is none, or where it was asked for the day before', () => {
    expect(() => begin(undefined, { by: 'officer-1', now: START })).toThrow(DrillNotFound);
    expect(begin(given(requested), { by: 'officer-1', now: START + DAY_MS })).toHaveLength(1);
    expect(() => begin(given(requested), { by: 'officer-1', now: START + DAY_MS + 1 })).toThrow(DrillIsClosed);
  });
});

describe('what is seen of a drill', () => {
  it('counts once, and only while it runs', () => {
    expect(carryOut(given(requested), carriedOut.data as never)).toEqual([]);
    expect(carryOut(given(requested, began), carriedOut.data as never)).toEqual([carriedOut]);
    expect(carryOut(given(requested, began, carriedOut), carriedOut.data as never)).toEqual([]);
    expect(carryOut(given(requested, began, reported), carriedOut.data as never)).toEqual([]);
  });

  it('is reported once, by whichever instance is first', () => {
    expect(report(given(requested, began), reported.data as never)).toEqual([reported]);
    expect(report(given(requested, began, reported), reported.data as never)).toEqual([]);
    expect(report(given(requested), reported.data as never)).toEqual([]);
  });
});

describe('the schedule of drills', () => {
  const from = (...events: DrillScheduleEvent[]) =>
    events.reduce((state, event) => drillScheduleFold.evolve(state, event as never), drillScheduleFold.initial());
  const monthly: DrillScheduleEvent = { type: 'DrillsScheduled', data: { everyDays: 30, at: iso(START) } };

  it('is none unless it is set, and is set once', () => {
    expect(schedule(from(), 0, START)).toEqual([]);
    expect(schedule(from(), 30, START)).toEqual([monthly]);
    expect(schedule(from(monthly), 30, START + DAY_MS)).toEqual([]);
    expect(schedule(from(monthly), 0, START)).toEqual([
      { type: 'DrillsScheduled', data: { everyDays: 0, at: iso(START) } },
    ]);
    expect(dueAt(from(), undefined)).toBeUndefined();
  });

  it('counts from when it was set or a drill was begun, whichever was later', () => {
    expect(dueAt(from(monthly), undefined)).toBe(START + 30 * DAY_MS);
    expect(dueAt(from(monthly), iso(START + 5 * DAY_MS))).toBe(START + 35 * DAY_MS);
    expect(dueAt(from(monthly), iso(START - 5 * DAY_MS))).toBe(START + 30 * DAY_MS);
  });

  it('misses each one once, and one alone of those that came due while no instance was there', () => {
    const due = START + 30 * DAY_MS;
    expect(miss(from(monthly), undefined, { now: due - 1, incidentId: 'i' })).toEqual([]);
    const [missed] = miss(from(monthly), undefined, { now: due + 100 * DAY_MS, incidentId: 'i' });
    expect(missed?.data).toEqual({ dueAt: iso(due), incidentId: 'i', at: iso(due + 100 * DAY_MS) });
    const after = from(monthly, missed as DrillScheduleEvent);
    expect(miss(after, undefined, { now: due + 100 * DAY_MS, incidentId: 'i' })).toEqual([]);
    expect(dueAt(after, undefined)).toBe(due + 130 * DAY_MS);
  });
});
