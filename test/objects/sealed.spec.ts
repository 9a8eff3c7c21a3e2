import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { inflateSync } from 'node:zlib';
import { FileObjectStore } from '../../src/objects/files.ts';
import type { ObjectKey } from '../../src/objects/object-key.ts';
import type { ByteRange, ObjectStore } from '../../src/objects/object-store.ts';
import {
  HEAD_BYTES,
  openSealedRange,
  SealBroken,
  type Sealed,
  Sealing,
  sealedLength,
} from '../../src/objects/sealed.ts';
import { bytes, collect } from './bytes.ts';
import { books, freshKey } from './contract.ts';

type Vector = {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly key: string;
  readonly ctx: string;
  readonly ct: string;
  readonly msgLength?: number;
  readonly msgSha512?: string;
  readonly result: 'valid' | 'invalid';
};
const { tests: vectors } = JSON.parse(
  await readFile(new URL('./cobblestone/vectors.json', import.meta.url), 'utf8'),
) as { tests: Vector[] };

const CHUNK = 16_384;
const context = Buffer.from('recording-1/pat-1');
const webm = { contentType: 'video/webm' };

let folder: string;
let store: FileObjectStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealed-'));
  store = new FileObjectStore({ holding: books, folder });
});
afterAll(() => rm(folder, { recursive: true }));

const stored = async (object: Buffer): Promise<ObjectKey> => {
  const key = freshKey();
  await store.write(key, Readable.from([object], { objectMode: false }), webm);
  return key;
};

const read = async (sealed: Sealed, key: ObjectKey, range?: ByteRange, from: ObjectStore = store): Promise<Buffer> => {
  const opened = await openSealedRange(sealed, range ?? { first: 0, last: Math.max(0, sealed.bytes - 1) }, {
    store: from,
    key,
  });
  const content: Buffer[] = [];
  for (let step = await opened.next(); step; step = await opened.next()) content.push(...step);
  return Buffer.concat(content);
};

/** How many bytes an object holds, by its length alone; as Sealed says it where there is no such length. */
const contentOf = (object: Buffer): number => {
  const chunks = Math.max(1, Math.ceil((object.length - HEAD_BYTES) / (CHUNK + 16)));
  return Math.max(0, object.length - HEAD_BYTES - 16 * chunks);
};

describe('the vectors of Cobblestone-256', () => {
  it.each(vectors)('$tcId: $comment, which is $result', async ({ key, ctx, ct, result, msgLength, msgSha512 }) => {
    const object = inflateSync(Buffer.from(ct, 'hex'));
    const sealKey = { key: Buffer.from(key, 'hex'), context: Buffer.from(ctx, 'hex') };
    const sealed = { ...sealKey, head: object.subarray(0, HEAD_BYTES), bytes: contentOf(object) };
    const reading = stored(object).then((at) => read(sealed, at));
    if (result === 'invalid') {
      await expect(reading).rejects.toThrow(SealBroken);
      return;
    }
    const content = await reading;
    expect(content.length).toBe(msgLength);
    expect(createHash('sha512').update(content).digest('hex')).toBe(msgSha512);
    const again = new Sealing(sealKey, object.subarray(0, 24));
    expect((await collect(Readable.from(again.through(Readable.from([content]))))).equals(object)).toBe(true);
  });

  it('are all there', () => {
    expect(vectors.filter(({ result }) => result === 'valid')).toHaveLength(10);
    expect(vectors).toHaveLength(35);
  });
});

const sealedOf = async (content: Buffer, piece = 65_536) => {
  const key = randomBytes(32);
  const sealing = new Sealing({ key, context });
  const pieces = Readable.from(
    (function* () {
      for (let at = 0; at < content.length; at += piece) yield content.subarray(at, at + piece);
    })(),
  );
  const object = await collect(Readable.from(sealing.through(pieces)));
  expect(createHash('sha256').update(object).digest('hex')).toBe(sealing.sha256());
  return { object, sealed: { key, context, head: sealing.head, bytes: content.length } };
};

describe('a sealed object', () => {
  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 17 * CHUNK, 40 * CHUNK + 7])(
    'gives %i bytes back, whatever pieces they came in, and has the length that follows from them',
    async (size) => {
      const content = await collect(bytes(size));
      for (const piece of [1_000, 65_536, 2 ** 20]) {
        const { object, sealed } = await sealedOf(content, piece);
        expect(object.length).toBe(sealedLength(size));
        expect((await read(sealed, await stored(object))).equals(content)).toBe(true);
      }
    },
  );

  it('gives any range of it, with one read of no more than the chunks that it touches', async () => {
    const content = await collect(bytes(20 * CHUNK + 500));
    const { object, sealed } = await sealedOf(content);
    const key = await stored(object);
    const asked: (ByteRange | undefined)[] = [];
    const watched: ObjectStore = Object.assign(Object.create(store) as ObjectStore, {
      read: (...[at, options]: Parameters<ObjectStore['read']>) => {
        asked.push(options?.range);
        return store.read(at, options);
      },
    });
    const ends = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 16 * CHUNK - 1, 16 * CHUNK, 20 * CHUNK, content.length - 1];
    for (const first of ends)
      for (const last of ends.filter((end) => end >= first)) {
        asked.length = 0;
        const got = await read(sealed, key, { first, last }, watched);
        expect(got.equals(content.subarray(first, last + 1))).toBe(true);
        expect(asked).toHaveLength(1);
        const [range] = asked;
        expect((range?.last ?? 0) - (range?.first ?? 0)).toBeLessThan(
          ((last - first) / CHUNK + 2) * (CHUNK + 16) + HEAD_BYTES,
        );
      }
  });

  it('holds no byte of its content in clear', async () => {
    const content = Buffer.alloc(5 * CHUNK, 'a sentence that would be found');
    const { object } = await sealedOf(content);
    expect(object.includes('sentence')).toBe(false);
  });

  it('is refused when any bit of it differs, before a byte of that step is given', async () => {
    const content = await collect(bytes(2 * CHUNK));
    const { object, sealed } = await sealedOf(content);
    const places = [
      0,
      23,
      24,
      55,
      56,
      5_000,
      HEAD_BYTES + CHUNK,
      HEAD_BYTES + CHUNK + 16,
      object.length - 17,
      object.length - 1,
    ];
    for (const place of places) {
      const changed = Buffer.from(object);
      changed[place] = (changed[place] ?? 0) ^ 1;
      await expect(
        openSealedRange(sealed, { first: 0, last: content.length - 1 }, { store, key: await stored(changed) }),
      ).rejects.toThrow(SealBroken);
    }
  });

  it('is refused when its chunks are exchanged, repeated, left out, or it is cut or longer', async () => {
    const content = randomBytes(3 * CHUNK + 9);
    const { object, sealed } = await sealedOf(content);
    const chunk = (k: number) => object.subarray(HEAD_BYTES + k * (CHUNK + 16), HEAD_BYTES + (k + 1) * (CHUNK + 16));
    const head = object.subarray(0, HEAD_BYTES);
    const changed = {
      exchanged: [head, chunk(1), chunk(0), chunk(2), chunk(3)],
      repeated: [head, chunk(0), chunk(0), chunk(2), chunk(3)],
      shortened: [head, chunk(0), chunk(1), chunk(3)],
      cut: [object.subarray(0, -1)],
      longer: [object, Buffer.alloc(1)],
      gone: [head],
    };
    for (const pieces of Object.values(changed)) {
      const key = await stored(Buffer.concat(pieces));
      await expect(read(sealed, key)).rejects.toThrow(SealBroken);
    }
  });

  it('is refused with another key, context, head or length', async () => {
    const content = randomBytes(CHUNK);
    const [one, other] = [await sealedOf(content), await sealedOf(content)];
    const key = await stored(one.object);
    const wrong: Partial<Sealed>[] = [
      { key: randomBytes(32) },
      { key: randomBytes(16) },
      { context: Buffer.from('recording-1/pat-2') },
      { head: other.sealed.head },
      { bytes: CHUNK - 1 },
    ];
    for (const changed of wrong) await expect(read({ ...one.sealed, ...changed }, key)).rejects.toThrow(SealBroken);
    // The whole of another object, sealed under its own key, in this one's place.
    await expect(read(one.sealed, await stored(other.object))).rejects.toThrow(SealBroken);
    await expect(read(one.sealed, await stored(other.object), { first: 1, last: 2 })).rejects.toThrow(SealBroken);
  });

  it('numbers its chunks past 32 bits', async () => {
    // What the specification says of the nonce, for a chunk that no test can write.
    const sealing = new Sealing({ key: Buffer.alloc(32, 1), context }, Buffer.alloc(24, 2));
    const { seal } = sealing as unknown as { seal: { nonce(chunk: number): Buffer; baseNonce: Buffer } };
    const number = 2 ** 37 + 2 ** 31 + 5;
    const expected = Buffer.from(seal.baseNonce);
    let rest = BigInt(number);
    for (let at = 11; at >= 0; at -= 1, rest >>= 8n) expected[at] = (expected[at] ?? 0) ^ Number(rest & 0xffn);
    expect(seal.nonce(number)).toEqual(expected);
  });
});
