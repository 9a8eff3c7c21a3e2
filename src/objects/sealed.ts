import {
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  type DecipherGCM,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { ObjectKey } from './object-key.ts';
import type { ByteRange, ObjectStore } from './object-store.ts';

/*
 * Cobblestone-256 (https://c2sp.org/chunked-encryption): a sealed object is
 *   salt:24 · commitment:32 · chunk 0 · chunk 1 · …
 * where a chunk is AES-256-GCM of 16 KiB and its tag of 16 bytes, under the nonce of its number, and the last one is shorter, perhaps empty. Chunk k
 * begins at 56 + k·16,400, so that any range of the content is one range of the object.
 */
const SALT_BYTES = 24;
export const HEAD_BYTES = 56;
const CHUNK_BYTES = 16 * 1024;
const TAG_BYTES = 16;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const COMMITMENT_BYTES = HEAD_BYTES - SALT_BYTES;
const AEAD = 'aes-256-gcm';
const INFO = Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0');

/** Chunks that are opened together: a step of a transfer costs more than a chunk. */
const GROUP = 16;

/** The object is not the one that was sealed under this key, for this context, with this length. Its message is for the log. */
export class SealBroken extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.name = 'SealBroken';
  }
}

/** How long an object is that holds so many bytes. */
export const sealedLength = (bytes: number): number =>
  HEAD_BYTES + bytes + TAG_BYTES * (Math.floor(bytes / CHUNK_BYTES) + 1);

/** What a seal is made or opened with. The key has 32 bytes; it is copied, and may be zeroed afterwards. */
export type SealKey = { readonly key: Buffer; readonly context: Buffer };

/** A message's own key, derived; HKDF-Expand alone, since the input is uniformly random. @throws SealBroken for a key of another length */
class Seal {
  readonly head: Buffer;
  private readonly key: KeyObject;
  private readonly baseNonce: Buffer;

  constructor({ key, context }: SealKey, salt: Buffer) {
    if (key.length !== KEY_BYTES) throw new SealBroken(`its key has ${key.length} bytes`);
    const derived = expanded(key, Buffer.concat([INFO, salt, context]), KEY_BYTES + NONCE_BYTES + COMMITMENT_BYTES);
    this.key = createSecretKey(derived.subarray(0, KEY_BYTES));
    this.baseNonce = Buffer.from(derived.subarray(KEY_BYTES, KEY_BYTES + NONCE_BYTES));
    this.head = Buffer.concat([salt, derived.subarray(KEY_BYTES + NONCE_BYTES)]);
    derived.fill(0);
  }

  /** Without options, whose reading costs a tenth of a chunk: a tag has 16 bytes where nothing else is said, and no other length is given to a decipher. */
  cipher(chunk: number): CipherGCM {
    return createCipheriv(AEAD, this.key, this.nonce(chunk));
  }

  decipher(chunk: number): DecipherGCM {
    return createDecipheriv(AEAD, this.key, this.nonce(chunk));
  }

  /** The number of a chunk, as wide as the nonce, is XORed into it; 48 bits are more than the 38 that there may be. */
  private nonce(chunk: number): Buffer {
    const nonce = Buffer.from(this.baseNonce);
    const at = NONCE_BYTES - 6;
    const low = nonce.readUIntBE(at + 2, 4);
    const high = nonce.readUIntBE(at, 2);
    nonce.writeUIntBE((low ^ (chunk % 2 ** 32)) >>> 0, at + 2, 4);
    nonce.writeUIntBE(high ^ Math.floor(chunk / 2 ** 32), at, 2);
    return nonce;
  }
}

const expanded = (key: Buffer, info: Buffer, bytes: number): Buffer => {
  const blocks: Buffer[] = [];
  let last = Buffer.alloc(0);
  for (let n = 1; blocks.reduce((sum, { length }) => sum + length, 0) < bytes; n += 1) {
    last = createHmac('sha512', key)
      .update(last)
      .update(info)
      .update(Buffer.from([n]))
      .digest();
    blocks.push(last);
  }
  return Buffer.concat(blocks).subarray(0, bytes);
};

/** Seals one object as its bytes pass. */
export class Sealing {
  private readonly seal: Seal;
  private readonly hash = createHash('sha256');
  private cipher: CipherGCM;
  private chunk = 0;
  private filled = 0;

  constructor(sealKey: SealKey, salt: Buffer = randomBytes(SALT_BYTES)) {
    this.seal = new Seal(sealKey, salt);
    this.cipher = this.seal.cipher(0);
  }

  /** Its first 56 bytes: salt and commitment. Two seals never have the same. */
  get head(): Buffer {
    return this.seal.head;
  }

  /** The sealed bytes of what comes; may be run once. A piece of them is all that its piece of the content gives. */
  async *through(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    yield this.told(this.head);
    for await (const piece of pieces) {
      const out: Buffer[] = [];
      for (let rest = piece; rest.length > 0; ) {
        const part = rest.subarray(0, CHUNK_BYTES - this.filled);
        out.push(this.cipher.update(part));
        this.filled += part.length;
        rest = rest.subarray(part.length);
        if (this.filled === CHUNK_BYTES) this.end(out);
      }
      yield this.told(Buffer.concat(out));
    }
    // The last one is always shorter: that is how its end is known from a cut.
    const out: Buffer[] = [];
    this.end(out);
    yield this.told(Buffer.concat(out));
  }

  /** The SHA-256 of the sealed object, in hex, by which it can be checked without its key. To be asked once, after the end. */
  sha256(): string {
    return this.hash.digest('hex');
  }

  private end(out: Buffer[]): void {
    out.push(this.cipher.final(), this.cipher.getAuthTag());
    this.chunk += 1;
    this.filled = 0;
    this.cipher = this.seal.cipher(this.chunk);
  }

  private told(bytes: Buffer): Buffer {
    this.hash.update(bytes);
    return bytes;
  }
}

/** A range of an object's content, in steps, each authentic before it is given. */
export interface OpenedRange {
  /** The bytes of the next step that lie in the range, in pieces; undefined after the last. @throws SealBroken, and as `ObjectStore.read` */
  next(): Promise<readonly Buffer[] | undefined>;
  /** Lets go of the object at once; a `next` under way fails. */
  close(): void;
}

export type Sealed = SealKey & {
  /** As it was when it was sealed. */
  readonly head: Buffer;
  /** Of its content. */
  readonly bytes: number;
};

/**
 * Opens a range of a sealed object's content with one ranged read; resolves when its first step is authentic. Of a range that goes up to the end,
 * the end is proved to be it before the last step is given.
 * @throws SealBroken, and what `ObjectStore.read` throws
 */
export const openSealedRange = async (
  { bytes, head, ...sealKey }: Sealed,
  range: ByteRange,
  { store, key, signal }: { readonly store: ObjectStore; readonly key: ObjectKey; readonly signal?: AbortSignal },
): Promise<OpenedRange> => {
  const seal = new Seal(sealKey, head.subarray(0, SALT_BYTES));
  if (!isSame(seal.head, head)) throw new SealBroken('its commitment is of another key, or of another context');
  const total = sealedLength(bytes);
  const final = Math.floor(bytes / CHUNK_BYTES);
  const firstChunk = Math.floor(range.first / CHUNK_BYTES);
  const lastChunk = range.last === bytes - 1 ? final : Math.floor(range.last / CHUNK_BYTES);
  const beginOf = (chunk: number) => Math.min(total, HEAD_BYTES + chunk * SEALED_CHUNK_BYTES);
  const found = await store.read(key, {
    range: { first: firstChunk === 0 ? 0 : beginOf(firstChunk), last: beginOf(lastChunk + 1) - 1 },
    ...(signal && { signal }),
  });
  const source = found.stream;
  const pieces = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const close = () => void source.destroy();
  /** Bytes that came after the end of those that were asked for before. */
  let over: Buffer | undefined;

  /** Exactly so many bytes, in the pieces they come in. */
  const take = async (wanted: number, what: string): Promise<Buffer[]> => {
    const taken: Buffer[] = [];
    for (let missing = wanted; missing > 0; ) {
      const piece: Buffer | undefined = over ?? (await pieces.next()).value;
      over = undefined;
      if (!piece) throw new SealBroken(`it ends ${missing} bytes before the end of ${what}`);
      const part = piece.subarray(0, missing);
      if (part.length < piece.length) over = piece.subarray(part.length);
      taken.push(part);
      missing -= part.length;
    }
    return taken;
  };

  const opened = async (chunk: number): Promise<Buffer[]> => {
    const sealed = beginOf(chunk + 1) - beginOf(chunk);
    const decipher = seal.decipher(chunk);
    const content = (await take(sealed - TAG_BYTES, `chunk ${chunk}`)).map((piece) => decipher.update(piece));
    decipher.setAuthTag(Buffer.concat(await take(TAG_BYTES, `chunk ${chunk}`)));
    try {
      decipher.final();
    } catch (error) {
      throw new SealBroken(`chunk ${chunk} is not the one that was sealed`, { cause: error });
    }
    return within(content, range, chunk * CHUNK_BYTES);
  };

  let at = firstChunk;
  const next = async (): Promise<readonly Buffer[] | undefined> => {
    if (at > lastChunk) return undefined;
    // The end goes with the step before it, which is not given unless it is the end.
    const until = lastChunk - at <= GROUP ? lastChunk : at + GROUP - 1;
    const content: Buffer[] = [];
    for (; at <= until; at += 1) content.push(...(await opened(at)));
    return content;
  };

  try {
    if (found.totalBytes !== total) throw new SealBroken(`it has ${found.totalBytes} bytes and not ${total}`);
    if (firstChunk === 0 && !isSame(Buffer.concat(await take(HEAD_BYTES, 'its head')), head))
      throw new SealBroken('its head is not the one that was stored');
    let first = await next();
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

const isSame = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/** Those of the bytes, which begin at `from`, that lie in the range. */
const within = (pieces: readonly Buffer[], { first, last }: ByteRange, from: number): Buffer[] => {
  let at = from;
  return pieces.flatMap((piece) => {
    const part = piece.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at));
    at += piece.length;
    return part.length > 0 ? [part] : [];
  });
};
