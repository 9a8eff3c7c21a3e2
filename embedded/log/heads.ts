import { LRUCache } from 'lru-cache';
import type { Storage } from './storage.ts';
import {
  DELETED,
  isMetastream,
  METASTREAM_METADATA,
  metastreamOf,
  parseStreamMetadata,
  type StreamMetadata,
} from './stream-metadata.ts';

/** The durable end of a stream. */
export type Head = {
  /** Undefined until the first event. */
  readonly number: bigint | undefined;
  /** First revision that is there, 0 unless a compaction left out what came before. */
  readonly first: bigint;
  /** -1 without events, DELETED when tombstoned. */
  readonly last: bigint;
  /** Undefined when none was written. */
  readonly metadata: StreamMetadata | undefined;
};

/** A head is about 300 bytes; the rest is one look-up in LMDB away. */
const HEADS_KEPT = 20_000;

/** A bounded cache of stream heads over the storage. */
export class Heads {
  private readonly cache = new LRUCache<string, Head>({ max: HEADS_KEPT });

  constructor(private readonly storage: Storage) {}

  get(stream: string): Head {
    const cached = this.cache.get(stream);
    if (cached !== undefined) return cached;
    const number = this.storage.streamNumber(stream);
    const head: Head = {
      number,
      ...(number === undefined ? { first: 0n, last: -1n } : this.storage.ends(number)),
      metadata: isMetastream(stream) ? METASTREAM_METADATA : this.storedMetadata(stream),
    };
    this.cache.set(stream, head);
    return head;
  }

  set(stream: string, head: Head): void {
    this.cache.set(stream, head);
  }

  /** Data of the stream's last metadata event. */
  metadataData(stream: string): Buffer | undefined {
    const number = this.storage.streamNumber(metastreamOf(stream));
    if (number === undefined) return undefined;
    const { last } = this.storage.ends(number);
    if (last < 0n || last === DELETED) return undefined;
    return this.storage.eventOf(number, last)?.data;
  }

  private storedMetadata(stream: string): StreamMetadata | undefined {
    const data = this.metadataData(stream);
    return data === undefined ? undefined : parseStreamMetadata(data);
  }
}
