import * as fc from 'fast-check';
import { type Container, ContainerReader, MOST_SECONDS } from '../../src/recordings/container-reader.ts';
import { checkedType } from '../../src/recordings/media-type.ts';
import { media, padded } from './media.ts';

const LIMIT_MS = 500;

/** What is read of a recording that comes in pieces of this length. */
const readOf = (recording: Buffer, pieces = 2 ** 16): Container => {
  const reader = new ContainerReader();
  for (let at = 0; at < recording.length; at += pieces) reader.update(recording.subarray(at, at + pieces));
  return reader.end();
};

/** Nothing but the headers of a WebM that says it plays this long; a `TimestampScale` of 10^9 makes its units seconds. */
const webmOf = (seconds: number): Buffer => {
  const headers = Buffer.from('1a45dfa380 18538067ff 1549a96693 2ad7b1843b9aca00 448988'.replaceAll(' ', ''), 'hex');
  const duration = Buffer.alloc(8);
  duration.writeDoubleBE(seconds);
  return Buffer.concat([headers, duration]);
};

const box = (type: string, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
};
const words = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [at, number] of numbers.entries()) bytes.writeUInt32BE(number, at * 4);
  return bytes;
};

const SCALE = 1_000;
/** An MP4 of one track whose movie header says `said` thousandths of a second. */
const mp4Of = (said: number, extends_: readonly Buffer[] | undefined, ...behind: readonly Buffer[]): Buffer =>
  Buffer.concat([
    box('ftyp', Buffer.from('iso5'), words(512)),
    box(
      'moov',
      box('mvhd', words(0, 0, 0, SCALE, said)),
      box('trak', box('tkhd', words(0, 0, 0, 1)), box('mdia', box('mdhd', words(0, 0, 0, 10 * SCALE, 0)))),
      ...(extends_ ? [box('mvex', ...extends_)] : []),
    ),
    ...behind,
  ]);
const trex = box('trex', words(0, 1, 1, 500, 0, 0));
const mehd = (duration: number) => box('mehd', words(0, duration));
const fragment = (from: number, ...samples: readonly number[]): Buffer =>
  Buffer.concat([
    box(
      'moof',
      box('mfhd', words(0, 1)),
      box(
        'traf',
        box('tfhd', words(0x20000, 1)),
        box('tfdt', words(0, from)),
        box('trun', words(0x000301, samples.length, 0, ...samples.flatMap((duration) => [duration, 100]))),
      ),
    ),
    box('mdat', Buffer.alloc(300, 7)),
  ]);
/** Two samples with the track's own duration for each. */
const plainFragment = Buffer.concat([
  box('moof', box('traf', box('tfhd', words(0x20000, 1)), box('trun', words(0, 2)))),
  box('mdat', Buffer.alloc(9)),
]);

describe('the length of a recording', () => {
  it.each([
    ['consultation.webm', 2.008],
    ['consultation.mkv', 2],
    ['consultation.mp4', 2],
    ['voice.m4a', 2],
    ['phone.mov', 2],
    ['phone.3gp', 2],
    // Its sound begins with a sample three times as long as the others.
    ['fragmented.mp4', 2.2],
    ['live.webm', 2],
  ])('is found in %s, in whatever pieces it comes', async (file, seconds) => {
    const recording = await media(file);
    const found = readOf(recording);
    expect(found.durationSeconds).toBeCloseTo(seconds, 1);
    expect(found.truncated).toBeUndefined();
    for (const pieces of [1, 7, 1_000]) expect(readOf(recording, pieces)).toEqual(found);
  });

  it.each(['voice.mp3', 'voice.ogg', 'voice.wav', 'voice.flac', 'voice.aac', 'broadcast.ts.bin'])(
    'is not looked for in %s',
    async (file) => {
      expect(readOf(await media(file))).toEqual({});
    },
  );

  it.each([
    ['what mvhd says, where nothing follows it in fragments', mp4Of(5_000, undefined), 5],
    ['unknown with mvex and no mehd, whatever mvhd says', mp4Of(5_000, [trex]), undefined],
    ['what mehd says, where no fragment is seen', mp4Of(5_000, [mehd(7_000), trex]), 7],
    ['unknown where mehd has all ones', mp4Of(5_000, [mehd(2 ** 32 - 1), trex]), undefined],
    [
      'the sum of its fragments, where mehd is missing',
      mp4Of(5_000, [trex], fragment(0, 10_000, 20_000), fragment(30_000, 5_000)),
      3.5,
    ],
    ['the sum of its fragments, where mehd says another', mp4Of(0, [mehd(9_000), trex], fragment(0, 10_000)), 1],
    ['from its first fragment on, where that is not at zero', mp4Of(0, [trex], fragment(900_000, 10_000)), 1],
    ['the sum of fragments that use the duration of their track', mp4Of(0, [trex], plainFragment, plainFragment), 0.2],
  ] as [string, Buffer, number | undefined][])('of an MP4 is %s', (_, recording, seconds) => {
    expect(readOf(recording, 5)).toEqual(seconds === undefined ? {} : { durationSeconds: seconds });
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
  ])('of %s in a header is taken for what it is worth', (_, said, seconds) => {
    expect(readOf(webmOf(said)).durationSeconds).toBe(seconds);
  });

  it('is none of an MP4 with a tick for each of its few nanoseconds', async () => {
    const recording = await media('consultation.mp4');
    // `mvhd`, its version and flags, two times, then the time scale: ticks in a second.
    recording.writeUInt32BE(2 ** 32 - 1, recording.indexOf('mvhd') + 4 + 12);
    expect(readOf(recording).durationSeconds).toBeUndefined();
  });
});

describe('a recording that was cut off', () => {
  it.each([
    'consultation.webm',
    'consultation.mkv',
    'consultation.mp4',
    'fragmented.mp4',
    'phone.mov',
    'phone.3gp',
    'voice.m4a',
    'voice.webm',
  ])('is told apart wherever %s ends too soon', async (file) => {
    const whole = await media(file);
    for (const missing of [1, 3, 500, Math.floor(whole.length / 2)])
      expect([missing, readOf(whole.subarray(0, whole.length - missing)).truncated]).toEqual([missing, true]);
  });

  it('is told apart in the middle of a live WebM’s element', async () => {
    const whole = await media('live.webm');
    expect(readOf(whole.subarray(0, whole.length - 1))).toMatchObject({ truncated: true });
  });

  it('is told apart in AVI and WAV, unless their writer could not say how long they are', () => {
    const riff = (length: number) => {
      const bytes = Buffer.alloc(108);
      bytes.write('RIFF');
      bytes.writeUInt32LE(length, 4);
      bytes.write('AVI LIST', 8);
      return bytes;
    };
    expect(readOf(riff(100))).toEqual({});
    expect(readOf(riff(101))).toEqual({ truncated: true });
    for (const unknown of [0, 2 ** 32 - 1]) expect(readOf(riff(unknown))).toEqual({});
  });

  it('is told apart where an MP4 has samples and no index', () => {
    const unfinished = Buffer.concat([box('ftyp', Buffer.from('isom'), words(0)), box('mdat', Buffer.alloc(99))]);
    expect(readOf(unfinished)).toEqual({ truncated: true });
  });

  it('is not said of what is whole and has other bytes behind it', async () => {
    for (const file of ['consultation.webm', 'live.webm', 'consultation.mp4', 'fragmented.mp4'])
      expect(readOf(await padded(file, 30_000)).truncated).toBeUndefined();
  });
});

describe('reading damaged or hostile recordings', () => {
  /**
   * What was read of what was sent, and how long that and sniffing kept the event loop at most, in ms. Where that is too long
   * they have another try: a busy machine is no fault of theirs, and what is slow by itself stays slow.
   */
  const look = async (recording: Buffer, contentType: string) => {
    let found: Container = {};
    let took = Number.POSITIVE_INFINITY;
    for (let tries = 3; tries > 0 && took >= LIMIT_MS; tries -= 1) {
      const from = performance.now();
      found = readOf(recording);
      await checkedType(recording.subarray(0, 4_100), contentType).catch(() => undefined);
      took = performance.now() - from;
    }
    return { seconds: found.durationSeconds, took };
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
    ['boxes in boxes', Buffer.alloc(2 ** 20, Buffer.from('000fffff6d6f6f76', 'hex')), 'video/mp4'],
    ['a box of no size', Buffer.from('00000000667265650000000066726565', 'hex'), 'video/mp4'],
    ['a box beyond every file', Buffer.from('0000000166726565ffffffffffffffff', 'hex'), 'video/mp4'],
    ['segments in segments', Buffer.alloc(2 ** 20, Buffer.from('1853806701ffffffffffffff', 'hex')), 'video/webm'],
    ['an element of no size', Buffer.alloc(2 ** 20, Buffer.from('1a45dfa380', 'hex')), 'video/webm'],
    [
      'nothing but voids',
      Buffer.concat([Buffer.from('1a45dfa380', 'hex'), Buffer.alloc(2 ** 20, Buffer.from('ec80', 'hex'))]),
      'video/webm',
    ],
    ['nothing', Buffer.alloc(0), 'video/webm'],
    ['zeroes', Buffer.alloc(2 ** 20), 'video/webm'],
  ])('finds no length in %s, and soon', async (_, recording, contentType) => {
    const { seconds, took } = await look(recording, contentType);
    expect(seconds).toBeUndefined();
    expect(took).toBeLessThan(LIMIT_MS);
  });

  const infoOf = (...bytes: readonly number[]): Buffer =>
    Buffer.concat([Buffer.from('1a45dfa38018538067ff1549a966', 'hex'), Buffer.from([0x80 + bytes.length, ...bytes])]);

  it.each([
    ['a size of which a part is missing', [0x80, 0x80, 0x80, 0x80, 0x08]],
    ['a size of which nothing is there', [0x80, 0x01]],
    ['no size at all', [0x80]],
    ['an id of which a part is missing', [0x10]],
    ['a size that is none', [0x80, 0x00, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('comes to an end where the information of a WebM ends in %s', (_, bytes) => {
    expect(readOf(infoOf(...bytes)).durationSeconds).toBeUndefined();
  });

  it('comes to an end whatever the information of a WebM is', () => {
    const byte = fc.oneof(fc.constantFrom(0, 1, 2, 4, 8, 16, 32, 64, 128, 0x44, 0x89, 0xff), fc.nat(255));
    const info = fc.array(byte, { minLength: 1, maxLength: 20 });
    return fc.assert(
      fc.property(info, (bytes) => {
        const { durationSeconds = 1 } = readOf(infoOf(...bytes));
        expect(durationSeconds > 0 && durationSeconds <= MOST_SECONDS).toBe(true);
      }),
      { numRuns: 2_000 },
    );
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
