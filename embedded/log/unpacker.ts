import { MessageSpace, putWords, type Words, wordsOf } from './message-space.ts';
import {
  CRC_BYTES,
  contentTypeField,
  field,
  ID_BYTES,
  isSound,
  type KnownShape,
  LONG,
  type NameField,
  SAME,
  SAME_COUNT,
  SHORT,
  TIME,
  typeField,
  Unreadable,
  USUAL,
  UUID,
  writeVarint,
} from './packed-record.ts';
import { DELETED } from './stream-metadata.ts';

/** Reads one record after the other, without making anything but what it gives. */
export class Unpacker {
  /** Number of the shape of the record that was opened. */
  shape = 0;
  streamNumber = 0;
  /** Position of the record before it in the log, -1 when it is the first. */
  before = 0;
  revision = 0n;
  private at = 0;
  private position = 0;
  private record: Buffer = Buffer.alloc(0);
  private plainRevision = 0;
  private readonly space = new MessageSpace();
  /** Of each hole that was read: where it begins and ends in the space. */
  private readonly starts = new Uint32Array(SAME_COUNT);
  private readonly ends = new Uint32Array(SAME_COUNT);

  /** Begins with a record, once its checksum is right. @throws Unreadable */
  open(position: number, record: Buffer): void {
    if (!isSound(position, record)) throw new Unreadable('its checksum is wrong');
    this.begin(position, record);
  }

  /** Begins with a record that has just been sealed. */
  begin(position: number, record: Buffer): void {
    this.record = record;
    this.position = position;
    this.at = 0;
    this.shape = this.varint();
    this.streamNumber = this.varint();
    this.before = position - this.varint();
    this.plainRevision = this.varint() - 1;
    this.revision = this.plainRevision < 0 ? DELETED : BigInt(this.plainRevision);
  }

  /** Takes the record that was opened out of memory that isn't its own. */
  own(): void {
    this.record = Buffer.from(this.record);
  }

  /** The RecordedEvent message of the record that was opened. @throws Unreadable */
  message(shape: KnownShape, name: NameField): Buffer {
    const { record, position } = this;
    const milliseconds = record.readUIntBE(this.at, 6);
    this.at += 6;
    const ticks = this.varint();
    const createdLength = milliseconds < 1 ? String(ticks).length : lengthOfDigits(milliseconds) + 4;
    const idAt = this.at;
    this.at += ID_BYTES;
    const metadataLength = this.varint();
    const dataLength = this.varint();
    const head = shape.number === 0 ? this.inlineHead() : shape;
    const revision = this.plainRevision < 0 ? DELETED : this.plainRevision;
    const length =
      ID_FIELD_BYTES +
      name.words.length +
      3 +
      lengthOfVarint(revision) +
      2 * lengthOfVarint(position) +
      head.typeWords.length +
      CREATED_HEAD.length +
      1 +
      createdLength +
      head.contentTypeWords.length +
      2 +
      lengthOfVarint(metadataLength) +
      metadataLength +
      lengthOfVarint(dataLength) +
      dataLength;
    const begin = this.space.begin(length);
    const { bytes, view } = this.space;
    view.setInt32(begin, ID_HEAD);
    let to = putUuid(view, begin + 4, record, idAt);
    to = putWords(view, to, name.words);
    this.starts[0] = begin + ID_FIELD_BYTES + name.idStart;
    this.ends[0] = to;
    bytes[to++] = 0x18;
    to = writeVarint(bytes, revision, to);
    bytes[to++] = 0x20;
    to = writeVarint(bytes, position, to);
    bytes[to++] = 0x28;
    to = writeVarint(bytes, position, to);
    to = putWords(view, to, head.typeWords);
    to = putWords(view, to, CREATED_HEAD);
    bytes[to - CREATED_ENTRY_BYTES] = CREATED_ENTRY_BYTES + createdLength;
    bytes[to++] = createdLength;
    if (milliseconds > 0) to = putDigits(bytes, to, milliseconds, createdLength - 4);
    to = putDigits(bytes, to, ticks, milliseconds > 0 ? 4 : createdLength);
    to = putWords(view, to, head.contentTypeWords);
    bytes[to++] = 0x3a;
    to = writeVarint(bytes, metadataLength, to);
    to = this.filled(shape, shape.metadataWords, 0, to, to + metadataLength);
    bytes[to++] = 0x42;
    to = writeVarint(bytes, dataLength, to);
    to = this.filled(shape, shape.dataWords, shape.metadataWords.length - 1, to, to + dataLength);
    if (to !== begin + length || this.at !== record.length - CRC_BYTES)
      throw new Unreadable('it is longer or shorter than it says');
    return this.space.end(to);
  }

  private inlineHead(): { typeWords: Words; contentTypeWords: Words } {
    const { record } = this;
    const length = this.varint();
    const type = record.subarray(this.at, this.at + length);
    this.at += length;
    const contentType = record[this.at++] === 0 ? 'application/json' : 'application/octet-stream';
    return { typeWords: wordsOf(typeField(type)), contentTypeWords: wordsOf(contentTypeField(contentType)) };
  }

  /** Writes segments with the holes between them; gives where they must end. */
  private filled(
    { usualWords }: KnownShape,
    segments: readonly Words[],
    firstHole: number,
    offset: number,
    end: number,
  ): number {
    const { starts, ends } = this;
    const { view } = this.space;
    let to = putWords(view, offset, segments[0] as Words);
    for (let index = 1; index < segments.length; index++) {
      const hole = firstHole + index;
      const start = to;
      to = this.hole(usualWords[hole - 1], to, end);
      if (hole < SAME_COUNT) {
        starts[hole] = start;
        ends[hole] = to;
      }
      to = putWords(view, to, segments[index] as Words);
    }
    if (to !== end) throw new Unreadable('a part of it is longer or shorter than it says');
    return to;
  }

  private hole(usual: readonly Words[] | undefined, to: number, end: number): number {
    const { record } = this;
    const { view } = this.space;
    const kind = record[this.at++] as number;
    if (kind >= SHORT) return this.text(kind - SHORT, to, end);
    if (kind >= USUAL) {
      const value = usual?.[kind - USUAL];
      if (value === undefined) throw new Unreadable('its shape lacks a value');
      return putWords(view, to, value);
    }
    if (kind >= SAME) {
      const from = this.starts[kind - SAME] as number;
      const length = (this.ends[kind - SAME] as number) - from;
      for (let at = 0; at < length; at += 4) view.setInt32(to + at, view.getInt32(from + at));
      return to + length;
    }
    if (kind === UUID) {
      const from = this.at;
      this.at += ID_BYTES;
      return putUuid(view, to, record, from);
    }
    if (kind === TIME) {
      const from = this.at;
      this.at += 8;
      return putTime(view, to, record.readUInt32BE(from), record.readUInt32BE(from + 4));
    }
    const length = this.varint();
    if (kind === LONG) return this.text(length, to, end);
    if (to + 2 * length > end) throw new Unreadable('a part of it is longer than it says');
    const from = this.at;
    this.at += length;
    for (let index = 0; index < length; index++) {
      view.setUint16(to + 2 * index, DIGITS[record[from + index] as number] as number);
    }
    return to + 2 * length;
  }

  private text(length: number, to: number, end: number): number {
    const { record } = this;
    const { bytes } = this.space;
    if (to + length > end) throw new Unreadable('a part of it is longer than it says');
    const from = this.at;
    this.at += length;
    if (length > 48) return to + record.copy(bytes, to, from, this.at);
    for (let index = 0; index < length; index++) bytes[to + index] = record[from + index] as number;
    return to + length;
  }

  private varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.record[this.at++];
      if (byte === undefined) throw new Unreadable('it ends too early');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }
}

/** Both hexadecimal digits of a byte. */
const DIGITS = Uint16Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16BE(),
);
/** The two decimal digits of a number below 100. */
const DECIMALS = Uint16Array.from({ length: 100 }, (_, number) =>
  Buffer.from(String(number).padStart(2, '0')).readUInt16BE(),
);

const ID_FIELD_BYTES = 40;
/** Tags and lengths of the message with the id and of the text in it. */
const ID_HEAD = 0x0a_26_12_24;

const fourDigits = (source: Buffer, from: number): number =>
  ((DIGITS[source[from] as number] as number) << 16) | (DIGITS[source[from + 1] as number] as number);

const HYPHEN = 0x2d;

const putUuid = (view: DataView, to: number, source: Buffer, from: number): number => {
  view.setInt32(to, fourDigits(source, from));
  view.setInt32(to + 4, fourDigits(source, from + 2));
  view.setUint8(to + 8, HYPHEN);
  view.setInt32(to + 9, fourDigits(source, from + 4));
  view.setUint8(to + 13, HYPHEN);
  view.setInt32(to + 14, fourDigits(source, from + 6));
  view.setUint8(to + 18, HYPHEN);
  view.setInt32(to + 19, fourDigits(source, from + 8));
  view.setUint8(to + 23, HYPHEN);
  view.setInt32(to + 24, fourDigits(source, from + 10));
  view.setInt32(to + 28, fourDigits(source, from + 12));
  view.setInt32(to + 32, fourDigits(source, from + 14));
  return to + 36;
};

const putDigits = (target: Buffer, to: number, value: number, count: number): number => {
  // Two halves that are small integers are divided faster.
  let rest = value % 1_000_000;
  for (let index = count - 1; index >= 0; index--) {
    if (count - index === 7) rest = Math.floor(value / 1_000_000);
    const next = Math.floor(rest / 10);
    target[to + index] = 0x30 + rest - 10 * next;
    rest = next;
  }
  return to + count;
};

/** The last two digits of a part of a number. */
const two = (number: number, scale: number): number => DECIMALS[Math.floor(number / scale) % 100] as number;

/** 20260131 and 93000123 as `2026-01-31T09:30:00.123Z`. */
const putTime = (view: DataView, to: number, date: number, time: number): number => {
  view.setUint16(to, two(date, 1_000_000));
  view.setUint16(to + 2, two(date, 10_000));
  view.setUint8(to + 4, HYPHEN);
  view.setUint16(to + 5, two(date, 100));
  view.setUint8(to + 7, HYPHEN);
  view.setUint16(to + 8, two(date, 1));
  view.setUint8(to + 10, 0x54);
  view.setUint16(to + 11, two(time, 10_000_000));
  view.setUint8(to + 13, 0x3a);
  view.setUint16(to + 14, two(time, 100_000));
  view.setUint8(to + 16, 0x3a);
  view.setUint16(to + 17, two(time, 1_000));
  view.setUint8(to + 19, 0x2e);
  view.setUint16(to + 20, two(time, 10));
  view.setUint8(to + 22, 0x30 + (time % 10));
  view.setUint8(to + 23, 0x5a);
  return to + 24;
};

/** An entry of the map of system metadata up to the length of its value; the length of all of it is filled in. */
const CREATED_HEAD = wordsOf(
  Buffer.concat([Buffer.from([0x32, 0]), field(0x0a, Buffer.from('created')), Buffer.from([0x12])]),
);
/** Back from the end of the head to the length of the entry. */
const CREATED_ENTRY_BYTES = CREATED_HEAD.length - 1;

const lengthOfDigits = (value: number): number => (value >= 1e12 && value < 1e13 ? 13 : String(value).length);

const lengthOfVarint = (value: number | bigint): number => {
  if (typeof value === 'bigint') return 9;
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
};
