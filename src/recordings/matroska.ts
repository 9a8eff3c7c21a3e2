import { type Found, isPlausible, type Reading } from './passing.ts';

export const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const BLOCK_GROUP = 0xa0;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const DURATION = 0x4489;
const TIMESTAMP = 0xe7;
const SIMPLE_BLOCK = 0xa3;
const BLOCK = 0xa1;
/** What lies in a segment, a cluster or a group of blocks beside those above (RFC 9559); anything else there is no such file any more. */
const OTHERS = new Set(
  [0x114d9b74, 0x1654ae6b, 0x1c53bb6b, 0x1941a469, 0x1043a770, 0x1254c367, 0xec, 0xbf].concat([
    0x5854, 0xa7, 0xab, 0xaf, 0x75a1, 0x9b, 0xfa, 0xfb, 0xfd, 0xa2, 0xa4, 0x75a2, 0x8e,
  ]),
);
/** The headers of a file are some hundred bytes long. */
const MOST_BYTES = 64 * 1024;
/** A block begins with its track, its time and its flags. */
const BLOCK_HEAD = 11;
const MOST_TRACKS = 64;

type Track = { readonly start: number; last: number; step: number };

/** Matroska and WebM: RFC 9559 in the elements of RFC 8794. */
export function* matroska(found: Found): Reading {
  /** Nanoseconds in a tick. */
  let scale = 1_000_000;
  let said: number | undefined;
  const tracks = new Map<number, Track>();
  found.seconds = () => {
    const ticks = said ?? seenIn(tracks);
    return ticks === undefined ? undefined : (ticks * scale) / 1e9;
  };
  let clusterAt = 0;
  /** As far as the segment and the cluster say that they reach. */
  let reach = 0;
  let at = 0;
  for (let elements = 0; isPlausible(elements, at); elements += 1) {
    // A live recording does not say how long its parts are: it may end between any two of them.
    found.mayEnd = at >= reach;
    const first = yield 1;
    found.mayEnd = false;
    const idLength = lengthOf(first[0] ?? 0);
    if (idLength > 4) return;
    const more = yield idLength;
    const id = numberIn(first[0] ?? 0, more.subarray(0, -1));
    const sizeAt = more[idLength - 1] ?? 0;
    const sizeLength = lengthOf(sizeAt);
    if (sizeLength > 8) return;
    const size = sizeIn(sizeAt, yield sizeLength - 1);
    at += idLength + sizeLength;
    const isOpen = size === Number.POSITIVE_INFINITY;
    if (id === SEGMENT || id === CLUSTER || id === BLOCK_GROUP) {
      // Into it: times and blocks lie in these, one inside the other.
      if (!isOpen) reach = Math.max(reach, at + size);
      continue;
    }
    if (isOpen || (id === EBML) !== (elements === 0)) return;
    if (id === INFO && size <= MOST_BYTES) {
      const info = infoIn(yield size);
      scale = info.scale ?? scale;
      said = info.duration;
    } else if (id === TIMESTAMP && size <= 8) clusterAt = numberIn(0, yield size);
    else if (id === SIMPLE_BLOCK || id === BLOCK) {
      const head = yield Math.min(size, BLOCK_HEAD);
      note(tracks, head, clusterAt);
      yield head.length - size;
    } else if (id === EBML || OTHERS.has(id)) yield -size;
    else return;
    at += size;
  }
}

/** The tick at which the last picture or sound ends, each lasting as long as the one before, from the first of them. */
const seenIn = (tracks: ReadonlyMap<number, Track>): number | undefined => {
  let [first, end] = [Number.POSITIVE_INFINITY, 0];
  for (const { start, last, step } of tracks.values()) {
    first = Math.min(first, start);
    end = Math.max(end, last + step);
  }
  return end > first ? end - first : undefined;
};

const note = (tracks: Map<number, Track>, head: Buffer, clusterAt: number): void => {
  const first = head[0] ?? 0;
  const length = lengthOf(first);
  if (length > 8 || length + 2 > head.length) return;
  const number = sizeIn(first, head.subarray(1, length));
  const time = clusterAt + head.readInt16BE(length);
  const track = tracks.get(number);
  if (!track) {
    if (tracks.size < MOST_TRACKS) tracks.set(number, { start: time, last: time, step: 0 });
  } else if (time > track.last) {
    track.step = time - track.last;
    track.last = time;
  }
};

/** `TimestampScale`, and `Duration`, a float in units of it. */
const infoIn = (info: Buffer): { scale: number | undefined; duration: number | undefined } => {
  let [scale, duration]: (number | undefined)[] = [];
  for (let at = 0; at < info.length; ) {
    const idEnd = at + lengthOf(info[at] ?? 0);
    const sizeAt = info[idEnd] ?? 0;
    const sizeLength = lengthOf(sizeAt);
    const start = idEnd + sizeLength;
    // A size of which a part is missing is no number: one below zero would lead back, for ever.
    if (sizeLength > 8 || start > info.length) break;
    const end = start + sizeIn(sizeAt, info.subarray(idEnd + 1, start));
    const id = numberIn(0, info.subarray(at, idEnd));
    const body = info.subarray(start, end);
    if (id === TIMESTAMP_SCALE && body.length > 0) scale = numberIn(0, body.subarray(0, 8));
    if (id === DURATION && body.length === 4) duration = body.readFloatBE();
    if (id === DURATION && body.length === 8) duration = body.readDoubleBE();
    at = end;
  }
  return { scale, duration };
};

/** RFC 8794, 4: as long as the leading zero bits of its first byte say, 1 to 8; 9 is no length. */
const lengthOf = (first: number): number => Math.clz32(first) - 23;

/** Big-endian; beyond 2^53 rounded, which no length of a recording needs. */
const numberIn = (high: number, low: Buffer): number => {
  let value = high;
  for (const byte of low) value = value * 256 + byte;
  return value;
};

/** Without its marker, which an id keeps; one of all ones has no end. */
const sizeIn = (first: number, low: Buffer): number => {
  const marker = 2 ** (7 - low.length);
  const isOpen = first === 2 * marker - 1 && low.every((byte) => byte === 0xff);
  return isOpen ? Number.POSITIVE_INFINITY : numberIn(first - marker, low);
};
