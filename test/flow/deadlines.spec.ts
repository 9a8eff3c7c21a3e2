import { Deadlines } from '../../src/flow/deadlines.ts';

describe('deadlines', () => {
  it('come up in order, whatever was set, replaced and taken back before', () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed;
    };
    const deadlines = new Deadlines<number>();
    const wanted = new Map<number, number>();
    const next: unknown[] = [];
    const first: unknown[] = [];
    for (let i = 0; i < 20_000; i++) {
      const key = random() % 300;
      const at = random() % 5 === 0 ? undefined : random() % 1_000;
      deadlines.set(key, at);
      if (at === undefined) wanted.delete(key);
      else wanted.set(key, at);
      next.push(deadlines.next?.at);
      first.push(wanted.size === 0 ? undefined : Math.min(...wanted.values()));
    }
    expect(next).toEqual(first);
    const left: number[] = [];
    for (let next = deadlines.next; next; next = deadlines.next) {
      left.push(next.at);
      expect(wanted.get(next.key)).toBe(next.at);
      deadlines.set(next.key, undefined);
    }
    expect(left).toEqual([...wanted.values()].sort((one, other) => one - other));
    expect(deadlines.size).toBe(0);
  });
});
