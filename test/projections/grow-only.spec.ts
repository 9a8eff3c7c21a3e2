import { GrowOnly } from '../../projections/grow-only.ts';

const of = (...keys: string[]) => keys.reduce((grown, key, i) => grown.with(key, i), GrowOnly.empty<string, number>());

describe('a map that only grows', () => {
  it('has what it was given, and the first value of each key', () => {
    const grown = of('a', 'b', 'a');
    expect([grown.size, grown.get('a'), grown.get('b'), grown.get('c')]).toEqual([2, 0, 1, undefined]);
    expect([grown.has('a'), grown.has('c')]).toEqual([true, false]);
  });

  it('leaves every earlier version as it was', () => {
    const versions = [of('a')];
    for (const key of ['b', 'c'])
      versions.push((versions[versions.length - 1] as GrowOnly<string, number>).with(key, 9));
    expect(versions.map((version) => ['a', 'b', 'c'].filter((key) => version.has(key)).join(''))).toEqual([
      'a',
      'ab',
      'abc',
    ]);
  });

  it('keeps two successors of one version apart', () => {
    const before = of('a');
    const [left, right] = [before.with('b', 1), before.with('c', 2)];
    const further = left.with('c', 3);
    expect([left.has('c'), right.has('b'), right.get('c'), further.get('c')]).toEqual([false, false, 2, 3]);
    expect(right.with('b', 4).get('b')).toBe(4);
    expect(left.get('b')).toBe(1);
  });

  it('copies nothing as it grows', () => {
    let grown = GrowOnly.empty<number, true>();
    const tables = new Set<unknown>();
    for (let i = 0; i < 5_000; i++) {
      grown = grown.with(i, true);
      tables.add((grown as unknown as { table: unknown }).table);
    }
    expect([tables.size, grown.size]).toEqual([1, 5_000]);
  });
});
