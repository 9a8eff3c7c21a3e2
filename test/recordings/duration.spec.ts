import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { probeDuration } from '../../src/recordings/duration.ts';
import { checkMediaType } from '../../src/recordings/media-type.ts';
import { FileRecordingStore } from '../../src/recordings/store/files.ts';
import { media, padded } from './media.ts';
import { freshKey } from './store-contract.ts';

const LIMIT_MS = 500;

describe('looking into damaged or hostile recordings', () => {
  let folder: string;
  let store: FileRecordingStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'duration-'));
    store = new FileRecordingStore({ folder });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  /** Both readers of what was sent, and the longest either kept the event loop to itself. */
  const look = async (recording: Buffer, contentType: string) => {
    const key = freshKey();
    await store.write(key, Readable.from([recording]), { contentType });
    const from = performance.now();
    const seconds = await probeDuration(store, key, { bytes: recording.length, contentType });
    await checkMediaType(recording.subarray(0, 4_100), contentType).catch(() => undefined);
    const took = performance.now() - from;
    await store.delete(key);
    return { seconds, took };
  };

  it.each([
    ['live.webm', 'video/webm'],
    ['consultation.webm', 'video/webm'],
    ['consultation.mp4', 'video/mp4'],
    ['fragmented.mp4', 'video/mp4'],
  ])('gives up soon on %s with a megabyte of garbage behind it', async (file, contentType) => {
    const garbage = await padded(file, 2 ** 20);
    for (let at = (await media(file)).length; at < garbage.length; at += 1) garbage[at] = (at * 251) % 256;
    expect((await look(garbage, contentType)).took).toBeLessThan(LIMIT_MS);
  });

  it.each([
    ['endless small boxes', Buffer.alloc(2 ** 20, Buffer.from('00000008667265650000000866726565', 'hex')), 'video/mp4'],
    ['a box of no size', Buffer.from('00000000667265650000000066726565', 'hex'), 'video/mp4'],
    ['a box beyond every file', Buffer.from('0000000166726565ffffffffffffffff', 'hex'), 'video/mp4'],
    ['segments in segments', Buffer.alloc(2 ** 20, Buffer.from('1853806701ffffffffffffff', 'hex')), 'video/webm'],
    ['an element of no size', Buffer.alloc(2 ** 20, Buffer.from('1a45dfa380', 'hex')), 'video/webm'],
    ['nothing', Buffer.alloc(0), 'video/webm'],
    ['zeroes', Buffer.alloc(2 ** 20), 'video/webm'],
  ])('finds no length in %s, and soon', async (_, recording, contentType) => {
    const { seconds, took } = await look(recording, contentType);
    expect(seconds).toBeUndefined();
    expect(took).toBeLessThan(LIMIT_MS);
  });

  it('comes to an end, with a length or none, whatever is changed in a recording', async () => {
    const files = [
      ['consultation.webm', 'video/webm'],
      ['live.webm', 'video/webm'],
      ['consultation.mp4', 'video/mp4'],
      ['fragmented.mp4', 'video/mp4'],
    ] as const;
    const originals = await Promise.all(files.map(async ([file, type]) => ({ recording: await media(file), type })));
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.nat(files.length - 1), damage, fc.nat(), async (which, changes, length) => {
        const original = originals[which];
        if (!original) throw new Error('no such file');
        const recording = Buffer.from(original.recording);
        // Mostly near the front, where headers are.
        for (const [at, byte] of changes) recording[at % (at % 4 === 0 ? recording.length : 600)] = byte;
        const cut = length % 3 === 0 ? recording.subarray(0, length % recording.length) : recording;
        const { seconds, took } = await look(cut, original.type);
        expect(took).toBeLessThan(LIMIT_MS);
        if (seconds !== undefined) expect(seconds).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
