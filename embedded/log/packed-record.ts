import { crc32 } from 'node:zlib';
import { type ContentType, ID_START, type StoredEvent } from '../wire/stored-event.ts';
import { MessageSpace, type Words, wordsOf } from './message-space.ts';
import { type Cut, cut, hashesOf, mixed, type Shape, UNCUT } from './shape.ts';
import { DELETED } from './stream-metadata.ts';

/*
 * How an event lies in the event file. On the wire it is a RecordedEvent message in which stream, type and JSON keys
 * are written out and ids are text; here it takes a fifth of that.
 *
 *   shape · number of the stream · distance from the position before · revision + 1, 0 for a tombstone · record time:
 *   milliseconds:6, and 100 ns beyond · event id:16 · bytes of the metadata · bytes of the data · each hole of the
 *   metadata and of the data · CRC-32 of all before, begun with the position, little-endian:4
 *   with shape 0, which is none, before the holes: bytes of the type · type · 0 for JSON, 1 for other bytes
 *
 * Numbers without a size are varints. A hole begins with a byte that says what follows; see the constants below.
 */

export const CRC_BYTES = 4;
export const ID_BYTES = 16;
/** Larger than every field that is neither type, metadata nor data, each hole's first bytes included. */
const ROOM = 2_048;

/** A UUID in lower case: its 16 bytes. */
export const UUID = 0;
/** Hexadecimal in lower case: bytes, as a varint, and the bytes. */
const HEX = 1;
/** A time as `Date.prototype.toISOString` writes it: date and time as numbers:4:4. */
export const TIME = 2;
/** Length as a varint, and the text. */
export const LONG = 3;
/** The same text as in a hole before, or, the first of them, as the stream's name after its first hyphen. */
export const SAME = 4;
export const SAME_COUNT = 40;
/** One of the usual values of this hole of the shape. */
export const USUAL = SAME + SAME_COUNT;
export const USUAL_COUNT = 16;
/** So many bytes of text. */
export const SHORT = USUAL + USUAL_COUNT;
const LONGEST_SHORT = 255 - SHORT;

/** Shorter texts are as short as the word that they are the same. */
const MIN_SAME = 4;

/** A shape with all that writing and reading its events needs. */
export type KnownShape = Shape & {
  readonly number: number;
  /** Wire bytes of its type and content type. */
  readonly typeWords: Words;
  readonly contentTypeWords: Words;
  readonly metadataWords: readonly Words[];
  readonly dataWords: readonly Words[];
  readonly usualWords: readonly (readonly Words[])[];
};

/** A stream's name as it stands in a message, and where in there its part after the first hyphen begins. */
export type NameField = { readonly words: Words; readonly idStart: number };

/** The bytes can't be those that were stored; the message names the fault. */
export class Unreadable extends Error {}

/** A key's share in the checksum: the same bytes under another key have another one. */
const seed = (key: bigint | number): number => {
  const number = Number(key);
  return ((number % TWO_TO_32) ^ Math.imul(number / TWO_TO_32, 0x9e37_79b1)) >>> 0;
};
const TWO_TO_32 = 0x1_0000_0000;

/** Whatever the bytes, a CRC-32 of them with their own behind them is this. */
const SOUND = 0x2144_df1c;

/** Makes the last four bytes the checksum of those before. */
const seal = (key: bigint | number, whole: Buffer): Buffer => {
  const end = whole.length - CRC_BYTES;
  whole.writeUInt32LE(crc32(whole.subarray(0, end), seed(key)), end);
  return whole;
};

export const isSound = (key: bigint | number, whole: Buffer): boolean =>
  whole.length > CRC_BYTES && crc32(whole, seed(key)) === SOUND;

/** Bytes with their checksum behind them. */
export const sealed = (key: bigint, ...parts: readonly Buffer[]): Buffer => {
  const whole = Buffer.allocUnsafe(parts.reduce((length, part) => length + part.length, CRC_BYTES));
  let at = 0;
  for (const part of parts) at += part.copy(whole, at);
  return seal(key, whole);
};

/** @throws Unreadable */
export const unsealed = (key: bigint, whole: Buffer): Buffer => {
  if (!isSound(key, whole)) throw new Unreadable('its checksum is wrong');
  return whole.subarray(0, whole.length - CRC_BYTES);
};

export const writeVarint = (target: Buffer, value: number | bigint, offset: number): number => {
  let at = offset;
  if (typeof value === 'bigint') {
    // DELETED alone is written so: 63 bits.
    for (let group = 0; group < 8; group++) target[at++] = 0xff;
    target[at++] = 0x7f;
    return at;
  }
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
};

const mapEntry = (key: string, value: Buffer): Buffer => {
  const inner = Buffer.concat([field(0x0a, Buffer.from(key)), field(0x12, value)]);
  return field(0x32, inner);
};

export const field = (tag: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(10);
  head[0] = tag;
  return Buffer.concat([head.subarray(0, writeVarint(head, value.length, 1)), value]);
};

export const typeField = (type: Buffer): Buffer => mapEntry('type', type);
export const contentTypeField = (contentType: ContentType): Buffer =>
  mapEntry('content-type', Buffer.from(contentType));

export const knownShape = (number: number, shape: Shape): KnownShape => ({
  ...shape,
  number,
  typeWords: wordsOf(typeField(Buffer.from(shape.type))),
  contentTypeWords: wordsOf(contentTypeField(shape.contentType)),
  metadataWords: shape.metadata.map(wordsOf),
  dataWords: shape.data.map(wordsOf),
  usualWords: shape.usual.map((values) => values.map(wordsOf)),
});

/** No shape: type and content type stand in the record. */
export const SHAPELESS = knownShape(0, {
  type: '',
  contentType: 'application/octet-stream',
  metadata: UNCUT,
  data: UNCUT,
  usual: [],
});

/** An event with its JSON cut at its values; `kind` is equal for events of one shape, and hardly ever for others. */
export type CutEvent = {
  readonly event: StoredEvent;
  readonly kind: number;
  readonly metadata: Cut;
  readonly data: Cut;
};

export const cutEvent = (event: StoredEvent): CutEvent => {
  const { encoded } = event;
  const { typeStart, typeEnd, contentTypeStart, contentTypeEnd, metadataStart, metadataEnd, dataStart, dataEnd } =
    event.fields;
  const metadata = cut(encoded, metadataStart, metadataEnd);
  const data = cut(encoded, dataStart, dataEnd);
  return {
    event,
    metadata,
    data,
    kind: kind(encoded, typeStart, typeEnd, contentTypeEnd - contentTypeStart, metadata.hash, data.hash),
  };
};

export const kindOfShape = (shape: Shape): number => {
  const type = Buffer.from(shape.type);
  return kind(type, 0, type.length, shape.contentType.length, ...hashesOf(shape));
};

/** @param contentType its length, by which the two are told */
const kind = (
  type: Buffer,
  start: number,
  end: number,
  contentType: number,
  metadata: number,
  data: number,
): number => {
  let hash = mixed(metadata, contentType);
  for (let at = start; at < end; at++) hash = mixed(hash, type[at] as number);
  return (hash >>> 0) * 0x10_0000 + (data & 0xf_ffff);
};

const space = new MessageSpace();
/** Where the holes of the event that is being packed begin and end. */
const starts = new Uint32Array(SAME_COUNT);
const ends = new Uint32Array(SAME_COUNT);

/** @param before position of the record before it in the log */
export const pack = (
  cuts: CutEvent,
  streamNumber: number,
  before: number,
  shape: KnownShape,
  name: NameField,
): Buffer => {
  const { event } = cuts;
  const { encoded, revision } = event;
  const { nameEnd, createdStart, createdEnd, metadataStart, metadataEnd, dataStart, dataEnd } = event.fields;
  const begin = space.begin(encoded.length + ROOM);
  const target = space.bytes;
  let at = writeVarint(target, shape.number, begin);
  at = writeVarint(target, streamNumber, at);
  at = writeVarint(target, Number(event.position) - before, at);
  at = writeVarint(target, revision === DELETED ? 0 : Number(revision) + 1, at);
  const ticksStart = Math.max(createdStart, createdEnd - 4);
  at = target.writeUIntBE(numberIn(encoded, createdStart, ticksStart), at, 6);
  at = writeVarint(target, numberIn(encoded, ticksStart, createdEnd), at);
  at = packUuid(target, at, encoded, ID_START);
  at = writeVarint(target, metadataEnd - metadataStart, at);
  at = writeVarint(target, dataEnd - dataStart, at);
  const isShapeless = shape.number === 0;
  if (isShapeless) {
    const type = Buffer.from(event.type);
    at = writeVarint(target, type.length, at);
    at += type.copy(target, at);
    target[at++] = event.contentType === 'application/json' ? 0 : 1;
  }
  starts[0] = nameEnd - (name.words.length - name.idStart);
  ends[0] = nameEnd;
  let hole = 1;
  const parts = isShapeless
    ? [
        [metadataStart, metadataEnd],
        [dataStart, dataEnd],
      ]
    : [cuts.metadata.holes, cuts.data.holes];
  for (const holes of parts) {
    for (let place = 0; place < holes.length; place += 2, hole++) {
      const start = holes[place] as number;
      const end = holes[place + 1] as number;
      const usual = usualPlace(shape.usual[hole - 1], encoded, start, end);
      const same = usual >= 0 ? -1 : samePlace(Math.min(hole, SAME_COUNT), encoded, start, end);
      if (usual >= 0) target[at++] = USUAL + usual;
      else if (same >= 0) target[at++] = SAME + same;
      else at = packHole(target, at, encoded, start, end);
      if (hole < SAME_COUNT) {
        starts[hole] = start;
        ends[hole] = end;
      }
    }
  }
  return seal(event.position, space.end(at + CRC_BYTES));
};

/** A sound record when another one stands before it. */
export const movedBehind = (position: number, record: Buffer, before: number): Buffer => {
  let start = pastVarint(record, pastVarint(record, 0));
  const whole = Buffer.allocUnsafe(record.length + MAX_VARINT);
  record.copy(whole, 0, 0, start);
  const rest = pastVarint(record, start);
  start = writeVarint(whole, position - before, start);
  const end = start + record.copy(whole, start, rest);
  return seal(position, whole.subarray(0, end));
};
const MAX_VARINT = 10;

const pastVarint = (bytes: Buffer, start: number): number => {
  let at = start;
  while ((bytes[at] as number) >= 0x80) at++;
  return at + 1;
};

/** Where the id begins in a sound record. */
export const idIn = (record: Buffer): number => {
  let at = 0;
  for (let passed = 0; passed < 4; passed++) at = pastVarint(record, at);
  return pastVarint(record, at + 6);
};

/** Of decimal digits. */
const numberIn = (source: Buffer, start: number, end: number): number => {
  let number = 0;
  for (let at = start; at < end; at++) number = number * 10 + (source[at] as number) - 0x30;
  return number;
};

const usualPlace = (usual: readonly Buffer[] | undefined, source: Buffer, start: number, end: number): number => {
  if (usual === undefined) return -1;
  for (let place = 0; place < usual.length; place++) {
    const value = usual[place] as Buffer;
    if (value.length === end - start && isSame(source, start, value, 0, value.length)) return place;
  }
  return -1;
};

/** The hole before this one that holds the same; -1 when none does. */
const samePlace = (holes: number, source: Buffer, start: number, end: number): number => {
  const length = end - start;
  if (length < MIN_SAME) return -1;
  for (let hole = 0; hole < holes; hole++) {
    const other = starts[hole] as number;
    if ((ends[hole] as number) - other === length && isSame(source, start, source, other, length)) return hole;
  }
  return -1;
};

const isSame = (a: Buffer, aStart: number, b: Buffer, bStart: number, length: number): boolean => {
  for (let index = 0; index < length; index++) if (a[aStart + index] !== b[bStart + index]) return false;
  return true;
};

const packHole = (target: Buffer, offset: number, source: Buffer, start: number, end: number): number => {
  const length = end - start;
  if (length === 36) {
    target[offset] = UUID;
    const at = packUuid(target, offset + 1, source, start);
    if (at > 0) return at;
  } else if (length === 24) {
    target[offset] = TIME;
    const at = packTime(target, offset + 1, source, start);
    if (at > 0) return at;
  } else if (length >= 8 && length % 2 === 0) {
    target[offset] = HEX;
    const at = packHex(target, writeVarint(target, length / 2, offset + 1), source, start, end);
    if (at > 0) return at;
  }
  let at = offset;
  if (length <= LONGEST_SHORT) target[at++] = SHORT + length;
  else {
    target[at++] = LONG;
    at = writeVarint(target, length, at);
  }
  if (length > 48) return at + source.copy(target, at, start, end);
  for (let from = start; from < end; ) target[at++] = source[from++] as number;
  return at;
};

/** Value of a hexadecimal digit in lower case; 255 for all else. */
const DIGIT = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value++) DIGIT[value.toString(16).charCodeAt(0)] = value;

/** 0 when it isn't hexadecimal in lower case. */
const packHex = (target: Buffer, offset: number, source: Buffer, start: number, end: number): number => {
  let at = offset;
  for (let from = start; from < end; from += 2) {
    const high = DIGIT[source[from] as number] as number;
    const low = DIGIT[source[from + 1] as number] as number;
    if (high > 15 || low > 15) return 0;
    target[at++] = high * 16 + low;
  }
  return at;
};

const HYPHEN = 0x2d;

/** 0 when it is no UUID in lower case. */
const packUuid = (target: Buffer, offset: number, source: Buffer, start: number): number => {
  let at = packHex(target, offset, source, start, start + 8);
  for (const [from, length] of UUID_GROUPS) {
    if (at === 0 || source[start + from - 1] !== HYPHEN) return 0;
    at = packHex(target, at, source, start + from, start + from + length);
  }
  return at;
};
/** Behind the first: where each group of digits begins, and how many there are. */
const UUID_GROUPS = [
  [9, 4],
  [14, 4],
  [19, 4],
  [24, 12],
] as const;

/** 0 when it isn't a time as `toISOString` writes it. */
const packTime = (target: Buffer, offset: number, source: Buffer, start: number): number => {
  let date = 0;
  let time = 0;
  for (let index = 0; index < TIME_FORM.length; index++) {
    const byte = source[start + index] as number;
    const form = TIME_FORM.charCodeAt(index);
    if (form !== 0x30) {
      if (byte !== form) return 0;
      continue;
    }
    if (byte < 0x30 || byte > 0x39) return 0;
    if (index < 10) date = date * 10 + byte - 0x30;
    else time = time * 10 + byte - 0x30;
  }
  return target.writeUInt32BE(time, target.writeUInt32BE(date, offset));
};
const TIME_FORM = '0000-00-00T00:00:00.000Z';

export const nameField = (name: string): NameField => {
  const bytes = field(0x12, field(0x1a, Buffer.from(name)));
  const idLength = Buffer.byteLength(name.slice(name.indexOf('-') + 1));
  return { words: wordsOf(bytes), idStart: bytes.length - idLength };
};
