import fc from 'fast-check';
import { PersistentList, PersistentMap } from '../../projections/persistent.ts';

const of = (...keys: string[]) => keys.reduce((map, key, i) => map.with(key, i), PersistentMap.empty<string, number>());

describe('a list of which each version stays as it is', () => {
  it('has its items in order, at their places and from the newest on, however many there are', () => {
    const items = Array.from({ length: 3_000 }, (_, i) => ({ i }));
    const grown = items.reduce((list, item) => list.with(item), PersistentList.empty<{ i: number }>());
    for (const list of [grown, PersistentList.of(items)]) {
      expect([...list]).toEqual(items);
      expect([...list.newestFirst()]).toEqual([...items].reverse());
      expect([0, 31, 32, 1_023, 1_024, 2_999, 3_000, -1].map((place) => list.at(place))).toEqual(
        [0, 31, 32, 1_023, 1_024, 2_999].map((i) => ({ i })).concat(undefined as never, undefined as never),
      );
      expect(list.with({ i: 3_000 }).at(3_000)).toEqual({ i: 3_000 });
    }
  });
});

describe('a map of which each version stays as it is', () => {
  it('leaves every earlier version as it was', () => {
    const versions = [of('a')];
    const last = () => versions.at(-1) as PersistentMap<string, number>;
    versions.push(last().with('b', 9));
    versions.push(last().with('a', 7));
    versions.push(last().without('b'));
    versions.push(last().with('b', 8));
    expect(versions.map((version) => [...version])).toEqual([
      [['a', 0]],
      [
        ['a', 0],
        ['b', 9],
      ],
      [
        ['a', 7],
        ['b', 9],
      ],
      [['a', 7]],
      [
        ['a', 7],
        ['b', 8],
      ],
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

  it('copies nothing where the same events are folded onto a version twice', () => {
    const before = of('a');
    const once = before.with('b', 1).with('c', 2);
    const again = before.with('b', 1).with('c', 2).with('d', 3);
    expect([...again.keys()]).toEqual(['a', 'b', 'c', 'd']);
    expect([...once.keys()]).toEqual(['a', 'b', 'c']);
    const indexOf = (map: unknown) => (map as { index: unknown }).index;
    expect(indexOf(again)).toBe(indexOf(once));
  });

  it('is the map that `Map` would be after the same changes, in every version and branch', () => {
    const keys = Array.from({ length: 41 }, (_, key) => key);
    const change = fc.record({
      key: fc.nat(40),
      value: fc.option(fc.nat(3), { nil: undefined }),
      on: fc.nat(1_000),
      isOnLatest: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
        const versions = [{ map: PersistentMap.empty<number, number>(), as: new Map<number, number>() }];
        for (const { key, value, on, isOnLatest } of changes) {
          const from = versions[isOnLatest ? versions.length - 1 : on % versions.length] as (typeof versions)[number];
          const as = new Map(from.as);
          if (value === undefined) as.delete(key);
          else as.set(key, value);
          versions.push({ map: value === undefined ? from.map.without(key) : from.map.with(key, value), as });
        }
        for (const { map, as } of versions) {
          expect([...map]).toEqual([...as]);
          expect([...map.newestFirst()]).toEqual([...as.values()].reverse());
          expect(map.size).toBe(as.size);
          // One comparison: a million of them take longer than all that is compared.
          expect(keys.map((key) => map.get(key))).toEqual(keys.map((key) => as.get(key)));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('keeps no more places than it needs', () => {
    let map = of('stays');
    for (let i = 0; i < 10_000; i++) map = map.with(`guest-${i}`, i).without(`guest-${i}`);
    expect([...map.keys()]).toEqual(['stays']);
    expect((map as unknown as { list: { length: number } }).list.length).toBeLessThan(64);
  });
});
