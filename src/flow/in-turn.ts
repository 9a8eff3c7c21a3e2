/** Runs one piece of work after the other for each key, and different keys at once. Keys are kept only while there is work. */
export class InTurn<K> {
  private readonly queues = new Map<K, { tail: Promise<unknown>; waiting: number }>();

  /**
   * @param most how many pieces of work of one key there may be, the one under way included
   * @param tooMany what a further one is refused with
   */
  constructor(
    private readonly most: number,
    private readonly tooMany: (key: K) => Error,
  ) {}

  /** Settles as `work` does; a piece that fails does not keep the next from its turn. */
  async run<T>(key: K, work: () => Promise<T>): Promise<T> {
    const queue = this.queues.get(key) ?? { tail: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= this.most) throw this.tooMany(key);
    this.queues.set(key, queue);
    queue.waiting += 1;
    const mine = queue.tail.then(work);
    queue.tail = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      queue.waiting -= 1;
      if (queue.waiting === 0) this.queues.delete(key);
    }
  }
}
