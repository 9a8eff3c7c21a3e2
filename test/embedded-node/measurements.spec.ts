import { Measurements } from '../../embedded/persistent/measurements.ts';

describe('the latencies of a consumer', () => {
  const measured = (latencies: readonly number[]) => {
    const measurements = new Measurements(0);
    for (const ms of latencies) measurements.processed(ms);
    return Object.fromEntries(measurements.observed());
  };

  it('are reported as EventStoreDB reports them: a quintile by where it begins, whole milliseconds', () => {
    expect(measured(Array.from({ length: 100 }, (_, index) => 99.9 - index))).toEqual({
      Mean: 49,
      Median: 50,
      Fastest: 0,
      'Quintile 1': 0,
      'Quintile 2': 20,
      'Quintile 3': 40,
      'Quintile 4': 60,
      'Quintile 5': 80,
      '90%': 90,
      '95%': 95,
      '99%': 99,
      '99.5%': 99,
      '99.9%': 99,
      Highest: 99,
    });
  });

  it('are those of the last thousand', () => {
    const latencies = [...Array.from({ length: 500 }, () => 9), ...Array.from({ length: 1_000 }, () => 1)];
    expect(measured(latencies)).toMatchObject({ Mean: 1, Highest: 1 });
  });

  it('are left out until there are any', () => {
    expect(measured([])).toEqual({});
  });
});
