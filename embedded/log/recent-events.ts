import type { StoredEvent } from '../wire/stored-event.ts';
import { DELETED } from './stream-metadata.ts';

/** An event and where it stands. */
export type NewRecord = {
  readonly event: StoredEvent;
  readonly streamNumber: bigint;
  /** First revision that is there of its stream. */
  readonly beginning: bigint;
  /** Of the event, as text. */
  readonly id: string;
  /** Set on the first event of a stream. */
  readonly newStreamName?: string;
};

type RecentStream = {
  /** Set when the stream began here. */
  name: string | undefined;
  /** First revision that is there of the stream, here or in the file. */
  readonly beginning: bigint;
  /** Revision of the first of `positions`. */
  first: bigint;
  readonly positions: bigint[];
  /** Position of the tombstone. */
  tombstone: bigint | undefined;
  /** Of each event id the first place here. */
  readonly ids: Map<string, bigint>;
};

/** What the index in the event file needs to learn about one stream. */
export type RecentInStream = { readonly streamNumber: bigint } & Readonly<RecentStream>;

/** The newest events with their index, in memory, until they are in the event file. Their positions are without gaps. */
export class RecentEvents {
  private readonly streams = new Map<bigint, RecentStream>();
  private readonly numbers = new Map<string, bigint>();
  private inOrder: StoredEvent[] = [];
  /** Of each of `inOrder`. */
  private streamNumbers: bigint[] = [];
  private firstPosition: bigint | undefined;

  get size(): number {
    return this.inOrder.length;
  }

  /** Position of the first of them, undefined without events. */
  get first(): bigint | undefined {
    return this.firstPosition;
  }

  /** In the order of their positions. */
  get events(): readonly StoredEvent[] {
    return this.inOrder;
  }

  /** Number of the stream of one of `events`. */
  streamOf(place: number): bigint {
    const number = this.streamNumbers[place];
    if (number === undefined) throw new RangeError(`There is no event ${place}.`);
    return number;
  }

  at(position: bigint): StoredEvent | undefined {
    return this.firstPosition === undefined ? undefined : this.inOrder[Number(position - this.firstPosition)];
  }

  add({ event, streamNumber, beginning, id, newStreamName }: NewRecord): void {
    const { position, revision } = event;
    this.firstPosition ??= position;
    this.inOrder.push(event);
    this.streamNumbers.push(streamNumber);
    let stream = this.streams.get(streamNumber);
    if (stream === undefined) {
      stream = { name: undefined, beginning, first: revision, positions: [], tombstone: undefined, ids: new Map() };
      this.streams.set(streamNumber, stream);
    }
    if (newStreamName !== undefined) {
      stream.name = newStreamName;
      this.numbers.set(newStreamName, streamNumber);
    }
    if (revision === DELETED) stream.tombstone = position;
    else {
      if (stream.positions.length === 0) stream.first = revision;
      stream.positions.push(position);
    }
    if (!stream.ids.has(id)) stream.ids.set(id, revision);
  }

  streamNumber(name: string): bigint | undefined {
    return this.numbers.get(name);
  }

  /** First revision that is there of a stream, here or in the file; undefined when nothing of it is here. */
  beginning(streamNumber: bigint): bigint | undefined {
    return this.streams.get(streamNumber)?.beginning;
  }

  lastRevision(streamNumber: bigint): bigint | undefined {
    const stream = this.streams.get(streamNumber);
    if (stream === undefined) return undefined;
    return stream.tombstone === undefined ? stream.first + BigInt(stream.positions.length) - 1n : DELETED;
  }

  /** First revision that is here and no longer, or not yet, in the file; undefined when none is. */
  firstRevision(streamNumber: bigint): bigint | undefined {
    const stream = this.streams.get(streamNumber);
    return stream === undefined || stream.positions.length === 0 ? undefined : stream.first;
  }

  positionOf(streamNumber: bigint, revision: bigint): bigint | undefined {
    const stream = this.streams.get(streamNumber);
    if (stream === undefined) return undefined;
    return revision === DELETED ? stream.tombstone : stream.positions[Number(revision - stream.first)];
  }

  revisionOf(streamNumber: bigint, id: string): bigint | undefined {
    return this.streams.get(streamNumber)?.ids.get(id);
  }

  /** Stream by stream, so that events written together lie together. */
  *byStream(): Iterable<RecentInStream> {
    for (const [streamNumber, stream] of this.streams) yield { streamNumber, ...stream };
  }

  clear(): void {
    this.streams.clear();
    this.numbers.clear();
    this.inOrder = [];
    this.streamNumbers = [];
    this.firstPosition = undefined;
  }
}
