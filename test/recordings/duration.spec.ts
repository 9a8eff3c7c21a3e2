import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { MOST_SECONDS, probeDuration } from '../../src/recordings/duration.ts';
import { checkMediaType } from '../../src/recordings/media-type.ts';
import { recordingFiles } from '../../src/recordings/stores.ts';
import { freshKey } from './fresh-key.ts';
import { media, padded } from './media.ts';

const LIMIT_MS = 500;

/** Nothing but the headers of a WebM that says it plays this long; a `TimestampScale` of 10^9 makes its units seconds. */
const webmOf = (seconds: number): Buffer => {
  const headers = Buffer.from('1a45dfa380 18538067ff 1549a966ff 2ad7b1843b9aca00 448988'.replaceAll(' ', ''), 'hex');
  const duration = Buffer.alloc(8);
  duration.writeDoubleBE(seconds);
  return Buffer.concat([headers, duration]);
};

describe('looking into damaged or hostile recordings', () => {
  let folder: string;
  let store: ObjectStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'duration-'));
    store = recordingFiles({ folder });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  /**
   * What both readers found in what was sent, and how long they kept the event loop at most, in ms. Where that is too long
   * they have another try: a busy machine is no fault of theirs, and what is slow by itself stays slow.
   */
  const look = async (recording: Buffer, contentType: string) => {
    const key = freshKey();
    await store.write(key, Readable.from([recording]), { contentType });
    let seconds: number | undefined;
    let took = Number.POSITIVE_INFINITY;
    for (let tries = 3; tries > 0 && took >= LIMIT_MS; tries -= 1) {
      const from = performance.now();
      seconds = await probeDuration(store, key, { bytes: recording.length, contentType });
      await checkMediaType(recording.subarray(0, 4_100), contentType).catch(() => undefined);
      took = performance.now() - from;
    }
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

  it.each([
    ['half a millisecond and more', 0.0006, 0.001],
    ['less than half a millisecond', 0.0004, undefined],
    ['a day', 86_400, 86_400],
    ['more than a day', 86_400.01, undefined],
    ['no time at all', 0, undefined],
    ['less than no time', -1, undefined],
    ['no number', NaN, undefined],
    ['no end', Infinity, undefined],
    ['more than a double holds in milliseconds', 1e307, undefined],
  ])('takes %s in a header for what it is worth', async (_, said, seconds) => {
    expect(await look(webmOf(said), 'video/webm')).toMatchObject({ seconds });
  });

  it('finds no length in an MP4 with a tick for each of its few nanoseconds', async () => {
    const recording = await media('consultation.mp4');
    // `mvhd`, its version and flags, two times, then the time scale: ticks in a second.
    recording.writeUInt32BE(2 ** 32 - 1, recording.indexOf('mvhd') + 4 + 12);
    expect((await look(recording, 'video/mp4')).seconds).toBeUndefined();
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
        if (seconds === undefined) return;
        expect(seconds).toBeGreaterThan(0);
        expect(seconds).toBeLessThanOrEqual(MOST_SECONDS);
      }),
      { numRuns: 300 },
    );
  });
});
