import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registeredFolds } from '../../bench/folds/registry.ts';
import { PersistentMap } from '../../projections/persistent.ts';

/** Where a fold is made, or kept current. */
const PLACE =
  /(?:streamFold|projection)\(\{|\bfolds(?:<[^(]*>)?\((?!\))|new EvidenceFolds|new LogFolds|export (?:const|function) (?:takeIn|takeCare|replay)\w*(?:\(| = )/g;
/** Where these are defined, and what watches the whole log: its memory is bounded by number (`bench/desk.ts`). */
const NOT_ONE = new Set(['projections/projection.ts', 'src/ledger/ledger.ts', 'projections/rules/watch.ts']);

const sources = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));

const places = (): Map<string, number> =>
  new Map(
    ['projections', 'src']
      .flatMap(sources)
      .filter((file) => !NOT_ONE.has(file) && !file.startsWith('src/cli/'))
      .map((file) => [file, readFileSync(file, 'utf8').match(PLACE)?.length ?? 0] as const)
      .filter(([, count]) => count > 0),
  );

/** Suites have lists and maps of their own; those of the folds are Node's (`test/support/installed.js`). */
const ofFolds = PersistentMap.constructor('return globalThis')() as typeof globalThis;

/** How many elements of lists and maps the work walks over, copies or puts in: a measure that no other work of the machine changes. */
const stepsOf = (work: () => void): number => {
  let steps = 0;
  const restore: (() => void)[] = [];
  const counting = (on: object, name: PropertyKey, counted: (self: never) => number) => {
    const method = (on as Record<PropertyKey, (...args: unknown[]) => unknown>)[name] as (
      ...args: unknown[]
    ) => unknown;
    const before = Object.getOwnPropertyDescriptor(on, name) as PropertyDescriptor;
    Object.defineProperty(on, name, {
      ...before,
      value(this: never, ...args: unknown[]) {
        steps += counted(this);
        return method.apply(this, args);
      },
    });
    restore.push(() => Object.defineProperty(on, name, before));
  };
  const one = () => 1;
  const all = ({ length }: { length: number }) => length;
  for (const made of [new ofFolds.Array(), new ofFolds.Map(), new ofFolds.Set()]) {
    const iterator = Object.getPrototypeOf((made as Iterable<unknown>)[Symbol.iterator]());
    counting(iterator, 'next', one);
  }
  counting(ofFolds.Map.prototype, 'set', one);
  counting(ofFolds.Set.prototype, 'add', one);
  const walks = ['filter', 'map', 'flatMap', 'some', 'every', 'find', 'findIndex', 'findLast', 'findLastIndex'];
  for (const name of [...walks, 'includes', 'indexOf', 'slice', 'concat', 'reduce', 'splice', 'shift', 'sort'])
    counting(ofFolds.Array.prototype, name, all as never);
  try {
    work();
  } finally {
    for (const undo of restore.reverse()) undo();
  }
  return steps;
};

/** From fewer on, a list grows from its first node to the width of one, which is more than ten times the copying. */
const FEW = 400;
const MANY = 10 * FEW;
/** Ten times the events are ten times the work, and some more for what was still small: what copies is a hundred times. */
const MOST = 32;

describe('every fold', () => {
  it('has its line in the registry, and each line its fold', () => {
    const registered = new Map<string, number>();
    for (const { places } of registeredFolds)
      for (const place of places) registered.set(place, (registered.get(place) ?? 0) + 1);
    expect(Object.fromEntries([...registered].sort())).toEqual(Object.fromEntries([...places()].sort()));
  });

  it.each(registeredFolds.map((fold) => [fold.name, fold] as const))(
    'does work in proportion to its events: %s',
    (_, fold) => {
      const [few, many] = [fold.events(FEW), fold.events(MANY)].map((events) => stepsOf(() => fold.fold(events)));
      expect((many as number) / Math.max(few as number, FEW)).toBeLessThan(MOST);
    },
  );

  it.each<[string, <T>(state: Iterable<T>, next: T) => Iterable<T>]>([
    ['map', (state, next) => new ofFolds.Map([...state, next] as never) as never],
    // As a source does it: by its own literal.
    ['list', PersistentMap.constructor('state', 'next', 'return [...state, next]') as never],
  ])('that copies its %s for each event is found out', (_, copied) => {
    const copying = (count: number) => {
      let state: Iterable<[string, number]> = new ofFolds.Array<[string, number]>();
      for (let i = 0; i < count; i++) state = copied(state, [`slot-${i}`, i]);
    };
    expect(stepsOf(() => copying(1_000)) / stepsOf(() => copying(100))).toBeGreaterThan(MOST);
  });
});
