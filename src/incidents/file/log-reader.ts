import type { LedgerEvent } from '../../../events/categories.ts';
import type { Stream } from '../../../events/category.ts';
import type { DomainEvent, Recorded } from '../../../events/event.ts';
import { heldBy, recorded, type StoredEvent } from '../../../events/gate.ts';
import { LogCutShort, Passing, StoredLog } from '../../compliance/log/stored-log.ts';
import { DomainError } from '../../errors.ts';
import { LedgerUnavailable, NoSuchPosition } from '../../ledger/errors.ts';
import type { EventStore } from '../../ledger/event-store.ts';
import { readAllRaw } from '../../ledger/moving/raw-store.ts';

/** The log as it was at a position, read through the gate. What cannot be read is named, and nothing is made up in its place. */
export class LogAt {
  /** What could not be read: an answer made without it is not complete. */
  readonly faults = new Set<string>();
  /** Streams of which something could not be read. */
  readonly faulty = new Set<string>();

  private readonly log: StoredLog;

  constructor(
    private readonly store: EventStore,
    readonly position: bigint,
  ) {
    this.log = new StoredLog(store);
  }

  /** @throws LedgerUnavailable */
  async *stream<E extends DomainEvent>(name: Stream<E>): AsyncGenerator<Recorded<E>> {
    for await (const stored of this.stored(name)) {
      const event = this.read(stored);
      if (event) yield heldBy(name, event);
    }
  }

  /** Likewise, as they are stored: for those who read events themselves. @throws LedgerUnavailable */
  async *stored(name: string): AsyncGenerator<StoredEvent> {
    const { raw } = this.store;
    for await (const stored of available(this.log.stream(name))) {
      if ((stored.position?.commit ?? 0n) > this.position) return;
      yield stored;
    }
    // A read that is broken off with its connection looks like one that came to its end.
    const { outage } = this.store;
    if (outage !== undefined || this.store.raw !== raw)
      throw new LedgerUnavailable(outage ?? 'the connection was lost');
  }

  /** Of all streams, what a filter lets through. @throws LedgerUnavailable */
  async *all(filter: Parameters<StoredLog['all']>[0]): AsyncGenerator<Recorded<LedgerEvent>> {
    for await (const passing of available(this.log.all(filter))) {
      if (passing.position.commit > this.position) return;
      const event = this.read(passing.stored());
      if (event) yield event;
    }
  }

  /** An event that this release cannot read, or does not believe. */
  fault(stream: string, revision: bigint | number, error: unknown): void {
    this.faulty.add(stream);
    this.faults.add(`revision ${revision} of ${stream}: ${error instanceof Error ? error.message : String(error)}`);
  }

  private read(stored: StoredEvent): Recorded<LedgerEvent> | undefined {
    try {
      return recorded(stored);
    } catch (error) {
      this.fault(stored.streamId, stored.revision, error);
      return undefined;
    }
  }
}

/** What the client throws, as the ledger says it. */
async function* available<T>(events: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* events;
  } catch (error) {
    if (error instanceof DomainError) throw error;
    const why = error instanceof LogCutShort ? 'a read was broken off' : 'a read failed';
    throw new LedgerUnavailable(why, { cause: error });
  }
}

/**
 * When the event at a position was recorded; undefined where no event is there.
 * @throws LedgerUnavailable
 */
export const recordedAt = async (store: EventStore, position: bigint): Promise<string | undefined> => {
  const place = { commit: position, prepare: position };
  try {
    // Says whether the server knows the position at all.
    await store.afterInAll(position, 0);
    for await (const event of available(readAllRaw(store.raw, { from: place, max: 1 })))
      return event.position.commit === position ? new Passing(event).recordedAt() : undefined;
  } catch (error) {
    if (!(error instanceof NoSuchPosition)) throw error;
  }
  return undefined;
};
