import { encodeRecordedEvent, type ProposedEvent, StoredEvent } from '../wire/stored-event.ts';
import type { StreamView } from './expected-version.ts';
import type { Head, Heads } from './heads.ts';
import type { RememberedIds } from './remembered-ids.ts';
import type { NewRecord, Storage } from './storage.ts';
import {
  DELETED,
  isMetastream,
  METADATA_EVENT,
  METASTREAM_METADATA,
  metastreamOf,
  originalOf,
  parseStreamMetadata,
  withTruncateBefore,
} from './stream-metadata.ts';

type Pending = {
  head: Head;
  /** Of each event id the first one here: what EventStoreDB tells a repeat. */
  readonly revisions: Map<string, bigint>;
  /** Revision of the first of `drafted`, which follow one another. */
  readonly first: bigint;
  readonly drafted: { readonly id: string; readonly position: bigint }[];
};

/**
 * The commit being put together: every append in it sees the ones before it. Nothing here touches the durable heads,
 * so a commit that fails is simply dropped.
 */
export class Draft {
  readonly records: NewRecord[] = [];
  private readonly pending = new Map<string, Pending>();
  /** Data of metadata events drafted here, for a revival later in the same draft. */
  private readonly metadataData = new Map<string, Buffer>();

  constructor(
    private readonly heads: Heads,
    private readonly storage: Storage,
    private position: bigint,
    readonly created: bigint,
    /** Without it every id is known, however old. */
    private readonly remembered?: RememberedIds,
  ) {}

  head(stream: string): Head {
    return this.pending.get(stream)?.head ?? this.heads.get(stream);
  }

  view(stream: string): StreamView {
    const head = this.head(stream);
    const pending = this.pending.get(stream);
    return {
      // Like EventStoreDB, which takes metadata of a tombstoned stream when there was some before. It can't be read.
      tombstoned:
        head.last === DELETED ||
        (isMetastream(stream) && head.last < 0n && this.head(originalOf(stream)).last === DELETED),
      softDeleted: isSoftDeleted(stream, head),
      hasMetadata: head.metadata !== undefined && !isMetastream(stream),
      last: head.last,
      revisionOf: (id) => (this.remembers ? (pending?.revisions.get(id) ?? this.earlier(stream, head, id)) : undefined),
      idAt: (revision) => draftedAt(pending, revision)?.id ?? this.storedIdAt(head, revision),
    };
  }

  /**
   * Adds events at the end of a stream and returns the position of the last one. Writing to a soft-deleted stream, or
   * to its metadata, brings it back: its metadata is rewritten so that events from here on show.
   */
  append(stream: string, events: readonly ProposedEvent[]): bigint {
    const before = this.head(stream);
    const original = isMetastream(stream) ? originalOf(stream) : undefined;
    const revivesOriginal = original !== undefined && isSoftDeleted(original, this.head(original));
    const position = this.write(stream, events);
    if (isSoftDeleted(stream, before)) this.revive(stream, before.last + 1n);
    if (revivesOriginal) this.revive(original, this.head(original).last + 1n);
    return position;
  }

  /** Like `append`, but a soft-deleted stream stays deleted: how deletion itself is written. */
  write(stream: string, events: readonly ProposedEvent[]): bigint {
    let revision = this.head(stream).last;
    for (const event of events) {
      revision += 1n;
      this.put(stream, revision, event);
    }
    if (isMetastream(stream)) this.metadataWritten(originalOf(stream), events);
    return this.position;
  }

  /** Adds the event that closes a stream for good; returns its position. */
  tombstone(stream: string): bigint {
    this.put(stream, DELETED, tombstoneEvent());
    return this.position;
  }

  /** Position of an event of a stream, drafted or durable. */
  positionOf(stream: string, revision: bigint): bigint | undefined {
    const drafted = draftedAt(this.pending.get(stream), revision);
    if (drafted !== undefined) return drafted.position;
    return this.stored(this.heads.get(stream), revision)?.position;
  }

  /** Hands the new heads to the cache, and the ids to the memory; call once the records are durable. */
  publish(): void {
    for (const [stream, { head, revisions }] of this.pending) {
      this.heads.set(stream, head);
      for (const [id, revision] of revisions) this.remembered?.written(stream, id, revision);
    }
  }

  private put(stream: string, revision: bigint, event: ProposedEvent): void {
    const position = ++this.position;
    const pending = this.touch(stream);
    const { head } = pending;
    const encoded = encodeRecordedEvent(event, { stream, revision, position, created: this.created });
    this.records.push({
      event: StoredEvent.at(revision, position, encoded),
      streamNumber: head.number ?? position,
      beginning: head.first,
      id: event.id,
      ...(head.number === undefined ? { newStreamName: stream } : {}),
    });
    pending.head = { ...head, number: head.number ?? position, last: revision };
    if (!pending.revisions.has(event.id)) pending.revisions.set(event.id, revision);
    // A tombstone follows nothing, and nothing follows it.
    if (revision !== DELETED) pending.drafted.push({ id: event.id, position });
  }

  private metadataWritten(stream: string, events: readonly ProposedEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    const pending = this.touch(stream);
    pending.head = {
      ...pending.head,
      metadata: isMetastream(stream) ? METASTREAM_METADATA : parseStreamMetadata(last.data),
    };
    this.metadataData.set(stream, last.data);
  }

  /** Rewrites the metadata of a soft-deleted stream so that events from `from` on show again. */
  private revive(stream: string, from: bigint): void {
    const current = this.metadataData.get(stream) ?? this.heads.metadataData(stream) ?? Buffer.alloc(0);
    this.write(metastreamOf(stream), [metadataEvent(withTruncateBefore(current, from))]);
  }

  private touch(stream: string): Pending {
    let pending = this.pending.get(stream);
    if (pending === undefined) {
      const head = this.heads.get(stream);
      pending = { head, revisions: new Map(), first: head.last + 1n, drafted: [] };
      this.pending.set(stream, pending);
    }
    return pending;
  }

  private get remembers(): boolean {
    return this.remembered === undefined || this.remembered.any;
  }

  /** Where an earlier commit wrote an event id. */
  private earlier(stream: string, { number }: Head, id: string): bigint | undefined {
    if (this.remembered !== undefined) return this.remembered.revisionOf(stream, id);
    return number === undefined ? undefined : this.storage.revisionOf(number, id);
  }

  private storedIdAt(head: Head, revision: bigint): string | undefined {
    return this.stored(head, revision)?.id;
  }

  private stored({ number }: Head, revision: bigint): StoredEvent | undefined {
    return number === undefined || revision < 0n ? undefined : this.storage.eventOf(number, revision);
  }
}

const isSoftDeleted = (stream: string, { last, metadata }: Head): boolean =>
  !isMetastream(stream) && last !== DELETED && metadata?.truncateBefore === DELETED;

const draftedAt = (pending: Pending | undefined, revision: bigint) =>
  pending?.drafted[Number(revision - pending.first)];

export const metadataEvent = (data: Buffer): ProposedEvent => ({
  id: crypto.randomUUID(),
  type: METADATA_EVENT,
  contentType: 'application/json',
  data,
  metadata: Buffer.alloc(0),
});

const tombstoneEvent = (): ProposedEvent => ({
  id: crypto.randomUUID(),
  type: '$streamDeleted',
  contentType: 'application/octet-stream',
  data: Buffer.alloc(0),
  metadata: Buffer.alloc(0),
});
