import type { ContentType } from '../wire/stored-event.ts';

declare global {
  interface Buffer {
    /** Node's own `toString('latin1', start, end)`, without the look at its arguments. */
    latin1Slice(start?: number, end?: number): string;
  }
}

/**
 * What events of one kind have in common, so that it is stored once: type, content type, and the JSON of metadata and
 * data without its values. JSON that is cut at its values is a list of segments with a hole between each two; what
 * isn't JSON, or too large to be worth it, is one hole.
 */
export type Shape = {
  readonly type: string;
  readonly contentType: ContentType;
  readonly metadata: readonly Buffer[];
  readonly data: readonly Buffer[];
  /** For each hole, those of the metadata first: values that come up again and again. */
  readonly usual: readonly (readonly Buffer[])[];
};

/** Where a JSON text is cut: begin and end of each value, and a hash of all that lies between them. */
export type Cut = { readonly holes: readonly number[]; readonly hash: number };

/** Stands for a hole between segments; it can't be part of one. */
const HOLE = '\0';
const MAX_CUT_BYTES = 8_192;
const MAX_HOLES = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Cuts JSON at its strings and numbers. Joined again, segments and holes are the same bytes, whatever they were. */
export const cut = (bytes: Buffer, start: number, end: number): Cut => {
  const uncut: Cut = { holes: [start, end], hash: 0 };
  if ((bytes[start] !== 0x7b && bytes[start] !== 0x5b) || end - start > MAX_CUT_BYTES) return uncut;
  const holes: number[] = [];
  let hash = 0;
  for (let at = start; at < end; ) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      const from = at + 1;
      let inside = hash;
      for (at = from; bytes[at] !== QUOTE; at++) {
        if (bytes[at] === BACKSLASH) inside = mixed(inside, bytes[at++] as number);
        if (at >= end || (bytes[at] as number) < 0x20) return uncut;
        inside = mixed(inside, bytes[at] as number);
      }
      if (at >= end) return uncut;
      if (at + 1 < end && bytes[at + 1] === COLON) hash = inside;
      else holes.push(from, at);
      hash = mixed(hash, QUOTE);
      at++;
    } else if (isOfNumber(byte)) {
      const from = at;
      while (at < end && isOfNumber(bytes[at])) at++;
      holes.push(from, at);
      hash = mixed(hash, 0);
    } else if (byte < 0x20) return uncut;
    else {
      hash = mixed(hash, byte);
      at++;
    }
    if (holes.length > 2 * MAX_HOLES) return uncut;
  }
  return { holes, hash };
};

/** What lies between the holes, and before and after them. */
export const segmentsOf = (bytes: Buffer, start: number, end: number, { holes }: Cut): Buffer[] => {
  const segments: Buffer[] = [];
  let from = start;
  for (let index = 0; index < holes.length; index += 2) {
    segments.push(Buffer.from(bytes.subarray(from, holes[index])));
    from = holes[index + 1] as number;
  }
  return [...segments, Buffer.from(bytes.subarray(from, end))];
};

export const mixed = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte + 1) | 0;

const isOfNumber = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || byte === 0x2d);

/** Cuts what isn't cut: the shape of an event that is like no other. */
export const UNCUT: readonly Buffer[] = [Buffer.alloc(0), Buffer.alloc(0)];

/** Joined, and cut again: the hashes by which events of this shape are told. */
export const hashesOf = ({ metadata, data }: Shape): readonly [number, number] => [hashOf(metadata), hashOf(data)];

/** Any value does for a hole; that of a number stands where one can't be within quotes. */
const hashOf = (segments: readonly Buffer[]): number => {
  const parts = segments.flatMap((segment, index) => (index === 0 ? [segment] : [ZERO, segment]));
  const bytes = Buffer.concat(parts);
  return cut(bytes, 0, bytes.length).hash;
};
const ZERO = Buffer.from('0');

/** As stored. */
export const encodeShape = ({ type, contentType, metadata, data, usual }: Shape): Buffer => {
  const text = (bytes: Buffer) => bytes.latin1Slice();
  const joined = (segments: readonly Buffer[]) => segments.map(text).join(HOLE);
  return Buffer.from(
    JSON.stringify([type, contentType, joined(metadata), joined(data), usual.map((values) => values.map(text))]),
  );
};

export const decodeShape = (stored: Buffer): Shape => {
  type Stored = [string, ContentType, string, string, string[][]];
  const [type, contentType, metadata, data, usual] = JSON.parse(stored.toString()) as Stored;
  const bytes = (text: string) => Buffer.from(text, 'latin1');
  return {
    type,
    contentType,
    metadata: metadata.split(HOLE).map(bytes),
    data: data.split(HOLE).map(bytes),
    usual: usual.map((values) => values.map(bytes)),
  };
};
