import type { LRUCache } from 'lru-cache';
import type { StoredEvent } from '../../../events/gate.ts';
import { latest } from '../../flow/latest.ts';
import type { StoredLog } from './stored-log.ts';

/** How one kind of stream is folded: a new state, or the same one changed in place. May throw for an event that cannot be read. */
export type LogFold<S> = {
  readonly initial: () => S;
  readonly take: (state: S, event: StoredEvent) => S;
};

type Entry<S> = { state: S; revision: number; refusal?: Error };

/**
 * Folds of streams as of each position while the log is read in order. Memory is bounded: a stream that was let go, or that began before the
 * reading did, is read again up to that position when it is asked for.
 */
export class LogFolds<S> {
  private readonly entries: LRUCache<string, Entry<S>>;

  /** @param max how many streams are kept; the least recently used go first */
  constructor(
    private readonly log: StoredLog,
    private readonly fold: LogFold<S>,
    max: number,
  ) {
    this.entries = latest(max);
  }

  /** The log has come to this event. */
  passed(event: StoredEvent): void {
    let entry = this.entries.get(event.streamId);
    if (!entry) {
      if (event.revision !== 0n) return;
      entry = { state: this.fold.initial(), revision: -1 };
      this.entries.set(event.streamId, entry);
    }
    this.apply(entry, event);
  }

  /**
   * A stream with everything that the log has of it before a position.
   * @throws what the fold threw for one of its events, and what the store throws
   */
  async before(stream: string, position: bigint): Promise<S> {
    let entry = this.entries.get(stream);
    if (!entry) {
      entry = { state: this.fold.initial(), revision: -1 };
      for await (const event of this.log.stream(stream)) {
        if (event.position === undefined || event.position.commit >= position) break;
        this.apply(entry, event);
      }
      this.entries.set(stream, entry);
    }
    if (entry.refusal) throw entry.refusal;
    return entry.state;
  }

  private apply(entry: Entry<S>, event: StoredEvent): void {
    const revision = Number(event.revision);
    if (revision <= entry.revision || entry.refusal) return;
    entry.revision = revision;
    try {
      entry.state = this.fold.take(entry.state, event);
    } catch (error) {
      // From here on the stream is not to be relied on, whatever follows.
      entry.refusal = error instanceof Error ? error : new Error(String(error));
    }
  }
}
