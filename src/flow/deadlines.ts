/** One deadline for each key, the soonest first: a binary heap, from which a deadline that was replaced is dropped when it comes up. */
export class Deadlines<K> {
  private readonly heap: { readonly key: K; readonly at: number }[] = [];
  private readonly current = new Map<K, number>();

  /** @param at undefined: the key has none */
  set(key: K, at: number | undefined): void {
    if (this.current.get(key) === at) return;
    if (at === undefined) {
      this.current.delete(key);
      return;
    }
    this.current.set(key, at);
    this.push({ key, at });
  }

  /** The soonest, which stays. */
  get next(): { readonly key: K; readonly at: number } | undefined {
    for (;;) {
      const first = this.heap[0];
      if (!first || this.current.get(first.key) === first.at) return first;
      this.pop();
    }
  }

  get size(): number {
    return this.current.size;
  }

  private push(entry: { readonly key: K; readonly at: number }): void {
    const { heap } = this;
    let place = heap.push(entry) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if ((heap[above] as typeof entry).at <= entry.at) break;
      heap[place] = heap[above] as typeof entry;
      place = above;
    }
    heap[place] = entry;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (heap.length === 0 || !last) return;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && (heap[below + 1] as typeof last).at < (heap[below] as typeof last).at) below += 1;
      if ((heap[below] as typeof last).at >= last.at) break;
      heap[place] = heap[below] as typeof last;
      place = below;
    }
    heap[place] = last;
  }
}
