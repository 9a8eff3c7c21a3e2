import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { within } from '../flow/within.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { Sealing } from '../objects/sealed.ts';
import { ChunkHasher, type ChunkHashes, type ChunkOwner, chunkLength } from './chunks.ts';
import { type Container, ContainerReader } from './container-reader.ts';
import { BodyTooLarge, DigestMismatch, UploadIncomplete, UploadStalled } from './errors.ts';
import { checkedType, recordingType, SEALED_TYPE, SNIFF_BYTES } from './media-type.ts';
import { sealIdOf, storedAs } from './recording-key.ts';

/** So that hashing continues while the store writes, and the gathered bytes are written at once: an eighth faster than Node's 16 KiB, measured. */
const READ_AHEAD_BYTES = 2 ** 20;

export type IngestOptions = {
  readonly store: ObjectStore;
  /** Whose recording it is; its id is fresh for this upload. */
  readonly owner: ChunkOwner;
  /** Undefined: it is stored in clear. */
  readonly sealing?: Sealing | undefined;
  readonly maxBytes: number;
  /** The `Content-Length`, where there is one. */
  readonly declaredBytes?: number;
  /** The `Content-Type`. */
  readonly claimedType: string;
  /** Hex, from `announcedSha256`. */
  readonly expectedSha256?: string;
  /** Longest silence of the sender. */
  readonly idleTimeoutMs: number;
  /** What must come on average, however long it takes; anything when it is not given. */
  readonly leastRate?: LeastRate | undefined;
  readonly signal?: AbortSignal;
  /** Called once nothing but the bytes themselves can be a reason to refuse them. */
  readonly begin?: (() => void) | undefined;
};

export type LeastRate = {
  readonly bytesPerSecond: number;
  /** The time over which it is averaged, and after which it is asked for first. */
  readonly overMs: number;
};

export type Ingested = {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Undefined for a sealed one, whose pieces prove themselves. */
  readonly chunks?: ChunkHashes;
  /** As claimed, or the container's own where its kin was claimed. */
  readonly contentType: string;
} & Container;

/**
 * Takes a recording in: one pass, constant memory, every check on the way. When this resolves the object is durable; when it
 * rejects there is none, and the caller appends no event.
 *
 * A refused `body` is left unread and not destroyed: over HTTP, destroying it would take the connection away from under the
 * answer that says why. The HTTP server reads the rest and throws it away.
 * @throws BodyTooLarge, UploadIncomplete, UploadStalled, ContentTypeMismatch, DigestMismatch, RecordingStoreUnavailable, or
 *   the signal's reason
 */
export const ingest = async (body: Readable, options: IngestOptions): Promise<Ingested> => {
  const { store, owner, sealing, maxBytes, declaredBytes, signal } = options;
  const claimed = recordingType(options.claimedType);
  if (declaredBytes !== undefined && declaredBytes > maxBytes) throw new BodyTooLarge(maxBytes);

  options.begin?.();
  const seen: Seen = {
    hash: createHash('sha256'),
    chunks: sealing ? undefined : new ChunkHasher(owner, chunkLength(declaredBytes ?? maxBytes)),
    container: new ContainerReader(),
    bytes: 0,
  };
  const pieces = examined(body, seen, options);
  try {
    // What it is has to be known before the store is told.
    const head = await beginning(pieces, claimed);
    const whole = joined(head.bytes, pieces);
    const stored = sealing ? sealing.through(whole) : whole;
    const checked = Readable.from(stored, { objectMode: false, highWaterMark: READ_AHEAD_BYTES });
    await store.write(storedAs(owner, sealing && sealIdOf(sealing.head)), checked, {
      contentType: sealing ? SEALED_TYPE : head.type,
      signal,
    });
    const { bytes, hash, chunks, container } = seen;
    return {
      ...{ bytes, sha256: hash.digest('hex'), contentType: head.type },
      ...(chunks && { chunks: chunks.digest() }),
      ...container.end(),
    };
  } finally {
    void pieces.return(undefined).catch(() => undefined);
  }
};

/** What looks at each byte as it passes. */
type Seen = {
  readonly hash: Hash;
  readonly chunks: ChunkHasher | undefined;
  readonly container: ContainerReader;
  bytes: number;
};

/** So much of it that it is known to be what it claims: a few kilobytes, or all of it. @throws ContentTypeMismatch */
const beginning = async (pieces: AsyncGenerator<Buffer>, claimed: string): Promise<{ bytes: Buffer; type: string }> => {
  const held: Buffer[] = [];
  let length = 0;
  while (length < SNIFF_BYTES) {
    const next = await pieces.next();
    if (next.done) break;
    held.push(next.value);
    length += next.value.length;
  }
  const bytes = Buffer.concat(held);
  return { bytes, type: await checkedType(bytes.subarray(0, SNIFF_BYTES), claimed) };
};

async function* joined(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

/** The body as it came. It fails, and with it the write, before its last byte is acknowledged when any check does. */
async function* examined(
  body: Readable,
  seen: Seen,
  { maxBytes, declaredBytes, expectedSha256, ...patience }: IngestOptions,
): AsyncGenerator<Buffer> {
  const { hash, chunks, container } = seen;
  for await (const chunk of arriving(body, patience, () => seen.bytes)) {
    seen.bytes += chunk.length;
    const { bytes } = seen;
    if (bytes > maxBytes) throw new BodyTooLarge(maxBytes);
    if (declaredBytes !== undefined && bytes > declaredBytes) throw new UploadIncomplete(bytes, declaredBytes);
    hash.update(chunk);
    chunks?.update(chunk);
    container.update(chunk);
    yield chunk;
  }
  const { bytes } = seen;
  if (declaredBytes !== undefined && bytes !== declaredBytes) throw new UploadIncomplete(bytes, declaredBytes);
  const sha256 = hash.copy().digest('hex');
  if (expectedSha256 !== undefined && sha256 !== expectedSha256) throw new DigestMismatch(sha256);
}

/**
 * Chunks of `body`, with the ways a sender can fail told apart. Only the time that its bytes are waited for counts, not the store's
 * slowness.
 */
async function* arriving(
  body: Readable,
  { idleTimeoutMs, leastRate, signal }: Pick<IngestOptions, 'idleTimeoutMs' | 'leastRate' | 'signal'>,
  received: () => number,
): AsyncGenerator<Buffer> {
  const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  const pace = new Pace(leastRate);
  /** The next chunk; looks at the pace while it waits. */
  const arrival = async (): Promise<IteratorResult<Buffer>> => {
    const next = chunks.next();
    const silentFrom = performance.now() + idleTimeoutMs;
    for (;;) {
      const from = performance.now();
      const patience = Math.min(silentFrom - from, pace.leftMs);
      const arrived = await within(next, patience, () => new WaitedEnough(), signal).catch((error: unknown) => {
        if (error instanceof WaitedEnough) return undefined;
        if (signal?.aborted && error === signal.reason) throw error;
        throw new UploadIncomplete(received(), undefined, { cause: error });
      });
      if (arrived?.done) return arrived;
      pace.waited(performance.now() - from, received() + (arrived?.value.length ?? 0));
      if (arrived) return arrived;
      if (performance.now() >= silentFrom)
        throw new UploadStalled(`no byte came for ${idleTimeoutMs} ms after the first ${received()}`);
    }
  };
  try {
    for (;;) {
      const next = await arrival();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Takes its listeners off, so that an HTTP server can discard the rest. Not awaited: while the sender is silent it
    // waits for the sender.
    void chunks.return?.()?.catch(() => undefined);
  }
}

/** No error: the signal to check the sender's rate. */
class WaitedEnough extends Error {}

/** Whether a sender keeps up with the least rate, over each stretch of time that was spent waiting for it. */
class Pace {
  private waitedMs = 0;
  private receivedBefore = 0;

  constructor(private readonly least: LeastRate | undefined) {}

  /** Until the next look. */
  get leftMs(): number {
    return this.least ? Math.max(0, this.least.overMs - this.waitedMs) : Number.POSITIVE_INFINITY;
  }

  /** @throws UploadStalled */
  waited(ms: number, received: number): void {
    this.waitedMs += ms;
    if (!this.least || this.waitedMs < this.least.overMs) return;
    const { bytesPerSecond, overMs } = this.least;
    const came = received - this.receivedBefore;
    if (came * 1_000 < bytesPerSecond * this.waitedMs)
      throw new UploadStalled(`${came} bytes came in ${overMs} ms, and at least ${bytesPerSecond} a second must`);
    this.waitedMs = 0;
    this.receivedBefore = received;
  }
}
