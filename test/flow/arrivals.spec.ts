import { Arrivals } from '../../src/flow/arrivals.ts';

describe('waiting for an arrival', () => {
  it('gives what arrives under the key, to all who expect it', async () => {
    const arrivals = new Arrivals<number>();
    const [one, two, other] = ['a', 'a', 'b'].map((key) => arrivals.expect(key));
    const waiting = [one, two].map((expected) => expected?.within(60_000));
    arrivals.arrived('a', 7);
    expect(await Promise.all(waiting)).toEqual([7, 7]);
    expect(await other?.within(1)).toBeUndefined();
  });

  it('keeps what arrived between the expectation and the wait', async () => {
    const arrivals = new Arrivals<number>();
    const expected = arrivals.expect('a');
    arrivals.arrived('a', 7);
    arrivals.arrived('a', 8);
    expect(await expected.within(60_000)).toBe(7);
  });

  it('keeps nothing that is not expected, or no longer', async () => {
    const arrivals = new Arrivals<number>();
    arrivals.arrived('a', 7);
    const [first, second] = [arrivals.expect('a'), arrivals.expect('a')];
    expect(arrivals.isExpected('a')).toBe(true);
    first.cancel();
    first.cancel();
    expect(arrivals.isExpected('a')).toBe(true);
    second.cancel();
    expect(arrivals.isExpected('a')).toBe(false);
  });
});
