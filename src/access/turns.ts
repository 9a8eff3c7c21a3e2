/** Where a stream stands after what was appended in the turns before; -1 where nothing was. */
export type Turn = { revision: number };

type Queue = { readonly turn: Turn; tail: Promise<unknown>; waiting: number };

/** Work on the same stream one after the other, each knowing what the one before appended. */
export class Turns {
  private readonly queues = new Map<string, Queue>();

  async take<T>(key: string, work: (turn: Turn) => Promise<T>): Promise<T> {
    const queue = this.queues.get(key) ?? { turn: { revision: -1 }, tail: Promise.resolve(), waiting: 0 };
    this.queues.set(key, queue);
    queue.waiting += 1;
    const mine = queue.waiting === 1 ? work(queue.turn) : queue.tail.then(() => work(queue.turn));
    queue.tail = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      queue.waiting -= 1;
      if (queue.waiting === 0) this.queues.delete(key);
    }
  }
}
