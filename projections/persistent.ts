/*
 * Lists and maps for the folds of long streams. Each version is a value of its own, that nothing changes under a reader, and the next one
 * costs a few small arrays and no copy: what 50,000 events add up to is as cheap to change as what 50 do.
 */

const BITS = 5;
const WIDTH = 1 << BITS;
const PLACE = WIDTH - 1;

/** Items at the leaves, by the digits of their place; a branch without items is not there. */
type Node = readonly unknown[];

const put = (node: Node, level: number, place: number, item: unknown): Node => {
  const digit = (place >>> level) & PLACE;
  const copy = node.slice();
  copy[digit] = level === 0 ? item : put((node[digit] as Node | undefined) ?? [], level - BITS, place, item);
  return copy;
};

const drop = (node: Node, level: number, place: number): Node | undefined => {
  const digit = (place >>> level) & PLACE;
  const copy = node.slice();
  copy[digit] = level === 0 ? undefined : drop(node[digit] as Node, level - BITS, place);
  return copy.some((part) => part !== undefined) ? copy : undefined;
};

const firstOf = <T>(node: Node, level: number): T | undefined => {
  const part = node.find((each) => each !== undefined);
  return level === 0 || part === undefined ? (part as T | undefined) : firstOf<T>(part as Node, level - BITS);
};

function* latestOf<T>(node: Node, level: number): Generator<T, undefined> {
  for (let digit = node.length - 1; digit >= 0; digit--) {
    const part = node[digit];
    if (part === undefined) continue;
    if (level === 0) yield part as T;
    else yield* latestOf<T>(part as Node, level - BITS);
  }
}

function* itemsOf<T>(node: Node, level: number): Generator<T, undefined> {
  for (const part of node)
    if (part === undefined) continue;
    else if (level === 0) yield part as T;
    else yield* itemsOf<T>(part as Node, level - BITS);
}

/** A list to which items are added at its end. Items that were taken out leave their place empty. */
export class PersistentList<T extends object> implements Iterable<T> {
  static readonly #empty = new PersistentList<never>([], 0, 0);

  private constructor(
    private readonly root: Node,
    private readonly level: number,
    /** Places so far, empty ones among them. */
    readonly length: number,
  ) {}

  static empty<T extends object>(): PersistentList<T> {
    return PersistentList.#empty as unknown as PersistentList<T>;
  }

  static of<T extends object>(items: Iterable<T>): PersistentList<T> {
    // Filled in place: there is no other reader of it yet.
    const leaves: unknown[][] = [];
    let length = 0;
    for (const item of items) {
      if (length % WIDTH === 0) leaves.push([]);
      leaves.at(-1)?.push(item);
      length += 1;
    }
    let level = 0;
    let nodes = leaves;
    for (; nodes.length > 1; level += BITS) {
      const above: unknown[][] = [];
      for (let i = 0; i < nodes.length; i += WIDTH) above.push(nodes.slice(i, i + WIDTH));
      nodes = above;
    }
    return new PersistentList(nodes[0] ?? [], level, length);
  }

  at(place: number): T | undefined {
    if (place < 0 || place >= this.length) return undefined;
    let node: Node | undefined = this.root;
    for (let level = this.level; level > 0 && node; level -= BITS)
      node = node[(place >>> level) & PLACE] as Node | undefined;
    return node?.[place & PLACE] as T | undefined;
  }

  first(): T | undefined {
    return firstOf<T>(this.root, this.level);
  }

  /** With one more item at its end. */
  with(item: T): PersistentList<T> {
    const isFull = this.length === WIDTH << this.level;
    const [root, level] = isFull ? [[this.root], this.level + BITS] : [this.root, this.level];
    return new PersistentList(put(root, level, this.length, item), level, this.length + 1);
  }

  /** With another item at a place that has one. */
  replaced(place: number, item: T): PersistentList<T> {
    return new PersistentList(put(this.root, this.level, place, item), this.level, this.length);
  }

  emptied(place: number): PersistentList<T> {
    return new PersistentList(drop(this.root, this.level, place) ?? [], this.level, this.length);
  }

  [Symbol.iterator](): Generator<T, undefined> {
    return itemsOf<T>(this.root, this.level);
  }

  newestFirst(): Generator<T, undefined> {
    return latestOf<T>(this.root, this.level);
  }
}

/** Where an entry of a key stands, and where it stood before it was taken out and came again: earlier versions look there. */
type Standing = { readonly place: number; readonly before: Standing | undefined };

/** Of all versions that grew out of each other. */
type Index<K> = { readonly standings: Map<K, Standing>; length: number };

/** Places are given anew where more of them are empty. */
const FEWEST_PLACES = WIDTH;

/**
 * A map as `Map` is, in the order in which keys came to it. Versions share one index of where keys stand, and see as much of it as there was
 * when they were made; a second successor of one version that gets another key (a stream that is folded again from the middle) has an index
 * of its own.
 */
export class PersistentMap<K, V> implements ReadonlyMap<K, V> {
  private constructor(
    private readonly index: Index<K>,
    private readonly list: PersistentList<readonly [K, V]>,
    readonly size: number,
  ) {}

  static empty<K, V>(): PersistentMap<K, V> {
    return new PersistentMap({ standings: new Map(), length: 0 }, PersistentList.empty(), 0);
  }

  /** @param entries of different keys */
  static of<K, V>(entries: Iterable<readonly [K, V]>): PersistentMap<K, V> {
    const standings = new Map<K, Standing>();
    const list = PersistentList.of(entries);
    for (const [key] of list) standings.set(key, { place: standings.size, before: undefined });
    return new PersistentMap({ standings, length: list.length }, list, list.length);
  }

  get(key: K): V | undefined {
    return this.entryOf(key)?.[1];
  }

  has(key: K): boolean {
    return this.entryOf(key) !== undefined;
  }

  /** The entry that came first, of those that are left. */
  first(): readonly [K, V] | undefined {
    return this.list.first();
  }

  with(key: K, value: V): PersistentMap<K, V> {
    const place = this.placeOf(key);
    const entry = place === undefined ? undefined : this.list.at(place);
    if (place === undefined || !entry) return this.withNew(key, value);
    return entry[1] === value
      ? this
      : new PersistentMap(this.index, this.list.replaced(place, [key, value]), this.size);
  }

  without(key: K): PersistentMap<K, V> {
    const place = this.placeOf(key);
    if (place === undefined || !this.list.at(place)) return this;
    const left = new PersistentMap(this.index, this.list.emptied(place), this.size - 1);
    return left.list.length > FEWEST_PLACES && left.list.length > 2 * left.size ? PersistentMap.of(left) : left;
  }

  *keys(): Generator<K, undefined> {
    for (const [key] of this.list) yield key;
  }

  *values(): Generator<V, undefined> {
    for (const [, value] of this.list) yield value;
  }

  /** Values, the last that came first. */
  *newestFirst(): Generator<V, undefined> {
    for (const [, value] of this.list.newestFirst()) yield value;
  }

  *entries(): Generator<[K, V], undefined> {
    for (const [key, value] of this.list) yield [key, value];
  }

  [Symbol.iterator](): Generator<[K, V], undefined> {
    return this.entries();
  }

  forEach(each: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.list) each(value, key, this);
  }

  private entryOf(key: K): readonly [K, V] | undefined {
    const place = this.placeOf(key);
    return place === undefined ? undefined : this.list.at(place);
  }

  private placeOf(key: K): number | undefined {
    let standing = this.index.standings.get(key);
    while (standing && standing.place >= this.list.length) standing = standing.before;
    return standing?.place;
  }

  private withNew(key: K, value: V): PersistentMap<K, V> {
    const place = this.list.length;
    const { index } = this;
    let standing = index.standings.get(key);
    if (index.length === place) {
      index.standings.set(key, { place, before: standing });
      index.length += 1;
    } else {
      // Another successor came first: where it gave the place to the same key, the place is the same.
      while (standing && standing.place > place) standing = standing.before;
      if (standing?.place !== place) return PersistentMap.of<K, V>(this).withNew(key, value);
    }
    return new PersistentMap(index, this.list.with([key, value]), this.size + 1);
  }
}
