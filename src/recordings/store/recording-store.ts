import type { Readable } from 'node:stream';
import { DomainError } from '../../errors.ts';

/** Inclusive byte positions, as in RFC 9110; `last` beyond the end means up to the end. */
export type ByteRange = { readonly first: number; readonly last: number };

export type StoredObject = {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** Another one whenever the object's bytes are others; undefined where the store gives none. */
  readonly version?: string | undefined;
};

/** `stream` is open and must be consumed or destroyed. `totalBytes` is the whole object's size, whatever the range. */
export type StoredBytes = { readonly stream: Readable; readonly totalBytes: number };

/**
 * Where the bytes of recordings live. It knows keys and bytes, nothing of patients or permissions.
 *
 * Every method ends in bounded time and sooner when its signal aborts (with the signal's reason). Every method throws
 * `RecordingStoreUnavailable` when the store is away, full, misconfigured or silent.
 */
export interface RecordingStore {
  /**
   * Writes `body` to its end under `key`, durably: once this resolves the bytes survive a power cut. Until then, and after
   * any failure, no object is to be seen. Constant memory. Consumes `body`, or destroys it.
   * A key is written once (`RecordingObjectExists`); keys hold fresh ids, so two writers of one key are a bug.
   * @throws what `body` fails with, as it is
   */
  write(key: string, body: Readable, options: WriteOptions): Promise<{ bytes: number }>;

  /** @throws RecordingObjectNotFound, RecordingObjectStrange, or RangeError when `range.first` lies beyond the end */
  read(key: string, options?: { range?: ByteRange; signal?: AbortSignal }): Promise<StoredBytes>;

  /** @throws RecordingObjectNotFound, RecordingObjectStrange */
  head(key: string, signal?: AbortSignal): Promise<StoredObject>;

  /** Durable once it resolves. Deleting what is not there succeeds. */
  delete(key: string, signal?: AbortSignal): Promise<void>;

  /** Every object, page by page, in no order that matters. What is not named like a recording is passed over. */
  list(signal?: AbortSignal): AsyncIterable<readonly StoredObject[]>;

  /**
   * Removes what writes left behind when their process died, and gives the number removed. Only what nobody has touched
   * since `before` goes, because another instance may be writing to the same store right now.
   */
  sweepIncomplete(before: Date, signal?: AbortSignal): Promise<number>;

  /** Resolves when the store can serve right now. For readiness. */
  check(signal?: AbortSignal): Promise<void>;

  /**
   * An address from which anybody who has it can read the object for `seconds` (at most `MAX_PRESIGN_SECONDS`). What leaves
   * that way can be neither cut nor counted. Only stores that can serve HTTP themselves have it.
   */
  presign?(key: string, seconds: number, response: PresignedResponse): Promise<string>;

  /** Lets go of connections. The store is not used afterwards. */
  close(): void;
}

export type WriteOptions = { readonly contentType: string; readonly signal?: AbortSignal };
export type PresignedResponse = { readonly contentType: string; readonly contentDisposition: string };

export const MAX_PRESIGN_SECONDS = 60;

/** The store is away, full, misconfigured or silent. The message names the setting to look at, never its value. */
export class RecordingStoreUnavailable extends DomainError {
  readonly code = 'recording-store-unavailable';
  override readonly retryAfterSeconds = 5;
  constructor(why: string, options?: ErrorOptions) {
    super(`the recording store is not available: ${why}`, options);
  }
}

/** No object has this key. Not a `DomainError`: where the ledger says it was stored, losing it is our failure. */
export class RecordingObjectNotFound extends Error {
  constructor(key: string) {
    super(`there is no recording object ${key}`);
    this.name = 'RecordingObjectNotFound';
  }
}

/** What has this key is no object that a write made: a link, a folder, a pipe. Somebody else put it there. */
export class RecordingObjectStrange extends Error {
  constructor(key: string) {
    super(`what is stored as ${key} is no regular file`);
    this.name = 'RecordingObjectStrange';
  }
}

/** Keys are fresh for every upload: writing to one in use is a bug, and replacing a recording would destroy evidence. */
export class RecordingObjectExists extends Error {
  constructor(key: string) {
    super(`there is a recording object ${key} already`);
    this.name = 'RecordingObjectExists';
  }
}
