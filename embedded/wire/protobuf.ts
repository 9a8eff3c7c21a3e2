/**
 * The few protobuf primitives that the stored form of an event and the requests of BatchAppend need. Everything else on
 * the wire goes through the generated messages; these are written and read by hand because jspb costs more than the
 * whole rest of a read (100,000 events: 5.1 s through jspb against 3.7 s, most of which is the client's own decoding),
 * and a fifth of an append.
 */

const TWO_TO_32 = 0x1_0000_0000;

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Bytes that `value` (0 ≤ value < 2^64) takes as a varint. */
export const varintLength = (value: number | bigint): number => {
  if (typeof value === 'number') {
    let length = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
    return length;
  }
  if (value <= 0xffff_ffffn) return varintLength(Number(value));
  let length = 1;
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) length++;
  return length;
};

/** Writes a varint at `offset` and returns the offset after it. */
export const writeVarint = (target: Buffer, value: number | bigint, offset: number): number => {
  let at = offset;
  if (typeof value === 'bigint' && value > 0xffff_ffffn) {
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) target[at++] = Number(rest & 0x7fn) | 0x80;
    target[at++] = Number(rest);
    return at;
  }
  let rest = Number(value);
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
};

/** A forward-only reader over one message. */
export class WireReader {
  constructor(
    private readonly bytes: Buffer,
    public offset = 0,
  ) {}

  byte(): number {
    const value = this.bytes[this.offset++];
    if (value === undefined) throw new RangeError('The message ends in the middle of a field.');
    return value;
  }

  /** A varint below 2^53: lengths, tags. */
  length(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  uint64(): bigint {
    let low = 0;
    let scale = 1;
    for (let index = 0; index < 4; index++) {
      const byte = this.byte();
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) return BigInt(low);
      scale *= 0x80;
    }
    let high = 0;
    scale = 1;
    for (let index = 0; index < 6; index++) {
      const byte = this.byte();
      high += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 0x80;
    }
    return high < TWO_TO_32 / 0x1000 ? BigInt(high * 0x1000_0000 + low) : (BigInt(high) << 28n) + BigInt(low);
  }
}

/** What a field holds: the bytes of anything that has a length, or an integer as it stands on the wire. */
export type FieldValue = Buffer | bigint;

/** Visits the fields of a message in their order; fixed-width ones are passed over. @throws RangeError when it is none */
export const eachField = (bytes: Buffer, visit: (field: number, value: FieldValue) => void): void => {
  const reader = new WireReader(bytes);
  while (reader.offset < bytes.length) {
    const tag = reader.length();
    const field = Math.floor(tag / 8);
    const type = tag % 8;
    if (type === VARINT) visit(field, reader.uint64());
    else if (type === LENGTH_DELIMITED) {
      const length = reader.length();
      const start = reader.offset;
      reader.offset = start + length;
      if (reader.offset <= bytes.length) visit(field, bytes.subarray(start, reader.offset));
    } else if (type === FIXED_64) reader.offset += 8;
    else if (type === FIXED_32) reader.offset += 4;
    else throw new RangeError(`A field of wire type ${type} has no place here.`);
  }
  if (reader.offset > bytes.length) throw new RangeError('The message ends in the middle of a field.');
};

/** @throws RangeError when the field holds an integer */
export const bytesIn = (value: FieldValue): Buffer => {
  if (typeof value === 'bigint') throw new RangeError('An integer stands where bytes belong.');
  return value;
};

/** @throws RangeError when the field holds bytes */
export const integerIn = (value: FieldValue): bigint => {
  if (typeof value !== 'bigint') throw new RangeError('Bytes stand where an integer belongs.');
  return value;
};
