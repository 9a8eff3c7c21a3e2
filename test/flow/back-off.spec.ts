import { Pauses, pauseAfter } from '../../src/flow/back-off.ts';

const limits = { firstMs: 50, longestMs: 300 };

describe('backing off', () => {
  it('doubles the pause with each failure in a row, up to the longest', () => {
    expect([1, 2, 3, 4, 5, 10_000].map((failures) => pauseAfter(failures, limits))).toEqual([
      50, 100, 200, 300, 300, 300,
    ]);
  });

  it('begins anew after a success', () => {
    const pauses = new Pauses(limits);
    expect([pauses.next(), pauses.next(), pauses.next()]).toEqual([50, 100, 200]);
    pauses.reset();
    expect(pauses.next()).toBe(50);
  });
});
