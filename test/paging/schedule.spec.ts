import type { Schedule } from '../../src/paging/policy.ts';
import { afterQuiet, nextEnd, onCall, shifts } from '../../src/paging/schedule.ts';

const at = (text: string) => Date.parse(text);
const rota = (more: Partial<Schedule> = {}): Schedule => ({
  ...{ timeZone: 'Europe/Berlin', from: '2026-01-05T09:00', people: ['anna', 'ben', 'chris'], overrides: [] },
  ...more,
});

describe('a weekly rota', () => {
  it('hands over at the same hour on the wall, in winter and in summer', () => {
    // Clocks went forward on 2026-03-29: nine o'clock is an hour earlier in UTC from then on.
    expect(onCall(rota(), at('2026-03-23T07:59:59Z'))).toBe('ben');
    expect(onCall(rota(), at('2026-03-23T08:00:00Z'))).toBe('chris');
    expect(onCall(rota(), at('2026-03-30T06:59:59Z'))).toBe('chris');
    expect(onCall(rota(), at('2026-03-30T07:00:00Z'))).toBe('anna');
    // And back on 2026-10-25.
    expect(onCall(rota(), at('2026-10-26T07:59:59Z'))).toBe(onCall(rota(), at('2026-10-20T12:00:00Z')));
    expect(onCall(rota(), at('2026-10-26T08:00:00Z'))).not.toBe(onCall(rota(), at('2026-10-26T07:59:59Z')));
  });

  it('hands over once in every week of ten years, and each shift is as long as the calendar says', () => {
    const all = shifts(rota(), at('2026-01-05T08:00:00Z'), at('2036-01-07T08:00:00Z'));
    expect(all.length).toBe(522);
    const hours = new Set(all.slice(0, -1).map(({ from, to }) => (to - from) / 3_600_000));
    expect(hours).toEqual(new Set([168, 167, 169]));
    all.forEach(({ from, to, person }, i) => {
      expect(person).toBe(['anna', 'ben', 'chris'][i % 3]);
      for (const moment of [from, (from + to) / 2, to - 1]) expect(onCall(rota(), moment)).toBe(person);
    });
  });

  it('that begins in an hour that clocks skip or have twice hands over once', () => {
    for (const [from, skipped] of [
      ['2026-01-04T02:30', '2026-03-29T00:30:00Z'],
      ['2026-01-04T02:30', '2026-10-25T00:30:00Z'],
    ] as const) {
      const all = shifts(rota({ from }), at(skipped) - 86_400_000, at(skipped) + 86_400_000);
      expect(all).toHaveLength(2);
      expect(all[0]?.to).toBe(all[1]?.from);
    }
  });

  it('has no person before its first handover, nor in a week without one', () => {
    expect(onCall(rota(), at('2026-01-05T07:59:59Z'))).toBeUndefined();
    expect(onCall(rota({ people: ['anna', null] }), at('2026-01-13T00:00:00Z'))).toBeUndefined();
  });

  it('gives way to overrides, the last of those that hold', () => {
    const overrides = [
      { from: at('2026-01-06T00:00:00Z'), to: at('2026-01-08T00:00:00Z'), person: 'dora' },
      { from: at('2026-01-07T00:00:00Z'), to: at('2026-01-07T12:00:00Z'), person: null },
    ];
    const schedule = rota({ overrides });
    const all = shifts(schedule, at('2026-01-05T08:00:00Z'), at('2026-01-12T08:00:00Z'));
    expect(all.map(({ person }) => person)).toEqual(['anna', 'dora', null, 'dora', 'anna']);
    expect(onCall(schedule, at('2026-01-07T06:00:00Z'))).toBeUndefined();
    expect(onCall(schedule, at('2026-01-08T00:00:00Z'))).toBe('anna');
  });
});

describe('quiet hours', () => {
  const quiet = { from: 20 * 60, to: 8 * 60, timeZone: 'Europe/Berlin' };

  it('put a page off to the morning, and none by day', () => {
    expect(afterQuiet(quiet, at('2026-06-01T12:00:00Z'))).toBe(at('2026-06-01T12:00:00Z'));
    expect(afterQuiet(quiet, at('2026-06-01T18:00:00Z'))).toBe(at('2026-06-02T06:00:00Z'));
    expect(afterQuiet(quiet, at('2026-06-01T03:00:00Z'))).toBe(at('2026-06-01T06:00:00Z'));
    expect(afterQuiet(quiet, at('2026-06-01T06:00:00Z'))).toBe(at('2026-06-01T06:00:00Z'));
    expect(afterQuiet(undefined, at('2026-06-01T03:00:00Z'))).toBe(at('2026-06-01T03:00:00Z'));
  });

  it('end by the clock on the wall in the nights in which it changes', () => {
    expect(afterQuiet(quiet, at('2026-03-28T22:00:00Z'))).toBe(at('2026-03-29T06:00:00Z'));
    expect(afterQuiet(quiet, at('2026-10-24T22:00:00Z'))).toBe(at('2026-10-25T07:00:00Z'));
  });

  it('within one day hold there', () => {
    const noon = { from: 12 * 60, to: 13 * 60, timeZone: 'UTC' };
    expect(afterQuiet(noon, at('2026-06-01T12:30:00Z'))).toBe(at('2026-06-01T13:00:00Z'));
    expect(afterQuiet(noon, at('2026-06-01T13:00:00Z'))).toBe(at('2026-06-01T13:00:00Z'));
    expect(nextEnd(noon, at('2026-06-01T13:00:00Z'))).toBe(at('2026-06-02T13:00:00Z'));
  });
});
