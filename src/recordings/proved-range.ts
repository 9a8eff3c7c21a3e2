import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ObjectKey } from '../objects/object-key.ts';
import { type ByteRange, NoSuchObject, NotAnObject, type ObjectStore } from '../objects/object-store.ts';
import { ChunkHasher, type ChunkHashes, type ChunkOwner, chunkHash, chunkLength, expectedHash } from './chunks.ts';

/**
 * A range of a recording, chunk by chunk, each proved to be of this recording and in its place before it is given. Who sends the
 * bytes knows nothing of how they are proved, so that another proof (a sealed form) can take the place of this one.
 */
export interface ProvedRange {
  /**
   * The bytes of the next chunk that lie in the range, in pieces; undefined after the last.
   * @throws ObjectDamaged, RecordingStoreUnavailable, the reason of the signal
   */
  next(): Promise<readonly Buffer[] | undefined>;
  /** Lets go of the object at once; a `next` under way fails. */
  close(): void;
}

/** What the object must be, by the ledger. */
export type Proof = ChunkOwner & {
  readonly bytes: number;
  /** Hex, of the whole. */
  readonly sha256: string;
  readonly chunks: ChunkHashes;
};

/** The object is not the one that was stored: changed, exchanged, cut short, made longer, or gone. Its message is for the log. */
export class ObjectDamaged extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.name = 'ObjectDamaged';
  }
}

type Opening = { readonly store: ObjectStore; readonly key: ObjectKey; readonly signal: AbortSignal };

/**
 * Opens a range; resolves when its first chunk is proved, so that nothing has been sent when the object turns out to be
 * another. The store is read from the beginning of a chunk on, whatever the range.
 * @throws ObjectDamaged, RecordingStoreUnavailable, the reason of the signal
 */
export const openProvedRange = async (
  proof: Proof,
  range: ByteRange,
  { store, key, signal }: Opening,
): Promise<ProvedRange> => {
  const { bytes: length } = proof.chunks;
  const firstChunk = Math.floor(range.first / length);
  const lastChunk = Math.floor(range.last / length);
  const aligned = { first: firstChunk * length, last: Math.min((lastChunk + 1) * length, proof.bytes) - 1 };
  const source = await openObject(proof, { store, key, signal }, aligned);
  const pieces = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  /** What came after the end of the chunk before. */
  let over: Buffer | undefined;

  const chunk = async (index: number): Promise<readonly Buffer[]> => {
    const from = index * length;
    const wanted = Math.min(length, proof.bytes - from);
    const hash = chunkHash(proof, index);
    const taken: Buffer[] = [];
    for (let missing = wanted; missing > 0; ) {
      const piece: Buffer | undefined = over ?? (await pieces.next()).value;
      over = undefined;
      if (!piece) throw new ObjectDamaged(`it ends ${missing} bytes before the end of chunk ${index}`);
      const part = piece.subarray(0, missing);
      if (part.length < piece.length) over = piece.subarray(part.length);
      hash.update(part);
      taken.push(part);
      missing -= part.length;
    }
    if (!hash.digest().equals(expectedHash(proof.chunks, index)))
      throw new ObjectDamaged(`chunk ${index} is not the one stored`);
    return within(taken, Math.max(0, range.first - from), Math.min(wanted, range.last - from + 1));
  };

  let index = firstChunk;
  const next = async () => (index > lastChunk ? undefined : chunk(index++));
  const close = () => void source.destroy();
  try {
    let first: readonly Buffer[] | undefined = await next();
    return {
      next: async () => {
        const held = first;
        first = undefined;
        return held ?? next();
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
};

/**
 * The proof of a recording that was stored without hashes of its chunks: the whole is compared with its SHA-256, and the hashes made
 * on the way hold from then on, so that an object that is exchanged after that is noticed like any other.
 * @throws ObjectDamaged, RecordingStoreUnavailable
 */
export const proveWhole = async (recording: Omit<Proof, 'chunks'>, opening: Opening): Promise<Proof> => {
  const source = await openObject(recording, opening);
  const whole = createHash('sha256');
  const chunks = new ChunkHasher(recording, chunkLength(recording.bytes));
  let read = 0;
  for await (const piece of source as AsyncIterable<Buffer>) {
    read += piece.length;
    whole.update(piece);
    chunks.update(piece);
  }
  if (read !== recording.bytes || whole.digest('hex') !== recording.sha256)
    throw new ObjectDamaged('its SHA-256 is not the one stored');
  return { ...recording, chunks: chunks.digest() };
};

const openObject = async (
  { bytes }: Pick<Proof, 'bytes'>,
  { store, key, signal }: Opening,
  range?: ByteRange,
): Promise<Readable> => {
  const found = await store.read(key, { signal, ...(range && { range }) }).catch(damaged);
  if (found.totalBytes === bytes) return found.stream;
  found.stream.destroy();
  throw new ObjectDamaged(`it has ${found.totalBytes} bytes and not ${bytes}`);
};

/** Rethrows what a store says of an object that is not, or not any more, what a write made. */
export const damaged = (error: unknown): never => {
  const strange = error instanceof NoSuchObject || error instanceof NotAnObject;
  // A range beyond its end: it was cut short.
  if (strange || error instanceof RangeError) throw new ObjectDamaged(error.message, { cause: error });
  throw error;
};

/** The bytes from `start` to before `end` of pieces that lie one after the other. */
const within = (pieces: readonly Buffer[], start: number, end: number): readonly Buffer[] => {
  let at = 0;
  return pieces.flatMap((piece) => {
    const part = piece.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += piece.length;
    return part.length > 0 ? [part] : [];
  });
};
