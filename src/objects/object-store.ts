import type { Readable } from 'node:stream';
import { DomainError } from '../errors.ts';
import type { KeyPolicy, ObjectKey } from './object-key.ts';

/** Inclusive byte positions, as in RFC 9110; `last` beyond the end means up to the end. */
export type ByteRange = { readonly first: number; readonly last: number };

export type StoredObject = {
  readonly key: ObjectKey;
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** Another one whenever the object's bytes are others; undefined where the store gives none. */
  readonly version?: string | undefined;
};

/** `stream` is open and must be consumed or destroyed. `totalBytes` is the whole object's size, whatever the range. */
export type StoredBytes = { readonly stream: Readable; readonly totalBytes: number };

/**
 * What a store is opened for. The store knows keys and bytes, and nothing of what they are, of patients or of permissions.
 */
export type Holding = KeyPolicy & {
  /** The error to throw when the store is away, full, misconfigured or silent. `why` names the setting to look at, never its value. */
  readonly unavailable: new (
    why: string,
    options?: ErrorOptions,
  ) => ObjectStoreUnavailable;
};

/**
 * Where bytes live.
 *
 * Every method ends in bounded time and sooner when its signal aborts (with the signal's reason). Every method throws the
 * `unavailable` of what the store holds when it is away, full, misconfigured or silent, and a TypeError for a key that is not of
 * its policy.
 */
export interface ObjectStore {
  /**
   * Writes `body` to its end under `key`, durably: once this resolves the bytes survive a power cut. Until then, and after
   * any failure, no object is to be seen. Constant memory. Consumes `body`, or destroys it.
   * A key is written once (`ObjectKeyInUse`); keys hold fresh ids, so two writers of one key are a bug.
   * @throws what `body` fails with, as it is
   */
  write(key: ObjectKey, body: Readable, options: WriteOptions): Promise<{ bytes: number }>;

  /** @throws NoSuchObject, NotAnObject, or RangeError when `range.first` lies beyond the end */
  read(key: ObjectKey, options?: { range?: ByteRange; signal?: AbortSignal }): Promise<StoredBytes>;

  /** @throws NoSuchObject, NotAnObject */
  head(key: ObjectKey, signal?: AbortSignal): Promise<StoredObject>;

  /** Durable once it resolves. Deleting an object that is not there succeeds. */
  delete(key: ObjectKey, signal?: AbortSignal): Promise<void>;

  /**
   * Every object, page by page, in no order that matters but that those with the same first segment come one after the other. Objects that the
   * policy does not name are passed over.
   * @param under only those whose first segment it is
   */
  list(signal?: AbortSignal, under?: string): AsyncIterable<readonly StoredObject[]>;

  /**
   * Removes what writes left behind when their process died, and gives the number removed. Only files that no writer has
   * touched since `before` go, because another instance may be writing to the same store right now.
   */
  sweepIncomplete(before: Date, signal?: AbortSignal): Promise<number>;

  /** Resolves when the store can serve right now. For readiness. */
  check(signal?: AbortSignal): Promise<void>;

  /**
   * An address from which any holder of it can read the object for `seconds` (at most `MAX_PRESIGN_SECONDS`). What leaves
   * that way can be neither cut nor counted. Only stores that can serve HTTP themselves have it.
   */
  presign?(key: ObjectKey, seconds: number, response: PresignedResponse): Promise<string>;

  /** Lets go of connections. The store is not used afterwards. */
  close(): void;
}

export type WriteOptions = { readonly contentType: string; readonly signal?: AbortSignal };
export type PresignedResponse = { readonly contentType: string; readonly contentDisposition: string };

export const MAX_PRESIGN_SECONDS = 60;

/** The store is away, full, misconfigured or silent. Each use of a store has its own, with its own code. */
export abstract class ObjectStoreUnavailable extends DomainError {
  override readonly retryAfterSeconds = 5;
}

/** No object has this key. Not a `DomainError`: where the ledger says it was stored, losing it is our failure. */
export class NoSuchObject extends Error {
  constructor(key: string, { noun }: KeyPolicy) {
    super(`there is no ${noun} object ${key}`);
    this.name = 'NoSuchObject';
  }
}

/** What has this key is no object that a write made: a link, a folder, a pipe. Another program put it there. */
export class NotAnObject extends Error {
  constructor(key: string) {
    super(`${key} is stored as something that is no regular file`);
    this.name = 'NotAnObject';
  }
}

/** Keys are fresh for every write: writing to one in use is a bug, and replacing an object would destroy evidence. */
export class ObjectKeyInUse extends Error {
  constructor(key: string, { noun }: KeyPolicy) {
    super(`there is a ${noun} object ${key} already`);
    this.name = 'ObjectKeyInUse';
  }
}
