import { createHash, type Hash } from 'node:crypto';

/**
 * The pieces of a recording and what each must hash to, so that any range of it can be proved before a byte of it leaves. Each
 * hash begins with whose recording it is and which piece: a piece of another recording, or in another place, matches nothing.
 */
export type ChunkHashes = {
  /** Length of every chunk but the last. */
  readonly bytes: number;
  /** The SHA-256 of each chunk in order, joined. */
  readonly hashes: Buffer;
};

export type ChunkOwner = { readonly patientId: string; readonly recordingId: string };

/** A chunk is held in memory until it is proved, so that it must be small; and hashes are stored in one event, so that there must be few. */
const LEAST_CHUNK_BYTES = 256 * 1024;
const MOST_CHUNKS = 8_192;
const HASH_BYTES = 32;

/** The smallest power of two that leaves a recording of `mostBytes` with few enough chunks. */
export const chunkLength = (mostBytes: number): number => {
  let bytes = LEAST_CHUNK_BYTES;
  while (bytes * MOST_CHUNKS < mostBytes) bytes *= 2;
  return bytes;
};

/** A hash that has been told whose chunk it is and which; the chunk's bytes come next. */
export const chunkHash = ({ patientId, recordingId }: ChunkOwner, index: number): Hash =>
  createHash('sha256').update(`${patientId}/${recordingId}/${index}\n`);

/** What the chunk must hash to. */
export const expectedHash = ({ hashes }: ChunkHashes, index: number): Buffer =>
  hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);

/** Makes the hashes of a recording that passes by, in whatever pieces it comes. */
export class ChunkHasher {
  private readonly done: Buffer[] = [];
  private current: Hash | undefined;
  private filled = 0;

  constructor(
    private readonly owner: ChunkOwner,
    private readonly bytes: number,
  ) {}

  update(piece: Buffer): void {
    for (let rest = piece; rest.length > 0; ) {
      this.current ??= chunkHash(this.owner, this.done.length);
      const part = rest.subarray(0, this.bytes - this.filled);
      this.current.update(part);
      this.filled += part.length;
      rest = rest.subarray(part.length);
      if (this.filled === this.bytes) this.next();
    }
  }

  /** To be called once, after the last piece. */
  digest(): ChunkHashes {
    if (this.filled > 0) this.next();
    return { bytes: this.bytes, hashes: Buffer.concat(this.done) };
  }

  private next(): void {
    if (this.current) this.done.push(this.current.digest());
    this.current = undefined;
    this.filled = 0;
  }
}
