import { randomUUID } from 'node:crypto';
import { type ObjectKey, objectKey } from '../../src/objects/object-key.ts';
import {
  type Holding,
  NoSuchObject,
  ObjectKeyInUse,
  type ObjectStore,
  ObjectStoreUnavailable,
  type StoredObject,
} from '../../src/objects/object-store.ts';
import { bytes, bytesThenSilence, collect } from './bytes.ts';

export type StoreUnderTest = {
  readonly store: ObjectStore;
  /** Another store, of the same kind and empty, for keys of that policy. */
  storeOf(holding: Holding): ObjectStore;
  /** Whatever a write could have left behind that is no object: temporary files, parts. */
  leftovers(): Promise<readonly string[]>;
  dispose(): Promise<void>;
};

const MIB = 2 ** 20;

export class LibraryClosed extends ObjectStoreUnavailable {
  readonly code = 'recording-store-unavailable';
}

/** What the stores hold here: nothing that the product knows. */
export const books: Holding = {
  noun: 'book',
  segments: [(shelf) => shelf.startsWith('shelf-') && shelf.length > 6, (book) => book.length <= 64],
  unavailable: LibraryClosed,
};

export const freshKey = (shelf = '1') => objectKey(`shelf-${shelf}/${randomUUID()}`, books);
const webm = { contentType: 'video/webm' };

const everything = async (store: ObjectStore): Promise<StoredObject[]> => {
  const found: StoredObject[] = [];
  for await (const page of store.list()) found.push(...page);
  return found;
};

/** What every object store must do. Run against each of them. */
export const describeObjectStore = (name: string, start: () => Promise<StoreUnderTest>) => {
  describe(`object store: ${name}`, () => {
    let test: StoreUnderTest;
    let store: ObjectStore;
    beforeEach(async () => {
      test = await start();
      store = test.store;
    });
    afterEach(async () => {
      await test.dispose();
    });

    const expectNothingOf = async (key: ObjectKey) => {
      await expect(store.head(key)).rejects.toThrow(NoSuchObject);
      expect(await everything(store)).toEqual([]);
      expect(await test.leftovers()).toEqual([]);
    };

    describe('writing', () => {
      // Around one chunk, one S3 part (5 MiB) and several.
      it.each([0, 1, 65_536, 65_537, 5 * MIB, 5 * MIB + 1, 12 * MIB + 3])(
        'keeps %i bytes as they came',
        async (size) => {
          const key = freshKey();
          expect(await store.write(key, bytes(size), webm)).toEqual({ bytes: size });
          const { stream, totalBytes } = await store.read(key);
          const kept = await collect(stream);
          expect(totalBytes).toBe(size);
          expect(kept.equals(await collect(bytes(size)))).toBe(true);
          expect(await test.leftovers()).toEqual([]);
        },
      );

      it('leaves nothing when the body fails before the end, and says why', async () => {
        for (const failAt of [0, 1_000, 6 * MIB]) {
          const key = freshKey();
          const error = new Error('the source broke');
          await expect(store.write(key, bytes(12 * MIB, { failAt, error }), webm)).rejects.toBe(error);
          await expectNothingOf(key);
        }
      });

      it('leaves nothing when the body fails at its very end', async () => {
        for (const size of [10, 12 * MIB]) {
          const key = freshKey();
          await expect(store.write(key, bytes(size, { failAt: size }), webm)).rejects.toThrow('the source broke');
          await expectNothingOf(key);
        }
      });

      it.each([100, 6 * MIB])(
        'is aborted while the body is silent after %i bytes, and leaves nothing',
        async (first) => {
          const abort = new AbortController();
          const key = freshKey();
          const body = bytesThenSilence(first);
          const writing = store.write(key, body, { ...webm, signal: abort.signal });
          const reason = new Error('the upload was given up');
          setImmediate(() => abort.abort(reason));
          await expect(writing).rejects.toBe(reason);
          expect(body.destroyed).toBe(true);
          await expectNothingOf(key);
        },
      );

      it('does not start when it is aborted already', async () => {
        const key = freshKey();
        const signal = AbortSignal.abort(new Error('too late'));
        await expect(store.write(key, bytes(10), { ...webm, signal })).rejects.toThrow('too late');
        await expectNothingOf(key);
      });

      it('shows nothing under the key until it is whole', async () => {
        const key = freshKey();
        const abort = new AbortController();
        const writing = store.write(key, bytesThenSilence(6 * MIB), { ...webm, signal: abort.signal });
        writing.catch(() => undefined);
        await expect(store.head(key)).rejects.toThrow(NoSuchObject);
        expect(await everything(store)).toEqual([]);
        abort.abort();
        await expect(writing).rejects.toThrow();
      });

      it('refuses a key that is in use and keeps what is there', async () => {
        const key = freshKey();
        await store.write(key, bytes(100), webm);
        await expect(store.write(key, bytes(7), webm)).rejects.toThrow(ObjectKeyInUse);
        expect((await store.head(key)).bytes).toBe(100);
      });

      it('takes many at once', async () => {
        const keys = Array.from({ length: 20 }, () => freshKey());
        await Promise.all(keys.map((key, index) => store.write(key, bytes(100_000 + index), webm)));
        expect(new Set((await everything(store)).map(({ key }) => key))).toEqual(new Set(keys));
      });
    });

    it('lists those under a first segment alone', async () => {
      const [here, there] = [freshKey('here'), freshKey('there')];
      for (const key of [here, there, freshKey('here-too')]) await store.write(key, bytes(3), webm);
      const under = async (segment: string) => {
        const found: string[] = [];
        for await (const page of store.list(undefined, segment)) found.push(...page.map(({ key }) => key));
        return found;
      };
      expect(await under('shelf-here')).toEqual([here]);
      expect(await under('shelf-there')).toEqual([there]);
      expect(await under('shelf-nowhere')).toEqual([]);
      expect(await under('..')).toEqual([]);
    });

    describe('reading', () => {
      const size = 300_000;
      let key: ObjectKey;
      let whole: Buffer;
      beforeEach(async () => {
        key = freshKey();
        whole = await collect(bytes(size));
        await store.write(key, bytes(size), webm);
      });

      it.each([
        [0, 0],
        [0, 99],
        [65_530, 65_540],
        [100, size - 1],
        [size - 1, size - 1],
      ])('gives bytes %i to %i, inclusive, and the total', async (first, last) => {
        const { stream, totalBytes } = await store.read(key, { range: { first, last } });
        expect((await collect(stream)).equals(whole.subarray(first, last + 1))).toBe(true);
        expect(totalBytes).toBe(size);
      });

      it('ends at the end when the range goes beyond it', async () => {
        const { stream } = await store.read(key, { range: { first: size - 5, last: size + 1_000 } });
        expect((await collect(stream)).equals(whole.subarray(size - 5))).toBe(true);
      });

      it('refuses a range that begins beyond the end, or ends before it begins', async () => {
        await expect(store.read(key, { range: { first: size, last: size + 1 } })).rejects.toThrow(RangeError);
        await expect(store.read(key, { range: { first: 5, last: 4 } })).rejects.toThrow(RangeError);
      });

      it('says so when there is no such object', async () => {
        await expect(store.read(freshKey())).rejects.toThrow(NoSuchObject);
        await expect(store.head(freshKey())).rejects.toThrow(NoSuchObject);
      });

      it('stops at once when it is aborted', async () => {
        const abort = new AbortController();
        const { stream } = await store.read(key, { signal: abort.signal });
        abort.abort();
        await expect(collect(stream)).rejects.toMatchObject({ name: 'AbortError' });
      });

      it('lets a reader leave early', async () => {
        const { stream } = await store.read(key);
        for await (const chunk of stream) {
          expect((chunk as Buffer).equals(whole.subarray(0, (chunk as Buffer).length))).toBe(true);
          break;
        }
        expect(stream.destroyed).toBe(true);
      });
    });

    describe('deleting', () => {
      it('removes the object, and succeeds again when it is gone', async () => {
        const [key, other] = [freshKey(), freshKey()];
        await store.write(key, bytes(10), webm);
        await store.write(other, bytes(10), webm);
        await store.delete(key);
        await store.delete(key);
        expect((await everything(store)).map((found) => found.key)).toEqual([other]);
      });
    });

    describe('listing', () => {
      it('gives every object once, with its size and when it was stored', async () => {
        const from = Date.now() - 5_000;
        const expected = new Map(['1', '2', '2'].map((id, index) => [freshKey(id), index * 10]));
        for (const [key, size] of expected) await store.write(key, bytes(size), webm);
        const found = await everything(store);
        expect(new Map(found.map(({ key, bytes: size }) => [key, size]))).toEqual(expected);
        for (const { modifiedAt } of found) {
          expect(modifiedAt.getTime()).toBeGreaterThanOrEqual(from);
          expect(modifiedAt.getTime()).toBeLessThan(Date.now() + 5_000);
        }
      });

      it.each([1, 2, 4])('gives keys of %i segments, each as it was made', async (length) => {
        const holding = {
          ...books,
          segments: Array.from({ length }, () => (segment: string) => segment !== 'strange'),
        };
        const other = test.storeOf(holding);
        const keys = [0, 1, 2].map((n) =>
          objectKey([...Array(length - 1).fill(`f${n % 2}`), randomUUID()].join('/'), holding),
        );
        for (const key of keys) await other.write(key, bytes(3), webm);
        expect((await everything(other)).map(({ key }) => key).sort()).toEqual([...keys].sort());
        for (const key of keys) await other.delete(key);
        expect(await everything(other)).toEqual([]);
        const strange = [...Array(length - 1).fill('f0'), 'strange'].join('/') as ObjectKey;
        await expect(other.write(strange, bytes(3), webm)).rejects.toThrow(TypeError);
      });

      it('is empty before anything was stored', async () => {
        expect(await everything(store)).toEqual([]);
      });
    });

    describe('sweeping what writes left behind', () => {
      it('does not touch a write under way', async () => {
        const abort = new AbortController();
        const key = freshKey();
        const writing = store.write(key, bytesThenSilence(6 * MIB), { ...webm, signal: abort.signal });
        writing.catch(() => undefined);
        expect(await store.sweepIncomplete(new Date(Date.now() - 60_000))).toBe(0);
        abort.abort();
        await expect(writing).rejects.toThrow();
      });

      it('does not touch objects', async () => {
        const key = freshKey();
        await store.write(key, bytes(10), webm);
        expect(await store.sweepIncomplete(new Date(Date.now() + 60_000))).toBe(0);
        expect((await store.head(key)).bytes).toBe(10);
      });
    });

    it('is ready', async () => {
      await expect(store.check()).resolves.toBeUndefined();
      expect(await test.leftovers()).toEqual([]);
    });

    it.each([
      '',
      '..',
      '../x',
      'shelf-1',
      'shelf-1/..',
      'shelf-1/../../etc/passwd',
      '/etc/passwd',
      'shelf-1/a/b',
      'shelf-/a',
      'shelf-1/.hidden',
      'shelf-1/a\0b',
      'shelf-1\\a',
      'SHELF-1/a',
    ])('refuses %j as a key', async (text) => {
      const key = text as ObjectKey;
      await expect(store.read(key)).rejects.toThrow(TypeError);
      await expect(store.write(key, bytes(1), webm)).rejects.toThrow(TypeError);
      await expect(store.delete(key)).rejects.toThrow(TypeError);
    });
  });
};
