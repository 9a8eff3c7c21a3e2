/**
 * A map that only gets entries, for folds of long streams: each version is a value of its own, and the next one costs one entry and no
 * copy. Versions share one table and see as much of it as there was when they were made; only a second successor of the same
 * version (a stream that is folded again from the middle) gets a table of its own.
 */
export class GrowOnly<K, V> {
  private constructor(
    private readonly table: Map<K, { readonly place: number; readonly value: V }>,
    readonly size: number,
  ) {}

  static empty<K, V>(): GrowOnly<K, V> {
    return new GrowOnly(new Map(), 0);
  }

  get(key: K): V | undefined {
    const entry = this.table.get(key);
    return entry && entry.place < this.size ? entry.value : undefined;
  }

  has(key: K): boolean {
    const entry = this.table.get(key);
    return entry !== undefined && entry.place < this.size;
  }

  /** Every value, the oldest first. */
  entries(): V[] {
    return [...this.table.values()].slice(0, this.size).map(({ value }) => value);
  }

  /** With one more entry. The first value of a key stays. */
  with(key: K, value: V): GrowOnly<K, V> {
    if (this.has(key)) return this;
    // The table keeps the order of its entries, so that this version's are its first ones.
    const table = this.table.size === this.size ? this.table : new Map([...this.table].slice(0, this.size));
    table.set(key, { place: this.size, value });
    return new GrowOnly(table, this.size + 1);
  }
}
