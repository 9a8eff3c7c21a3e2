import type { StoredEvent } from '../../../events/gate.ts';
import { recordTime } from '../../../events/moved-from.ts';
import type { EventStore } from '../../ledger/event-store.ts';
import { type RawEvent, type RawFilter, readAllRaw, readStreamRaw } from '../../ledger/moving/raw-store.ts';

/** The log ended before an event that it was known to hold: nothing can be concluded from a part. */
export class LogCutShort extends Error {
  override readonly name = 'LogCutShort';
}

/** The place of an event in `$all`. */
export type Position = RawEvent['position'];

/**
 * The log and its streams as stored, to be read by either key's reader. It asks the store for nothing but reads, and holds no more than one
 * answer's buffer of them.
 */
export class StoredLog {
  constructor(private readonly store: EventStore) {}

  /**
   * Every event that a filter lets through, in order, up to the newest at the time of the call.
   * @throws LogCutShort, and what the client throws
   */
  async *all(filter: RawFilter, from: Position | 'start' = 'start'): AsyncGenerator<Passing> {
    const last = await this.newest(filter);
    if (!last) return;
    for await (const event of readAllRaw(this.store.raw, { filter, from })) {
      if (event.position.commit > last.position.commit) return;
      yield new Passing(event);
      if (event.id === last.id) return;
    }
    // A read that is broken off looks like one that came to its end.
    throw new LogCutShort(
      `the store's answer ended before position ${last.position.commit}, which it had before: run it again`,
    );
  }

  /** Likewise, from the newest on towards the start. */
  async *backwards(filter: RawFilter): AsyncGenerator<Passing> {
    for await (const event of readAllRaw(this.store.raw, { filter, from: 'end', direction: 'backwards' }))
      yield new Passing(event);
  }

  /** One stream from its start; nothing where there is no such stream. */
  async *stream(name: string): AsyncGenerator<StoredEvent> {
    for await (const event of readStreamRaw(this.store.raw, name)) yield storedOf(event);
  }

  async newest(filter: RawFilter): Promise<Passing | undefined> {
    let newest: Passing | undefined;
    for await (const event of readAllRaw(this.store.raw, { filter, from: 'end', direction: 'backwards', max: 1 }))
      newest ??= new Passing(event);
    return newest;
  }
}

/** An event of the log before its JSON is read: most of a long log is passed over. */
export class Passing {
  private read: StoredEvent | undefined;
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly position: Position;
  readonly data: Buffer;

  constructor(private readonly event: RawEvent) {
    this.id = event.id;
    this.type = event.type;
    this.stream = event.stream;
    this.position = event.position;
    this.data = event.data;
  }

  stored(): StoredEvent {
    this.read ??= storedOf(this.event);
    return this.read;
  }

  /** When it was recorded first, ISO-8601 UTC; by this store's clock where what it says of that cannot be read. */
  recordedAt(): string {
    const { created, metadata } = this.stored();
    return recordTime(created, metadata) ?? created.toISOString();
  }
}

const storedOf = ({ id, type, stream, revision, ticks, data, metadata, position }: RawEvent): StoredEvent => ({
  id,
  type,
  streamId: stream,
  revision,
  position,
  created: new Date(Number(ticks / 10_000n)),
  data: parsed(data),
  metadata: parsed(metadata),
});

/** Undefined where it is no JSON: the reader of either key refuses it then. */
const parsed = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
};
