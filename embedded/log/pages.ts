import type { StoredEvent } from '../wire/stored-event.ts';
import type { Head, Heads } from './heads.ts';
import type { Direction, Storage } from './storage.ts';
import { DELETED, isMetastream, originalOf, type StreamMetadata } from './stream-metadata.ts';

export type StreamQuery = {
  /** First revision to look at, included. */
  readonly from: bigint | 'start' | 'end';
  readonly direction: Direction;
  readonly max: number;
};

export type StreamPage = {
  /** `not-found` covers streams that never were and soft-deleted ones. */
  readonly status: 'ok' | 'not-found' | 'deleted';
  readonly events: readonly StoredEvent[];
  /** Last revision of the stream, -1 without events. */
  readonly last: bigint;
  /** Where the next page begins; meaningless when `end`. */
  readonly next: bigint;
  readonly end: boolean;
};

export type AllQuery = {
  /** First position to look at, included. */
  readonly from: bigint | 'start' | 'end';
  readonly direction: Direction;
  readonly max: number;
  readonly filter?: (event: StoredEvent) => boolean;
  /** How many events to look at before giving back those found; 10 000 unless told. */
  readonly scanLimit?: number;
};

export type AllPage = {
  readonly events: readonly StoredEvent[];
  /** Where the next page begins; meaningless when `end`. */
  readonly next: bigint;
  /** How many visible events were looked at, matching or not. */
  readonly considered: number;
  readonly end: boolean;
};

/** A page stops growing here, whatever its `max`: events may be 16 MB each. */
const PAGE_BYTES = 1024 * 1024;
const SCAN_LIMIT = 10_000;

/** How events are read from the log: page by page, and only what truncation, age and deletion leave visible. */
export class Pages {
  /** @param lastPosition of the durable events; of what comes after it nothing is shown */
  constructor(
    private readonly storage: Storage,
    private readonly heads: Heads,
    private readonly lastPosition: () => bigint,
  ) {}

  streamMetadata(stream: string): StreamMetadata {
    return this.heads.get(stream).metadata ?? {};
  }

  lastRevision(stream: string): bigint {
    return this.isTombstoned(stream) ? DELETED : this.heads.get(stream).last;
  }

  firstVisible(stream: string): bigint {
    const head = this.heads.get(stream);
    if (head.last === DELETED) return DELETED;
    const nothing = head.last + 1n;
    const isHiddenAll = this.isTombstoned(stream) || head.metadata?.truncateBefore === DELETED;
    if (isHiddenAll || head.number === undefined) return nothing;
    const lowest = this.lowestVisible(head, head.number);
    return lowest < nothing ? lowest : nothing;
  }

  readStream(stream: string, query: StreamQuery): StreamPage {
    const head = this.heads.get(stream);
    const nothing = { events: [], last: head.last, next: 0n, end: true };
    if (this.isTombstoned(stream)) return { status: 'deleted', ...nothing };
    if (head.number === undefined || head.metadata?.truncateBefore === DELETED) {
      return { status: 'not-found', ...nothing };
    }
    const lowest = this.lowestVisible(head, head.number);
    const wanted = query.from === 'start' ? 0n : query.from === 'end' ? head.last : query.from;
    return query.direction === 'forwards'
      ? this.page(head, head.number, { ...query, from: wanted < lowest ? lowest : wanted, to: head.last })
      : this.page(head, head.number, { ...query, from: wanted > head.last ? head.last : wanted, to: lowest });
  }

  readAll(query: AllQuery): AllPage {
    const forwards = query.direction === 'forwards';
    const limit = query.scanLimit ?? SCAN_LIMIT;
    const last = this.lastPosition();
    const wanted = query.from === 'start' ? 0n : query.from === 'end' ? last : query.from;
    const from = forwards || wanted < last ? wanted : last;
    const events: StoredEvent[] = [];
    let next = from;
    let scanned = 0;
    let considered = 0;
    let bytes = 0;
    // Beyond the last record may be positions that a compaction left out.
    let seenAll = query.max > 0;
    if (query.max > 0 && from <= last) {
      for (const event of this.storage.events(from, query.direction)) {
        if (event.position > last) break;
        next = forwards ? event.position + 1n : event.position - 1n;
        scanned++;
        if (!isHidden(event)) {
          considered++;
          if (query.filter === undefined || query.filter(event)) {
            events.push(event);
            bytes += event.encoded.length;
          }
        }
        if (events.length >= query.max || bytes >= PAGE_BYTES || scanned >= limit) {
          seenAll = false;
          break;
        }
      }
    }
    return { events, next, considered, end: seenAll || (forwards ? next > last : next < 0n) };
  }

  eventAt(stream: string, revision: bigint): StoredEvent | undefined {
    const page = this.readStream(stream, { from: revision, direction: 'forwards', max: 1 });
    const [event] = page.events;
    return event?.revision === revision ? event : undefined;
  }

  at(position: bigint): StoredEvent | undefined {
    return position < 0n || position > this.lastPosition() ? undefined : this.storage.event(position);
  }

  private isTombstoned(stream: string): boolean {
    if (this.heads.get(stream).last === DELETED) return true;
    return isMetastream(stream) && this.heads.get(originalOf(stream)).last === DELETED;
  }

  private page(
    head: Head,
    number: bigint,
    { from, to, direction, max }: { from: bigint; to: bigint; direction: Direction; max: number },
  ): StreamPage {
    const forwards = direction === 'forwards';
    const events: StoredEvent[] = [];
    let next = from;
    let bytes = 0;
    const isOver = forwards ? from > to : from < to;
    if (max > 0 && !isOver) {
      for (const event of this.storage.streamEvents(number, from, to, direction)) {
        events.push(event);
        bytes += event.encoded.length;
        next = forwards ? event.revision + 1n : event.revision - 1n;
        if (events.length >= max || bytes >= PAGE_BYTES) break;
      }
    }
    return { status: 'ok', events, last: head.last, next, end: forwards ? next > to : next < to };
  }

  /** First revision that $maxCount, $tb and $maxAge leave visible. */
  private lowestVisible(head: Head, number: bigint): bigint {
    const { maxCount, truncateBefore, maxAge } = head.metadata ?? {};
    let lowest = head.first;
    if (maxCount !== undefined && head.last - maxCount + 1n > lowest) lowest = head.last - maxCount + 1n;
    if (truncateBefore !== undefined && truncateBefore > lowest) lowest = truncateBefore;
    if (maxAge === undefined || lowest > head.last) return lowest;
    // Creation times never go back along a stream, so the border is found by halving.
    const oldest = BigInt(Date.now()) * 10_000n - maxAge * 10_000_000n;
    let expired = lowest - 1n;
    let fresh = head.last + 1n;
    while (fresh - expired > 1n) {
      const middle = (expired + fresh) / 2n;
      const created = this.storage.eventOf(number, middle)?.created;
      if (created !== undefined && created >= oldest) fresh = middle;
      else expired = middle;
    }
    return fresh;
  }
}

/** Streams that EventStoreDB keeps out of $all (24.2, EventFilter.cs). */
const isHidden = (event: StoredEvent): boolean => {
  if (!event.inSystemStream) return false;
  const { stream } = event;
  if (stream === '$epoch-information') return true;
  return (
    stream.startsWith('$persistentsubscription-$all::') &&
    (stream.endsWith('-checkpoint') || stream.endsWith('-parked'))
  );
};

/** Whether readers of $all, subscribers too, may see the event. */
export const isVisibleInAll = (event: StoredEvent): boolean => !isHidden(event);
