import { ProbingWindows } from '../../../src/access/views/probing.ts';

const MINUTE = 60_000;
const limits = { patients: 5, misses: 30 };

/** Misses of one person, each [minute, patient], and what was noticed at which of them. */
const noticed = (misses: readonly (readonly [number, string?])[], windows = new ProbingWindows(limits)) =>
  misses.flatMap(([minute, patientId], i) =>
    windows
      .note({ personId: 'eve', patientId, now: minute * MINUTE })
      .map(({ kind, count, windowMs }) => [i, kind, count, windowMs / MINUTE]),
  );
const patients = (count: number, minute = 0) => Array.from({ length: count }, (_, i) => [minute, `pat-${i}`] as const);
const blind = (count: number, minute = 0) => Array.from({ length: count }, () => [minute] as const);

describe('noticing who looks for ids', () => {
  it('takes five patients in ten minutes, or thirty misses in five, and says so once', () => {
    expect(noticed(patients(4))).toEqual([]);
    expect(noticed(patients(9))).toEqual([[4, 'patients', 5, 10]]);
    expect(noticed(blind(29))).toEqual([]);
    expect(noticed(blind(100))).toEqual([[29, 'misses', 30, 5]]);
  });

  it('counts a patient once, and not the person themselves', () => {
    expect(noticed([...patients(4), ...patients(4), [1, 'eve']])).toEqual([]);
  });

  it('slides: what is longer ago does not count, however it lies to the clock', () => {
    expect(noticed([...patients(4, 9), [18, 'pat-9']])).toEqual([[4, 'patients', 5, 10]]);
    expect(noticed([...patients(4, 9), [19, 'pat-9']])).toEqual([]);
    expect(noticed([...blind(29, 4), [8.9]])).toEqual([[29, 'misses', 30, 5]]);
    expect(noticed([...blind(29, 4), [9]])).toEqual([]);
  });

  it('says so again in the next window where it goes on', () => {
    const on = Array.from({ length: 121 }, (_, i) => [i / 10] as const);
    expect(noticed(on).map(([i]) => i)).toEqual([29, 79]);
  });

  it('says so again where it could not be recorded', () => {
    const windows = new ProbingWindows(limits);
    expect(noticed(patients(5), windows)).toHaveLength(1);
    windows.again('eve', 'patients');
    expect(noticed(patients(1), windows)).toHaveLength(1);
    expect(noticed(patients(1), windows)).toEqual([]);
  });

  it('keeps people apart, and remembers no more of anybody than it needs', () => {
    const windows = new ProbingWindows(limits);
    for (let i = 0; i < 4; i++) windows.note({ personId: 'adam', patientId: `pat-${i}`, now: 0 });
    expect(windows.note({ personId: 'eve', patientId: 'pat-9', now: 0 })).toEqual([]);
    noticed([...patients(1_000), ...blind(1_000)], windows);
    const { people } = windows as unknown as {
      people: { get(id: string): { patients: Map<string, number>; misses: number[] } };
    };
    expect([people.get('eve').patients.size, people.get('eve').misses.length]).toEqual([5, 30]);
  });

  it('is off where there is no limit', () => {
    const windows = new ProbingWindows({ patients: 0, misses: 0 });
    expect(noticed([...patients(100), ...blind(100)], windows)).toEqual([]);
  });
});
