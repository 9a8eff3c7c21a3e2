/** Appends to a stream, one turn after the other. */
export class Turn {
  /** The end of the stream after the last turn; -1 before the first. */
  revision = -1;
  /** The ids that were recorded in them. */
  readonly done = new Set<string>();
  /** Where the stream ended before those turns that followed each other with no event of another writer between. */
  private before = Number.POSITIVE_INFINITY;

  /**
   * Where the stream ends for who knows it up to a revision: what follows there was appended in these turns, as far as it was, and is known,
   * too. An event of another writer makes an append there fail.
   */
  endAfter(revision: number): number {
    return revision >= this.before && revision < this.revision ? this.revision : revision;
  }

  appended(end: number, revision: number, done: Iterable<string>): void {
    if (end !== this.revision) this.before = end;
    this.revision = revision;
    for (const one of done) this.done.add(one);
  }
}

type Waiting<T> = { readonly item: T; readonly resolve: () => void; readonly reject: (error: unknown) => void };
type Queue<T> = { readonly turn: Turn; waiting: Waiting<T>[] };

/** Work on the same stream in turns: what comes while a turn is under way is done together in the next one. */
export class Turns<T> {
  private readonly queues = new Map<string, Queue<T>>();

  /** @param work must bear repetition: where it fails, all of its items come again */
  constructor(
    private readonly mostAtOnce: number,
    private readonly work: (items: readonly T[], turn: Turn) => Promise<void>,
  ) {}

  /** Resolves when the item's turn is over; rejects with what went wrong in it. */
  take(stream: string, item: T): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const queue = this.queues.get(stream);
      if (queue) {
        queue.waiting.push({ item, resolve, reject });
        return;
      }
      const begun: Queue<T> = { turn: new Turn(), waiting: [{ item, resolve, reject }] };
      this.queues.set(stream, begun);
      void this.run(stream, begun);
    });
  }

  private async run(stream: string, queue: Queue<T>): Promise<void> {
    while (queue.waiting.length > 0) {
      const taken = queue.waiting.splice(0, this.mostAtOnce);
      try {
        await this.work(
          taken.map(({ item }) => item),
          queue.turn,
        );
        for (const { resolve } of taken) resolve();
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    this.queues.delete(stream);
  }
}
