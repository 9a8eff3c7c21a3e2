import { Pulse, type Sight } from '../../../src/ledger/react/pulse.ts';

const quiet: Sight = {
  ...{ at: 0, newest: 100n, done: 100n, known: 100n, waiting: 0, handedOut: 0, delivered: 7n },
  ...{ mine: 0, here: 0, arrived: 7 },
};

/** What the pulse says after looks at these, one every 2.5 s. */
const after = (...sights: readonly Partial<Sight>[]) => {
  const pulse = new Pulse();
  sights.forEach((sight, i) => {
    pulse.look({ ...quiet, ...sight, at: i * 2_500 });
  });
  return pulse.silence;
};
const times = (n: number, sight: (i: number) => Partial<Sight>) => Array.from({ length: n }, (_, i) => sight(i));

describe('a group counts as silent', () => {
  it('when the feed has seen an event and the store hands it out to no consumer', () => {
    expect(after(...times(5, () => ({ newest: 101n })))).toBe('events wait and the store hands out none of them');
    expect(after(...times(4, () => ({ newest: 101n })))).toBeUndefined();
  });

  it('when the store says that events wait, whatever the feed has seen', () => {
    expect(after(...times(5, () => ({ waiting: 3 })))).toMatch(/hands out none/);
  });

  it('when what was handed out to this instance does not arrive, though others receive theirs', () => {
    const lost = times(5, (i) => ({ mine: 2, handedOut: 3, delivered: BigInt(9 + i), done: BigInt(100 + i) }));
    expect(after(...lost)).toBe('what the store has handed out to this instance does not arrive');
  });

  it('when the store does not count this instance as a consumer', () => {
    expect(after(...times(5, () => ({ mine: undefined })))).toMatch(/does not count this instance/);
  });

  it('until an event arrives: to be handed out again is not enough', () => {
    const lost = times(5, () => ({ mine: 2, handedOut: 2 }));
    const again = { mine: 0, handedOut: 0, waiting: 2, delivered: 9n };
    expect(after(...lost, again, { mine: 2, handedOut: 2, delivered: 11n })).toMatch(/does not arrive/);
    expect(after(...lost, again, { mine: 2, handedOut: 2, here: 2, arrived: 9 })).toBeUndefined();
    expect(after(...lost, {})).toBeUndefined();
  });
});

describe('a group does not count as silent', () => {
  it('where no event comes', () => {
    expect(after(...times(20, () => ({})))).toBeUndefined();
  });

  it('while it works off what waits', () => {
    const working = (i: number) => ({
      newest: 900n,
      waiting: 500 - i,
      done: BigInt(100 + i),
      delivered: BigInt(7 + i),
    });
    expect(after(...times(20, working))).toBeUndefined();
  });

  it('while the server reads on towards its next event', () => {
    expect(after(...times(20, (i) => ({ newest: 900n, known: BigInt(100 + i) })))).toBeUndefined();
  });

  it('while events are with another instance, or under way here', () => {
    expect(after(...times(20, () => ({ newest: 101n, handedOut: 1 })))).toBeUndefined();
    expect(after(...times(20, () => ({ newest: 101n, handedOut: 1, mine: 1, here: 1 })))).toBeUndefined();
  });
});
