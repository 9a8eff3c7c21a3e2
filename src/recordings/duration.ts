import { buffer } from 'node:stream/consumers';
import type { ObjectKey } from '../objects/object-key.ts';
import type { ObjectStore } from '../objects/object-store.ts';

/** Headers stand at the front. What lies further back (the index of an MP4) is read in one more piece of this size. */
const WINDOW = 64 * 1024;
const MOST_BOXES = 32;

/** A consultation is no longer than a day: what says so is wrong, be it the sender or a damaged header. */
export const MOST_SECONDS = 86_400;

type BytesAt = (first: number, length: number) => Promise<Buffer>;

/**
 * How long a stored recording plays, in seconds to the millisecond, more than none and at most `MOST_SECONDS`; undefined when
 * its header says nothing of the kind: then the sender's X-Duration-Seconds is all there is. Only WebM, Matroska, MP4 and its
 * kin are looked into. Nothing is thrown for what the bytes are, since a recording without a length is still a recording.
 *
 * Our own few lines and no media library: an upload may hold anything, and a library that searches damaged input for the next
 * readable piece (mediabunny 1.61 does) kept the event loop for minutes over 1 MiB, past every time-out. Here each step moves
 * forward through at most two windows and `MOST_BOXES` boxes.
 */
export const probeDuration = async (
  store: ObjectStore,
  key: ObjectKey,
  { bytes, contentType, signal }: { bytes: number; contentType: string; signal?: AbortSignal },
): Promise<number | undefined> => {
  const bytesAt: BytesAt = async (first, length) => {
    if (first >= bytes) return Buffer.alloc(0);
    const last = Math.min(first + length, bytes) - 1;
    return buffer((await store.read(key, { range: { first, last }, signal })).stream);
  };
  const seconds = /webm|matroska/.test(contentType)
    ? ofMatroska(await bytesAt(0, WINDOW))
    : /mp4|m4a|m4v|quicktime|3gpp/.test(contentType)
      ? await ofMp4(bytesAt)
      : undefined;
  if (seconds === undefined) return undefined;
  const rounded = Math.round(seconds * 1_000) / 1_000;
  return rounded > 0 && rounded <= MOST_SECONDS ? rounded : undefined; // No number is in no range.
};

/** ISO/IEC 14496-12: `moov/mvhd` has a time scale and a duration; in a fragmented file `moov/mvex/mehd` has the duration. */
const ofMp4 = async (bytesAt: BytesAt): Promise<number | undefined> => {
  let at = 0;
  for (let box = 0; box < MOST_BOXES; box += 1) {
    const found = boxAt(await bytesAt(at, 16), 0);
    if (!found) return undefined;
    if (found.type === 'moov') {
      const moov = await bytesAt(at + found.header, Math.min(found.size - found.header, WINDOW));
      return movieDuration(moov);
    }
    at += found.size;
  }
  return undefined;
};

const movieDuration = (moov: Buffer): number | undefined => {
  const mvhd = child(moov, 'mvhd');
  const mvex = child(moov, 'mvex');
  const mehd = mvex && child(mvex, 'mehd');
  if (!mvhd) return undefined;
  const wide = mvhd[0] === 1; // Version 1 has 64-bit times.
  const scale = unsigned(mvhd, wide ? 20 : 12, 4);
  const duration = unsigned(mvhd, wide ? 24 : 16, wide ? 8 : 4) || (mehd && unsigned(mehd, 4, mehd[0] === 1 ? 8 : 4));
  const unknown = wide ? 2 ** 64 : 2 ** 32 - 1; // All ones.
  return scale && duration && duration < unknown ? duration / scale : undefined;
};

type Box = { readonly type: string; readonly header: number; readonly size: number };

const boxAt = (bytes: Buffer, at: number): Box | undefined => {
  const short = unsigned(bytes, at, 4);
  if (short === undefined || bytes.length < at + 8) return undefined;
  const type = bytes.toString('latin1', at + 4, at + 8);
  const header = short === 1 ? 16 : 8;
  const size = short === 1 ? unsigned(bytes, at + 8, 8) : short;
  return size !== undefined && size >= header && Number.isSafeInteger(size) ? { type, header, size } : undefined;
};

/** The content of the first box of this type in `bytes`. Every step is at least a box's header long. */
const child = (bytes: Buffer, type: string): Buffer | undefined => {
  for (let at = 0; at < bytes.length; ) {
    const found = boxAt(bytes, at);
    if (!found) return undefined;
    if (found.type === type) return bytes.subarray(at + found.header, at + found.size);
    at += found.size;
  }
  return undefined;
};

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const DURATION = 0x4489;

/** RFC 9559: `Segment/Info/Duration`, a float, in units of `TimestampScale` nanoseconds (a million when it is left out). */
const ofMatroska = (head: Buffer): number | undefined => {
  let scale = 1_000_000;
  let duration: number | undefined;
  for (let at = 0; at < head.length; ) {
    const element = elementAt(head, at);
    if (!element) break;
    const { id, start, size } = element;
    if (id === SEGMENT || id === INFO) {
      at = start; // Into it: the wanted element lies in these two, one inside the other.
      continue;
    }
    if (id === TIMESTAMP_SCALE) scale = unsigned(head, start, size) ?? scale;
    if (id === DURATION && size === 4 && start + 4 <= head.length) duration = head.readFloatBE(start);
    if (id === DURATION && size === 8 && start + 8 <= head.length) duration = head.readDoubleBE(start);
    if (at === 0 && id !== EBML) return undefined;
    at = start + size;
  }
  return duration === undefined ? undefined : (duration * scale) / 1e9;
};

/** RFC 8794: an id and a size, each as long as its first byte's leading zero bits say; `start` is past both. */
const elementAt = (bytes: Buffer, at: number): { id: number; start: number; size: number } | undefined => {
  const idLength = Math.clz32(bytes[at] ?? 0) - 23;
  const sizeAt = at + idLength;
  const sizeLength = Math.clz32(bytes[sizeAt] ?? 0) - 23;
  const id = idLength <= 4 ? unsigned(bytes, at, idLength) : undefined;
  const low = sizeLength <= 8 ? unsigned(bytes, sizeAt + 1, sizeLength - 1) : undefined;
  if (id === undefined || low === undefined) return undefined;
  // The length's marker bit goes before the sum is made: at 2^56 a double would round the size away. The length may be
  // beyond any file (all ones: not known), which merely ends the search.
  const high = (bytes[sizeAt] ?? 0) - 2 ** (8 - sizeLength);
  return { id, start: sizeAt + sizeLength, size: high * 256 ** (sizeLength - 1) + low };
};

/** Big-endian, 0 to 8 bytes; beyond 2^53 rounded, which no length of a recording needs. Undefined past the end. */
const unsigned = (bytes: Buffer, at: number, length: number): number | undefined => {
  if (at < 0 || length > 8 || at + length > bytes.length) return undefined;
  let value = 0;
  for (let index = at; index < at + length; index += 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
};
