/**
 * The few protobuf primitives that the stored form of an event and the messages of every append and read need. All else
 * on the wire goes through the generated messages; these are written and read by hand because jspb costs more than the
 * whole rest of a read (100,000 events: 5.1 s through jspb against 3.7 s, most of which is the client's own decoding),
 * and a quarter of an append.
 */

const TWO_TO_32 = 0x1_0000_0000;

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Bytes that `value` (0 ≤ value < 2^64) takes as a varint. */
const varintLength = (value: number | bigint): number => {
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
const writeVarint = (target: Buffer, value: number | bigint, offset: number): number => {
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

/** Bytes of a field that holds so many bytes. Fields are numbered below 16 here, so that a tag is one byte. */
export const fieldLength = (length: number): number => 1 + varintLength(length) + length;

/** Bytes of a field that holds an integer. */
export const integerLength = (value: number | bigint): number => 1 + varintLength(value);

/** Writes the fields of a message whose length is known. */
export class MessageWriter {
  readonly bytes: Buffer;
  private offset = 0;

  constructor(length: number) {
    this.bytes = Buffer.allocUnsafe(length);
  }

  integer(field: number, value: number | bigint): this {
    this.bytes[this.offset] = (field << 3) | VARINT;
    this.offset = writeVarint(this.bytes, value, this.offset + 1);
    return this;
  }

  /** Begins a field of so many bytes, such as a message, whose fields are written next. */
  begin(field: number, length: number): this {
    this.bytes[this.offset] = (field << 3) | LENGTH_DELIMITED;
    this.offset = writeVarint(this.bytes, length, this.offset + 1);
    return this;
  }

  data(field: number, data: Buffer): this {
    this.begin(field, data.length);
    this.offset += data.copy(this.bytes, this.offset);
    return this;
  }

  text(field: number, text: string, length = Buffer.byteLength(text)): this {
    this.begin(field, length);
    this.offset += this.bytes.write(text, this.offset);
    return this;
  }
}

/** A forward-only reader over one message. */
export class WireReader {
  constructor(
    protected bytes: Buffer,
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

/** Goes through the fields of one message, which may lie inside another, in their order. No buffer is made for what isn't asked for. */
export class MessageReader extends WireReader {
  /** Number of the field it stands at. */
  field = 0;
  /** Undefined when the field holds bytes. */
  private value: bigint | undefined;
  private start = 0;

  constructor(
    bytes: Buffer,
    offset = 0,
    private readonly end = bytes.length,
  ) {
    super(bytes, offset);
  }

  /** Goes to the next field; those of fixed width are passed over. False when there is none. @throws RangeError */
  next(): boolean {
    while (this.offset < this.end) {
      const tag = this.length();
      const type = tag % 8;
      this.field = Math.floor(tag / 8);
      this.value = type === VARINT ? this.uint64() : undefined;
      if (type === LENGTH_DELIMITED) {
        const length = this.length();
        this.start = this.offset;
        this.offset += length;
      } else if (type === FIXED_64) this.offset += 8;
      else if (type === FIXED_32) this.offset += 4;
      else if (type !== VARINT) throw new RangeError(`A field of wire type ${type} has no place here.`);
      if (this.offset > this.end) throw new RangeError('The message ends in the middle of a field.');
      if (type === VARINT || type === LENGTH_DELIMITED) return true;
    }
    return false;
  }

  /** @throws RangeError when the field holds bytes */
  integer(): bigint {
    if (this.value === undefined) throw new RangeError('Bytes stand where an integer belongs.');
    return this.value;
  }

  /** A view of the field's bytes. @throws RangeError when the field holds an integer */
  data(): Buffer {
    return this.bytes.subarray(this.startOfBytes(), this.offset);
  }

  /** @throws RangeError when the field holds an integer */
  text(): string {
    return this.bytes.toString('utf8', this.startOfBytes(), this.offset);
  }

  /** The message in the field. @throws RangeError when the field holds an integer */
  message(): MessageReader {
    return new MessageReader(this.bytes, this.startOfBytes(), this.offset);
  }

  private startOfBytes(): number {
    if (this.value !== undefined) throw new RangeError('An integer stands where bytes belong.');
    return this.start;
  }
}
