import { type Found, isPlausible, type Reading } from './passing.ts';

/** Boxes at the top of a file, by ISO/IEC 14496-12 and QuickTime; anything else there is no such file any more. */
const TOP = new Set(
  [
    'ftyp',
    'styp',
    'moov',
    'moof',
    'mdat',
    'mfra',
    'sidx',
    'ssix',
    'prft',
    'emsg',
    'meta',
    'meco',
    'pdin',
    'uuid',
  ].concat(['free', 'skip', 'wide', 'pnot', 'udta', 'bloc', 'imda', 'otyp']),
);
/** Boxes that hold the ones read here. */
const INTO = new Set(['moov', 'trak', 'mdia', 'mvex', 'moof', 'traf']);
const MOST_DEPTH = 4;
/** The longest box that is read and not gone past: a fragment with 60,000 samples. */
const MOST_BYTES = 2 ** 20;

type Track = { scale: number; start: number | undefined; end: number; defaultDuration: number };

/** What the boxes have said so far. */
class Movie {
  isIndexed = false;
  isFragmented = false;
  private duration: number | undefined;
  private fragmentsDuration: number | undefined;
  private scale = 0;
  private readonly tracks = new Map<number, Track>();
  private current = 0;
  private fragmentDefault: number | undefined;

  /**
   * The fragments, where there are any: all of them were seen. With `mvex` what `mvhd` says is only what the writer knew before the first
   * of them.
   */
  get seconds(): number | undefined {
    const lengths = [...this.tracks.values()].map(({ start, end, scale }) => (end - (start ?? end)) / scale);
    const seen = Math.max(0, ...lengths.filter(Number.isFinite));
    if (seen > 0) return seen;
    const said = this.isFragmented ? this.fragmentsDuration : this.duration;
    return said && this.scale ? said / this.scale : undefined;
  }

  take(type: string, body: Buffer): void {
    const isWide = body[0] === 1; // Version 1 has 64-bit times.
    switch (type) {
      case 'mvhd':
        this.scale = unsigned(body, isWide ? 20 : 12, 4) ?? 0;
        this.duration = known(unsigned(body, isWide ? 24 : 16, isWide ? 8 : 4), isWide);
        return;
      case 'mehd':
        this.fragmentsDuration = known(unsigned(body, 4, isWide ? 8 : 4), isWide);
        return;
      case 'tkhd':
        this.current = unsigned(body, isWide ? 20 : 12, 4) ?? 0;
        return;
      case 'mdhd':
        this.trackOf(this.current).scale = unsigned(body, isWide ? 20 : 12, 4) ?? 0;
        return;
      case 'trex':
        this.trackOf(unsigned(body, 4, 4) ?? 0).defaultDuration = unsigned(body, 12, 4) ?? 0;
        return;
      case 'tfhd': {
        const flags = unsigned(body, 1, 3) ?? 0;
        this.current = unsigned(body, 4, 4) ?? 0;
        const at = 8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0);
        this.fragmentDefault = flags & 0x8 ? unsigned(body, at, 4) : undefined;
        return;
      }
      case 'tfdt': {
        const track = this.trackOf(this.current);
        const from = unsigned(body, 4, isWide ? 8 : 4) ?? track.end;
        track.start ??= from;
        track.end = from;
        return;
      }
      case 'trun': {
        const track = this.trackOf(this.current);
        track.start ??= track.end;
        track.end += runLength(body, this.fragmentDefault ?? track.defaultDuration);
        return;
      }
    }
  }

  private trackOf(id: number): Track {
    const track = this.tracks.get(id) ?? { scale: 0, start: undefined, end: 0, defaultDuration: 0 };
    // A consultation has a few; a file that claims thousands gets no room for them.
    if (this.tracks.size < 64) this.tracks.set(id, track);
    return track;
  }
}

/** In units of the track: a duration for each sample, or the same one for all. */
const runLength = (body: Buffer, defaultDuration: number): number => {
  const flags = unsigned(body, 1, 3) ?? 0;
  const count = unsigned(body, 4, 4) ?? 0;
  if (!(flags & 0x100)) return count * defaultDuration;
  const stride = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length;
  let length = 0;
  let at = 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
  for (let sample = 0; sample < count && at + 4 <= body.length; sample += 1, at += stride)
    length += body.readUInt32BE(at);
  return length;
};

/** All ones is the way to say that it is not known. */
const known = (duration: number | undefined, isWide: boolean): number | undefined =>
  duration !== undefined && duration < (isWide ? 2 ** 64 : 2 ** 32 - 1) ? duration : undefined;

const WANTED = new Set(['mvhd', 'mehd', 'tkhd', 'mdhd', 'trex', 'tfhd', 'tfdt', 'trun']);

export const isTopBox = (type: string): boolean => TOP.has(type);

/** MP4, QuickTime, 3GP: ISO/IEC 14496-12. */
export function* isoMedia(found: Found): Reading {
  const movie = new Movie();
  found.seconds = () => movie.seconds;
  /** Ends of the boxes that the next one lies in, the innermost last. */
  const within: number[] = [];
  let at = 0;
  for (let boxes = 0; isPlausible(boxes, at); boxes += 1) {
    while (at >= (within.at(-1) ?? Number.POSITIVE_INFINITY)) within.pop();
    // Samples without their index are a file whose writer did not come to its end.
    found.mayEnd = within.length === 0 && movie.isIndexed;
    const head = yield 8;
    found.mayEnd = false;
    const type = head.toString('latin1', 4, 8);
    if (within.length === 0 && !TOP.has(type)) return;
    const short = head.readUInt32BE(0);
    if (short === 0) {
      // To the end of the file, wherever that is.
      found.mayEnd = movie.isIndexed;
      yield Number.NEGATIVE_INFINITY;
    }
    const header = short === 1 ? 16 : 8;
    const size = short === 1 ? Number((yield 8).readBigUInt64BE(0)) : short;
    const end = at + size;
    if (size < header || end > (within.at(-1) ?? Number.MAX_SAFE_INTEGER)) return;
    at += header;
    if (type === 'moov') movie.isIndexed = true;
    if (type === 'mvex') movie.isFragmented = true;
    if (INTO.has(type) && within.length < MOST_DEPTH) {
      within.push(end);
      continue;
    }
    if (WANTED.has(type) && within.length > 0 && end - at <= MOST_BYTES) movie.take(type, yield end - at);
    else yield at - end;
    at = end;
  }
}

/** Big-endian, up to 8 bytes; beyond 2^53 rounded, which no length of a recording needs. Undefined past the end. */
const unsigned = (bytes: Buffer, at: number, length: number): number | undefined => {
  if (at + length > bytes.length) return undefined;
  let value = 0;
  for (let index = at; index < at + length; index += 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
};
