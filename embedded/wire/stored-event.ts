import { varintLength, WireReader, writeVarint } from './protobuf.ts';

export type ContentType = 'application/json' | 'application/octet-stream';

/** What a client proposes; `id` is lower-case UUID text. */
export type ProposedEvent = {
  readonly id: string;
  readonly type: string;
  readonly contentType: ContentType;
  readonly data: Buffer;
  readonly metadata: Buffer;
};

/** Where and when the log put it. `created` counts 100-ns ticks since the Unix epoch. */
export type Placement = {
  readonly stream: string;
  readonly revision: bigint;
  readonly position: bigint;
  readonly created: bigint;
};

const UUID_TEXT_LENGTH = 36;
const TYPE_KEY = Buffer.from('\x0a\x04type\x12', 'latin1');
const CREATED_KEY = Buffer.from('\x0a\x07created\x12', 'latin1');
const CONTENT_TYPE_KEY = Buffer.from('\x0a\x0ccontent-type\x12', 'latin1');

const fieldLength = (length: number) => 1 + varintLength(length) + length;

/** The `event_store.client.streams.ReadResp.ReadEvent.RecordedEvent` message of an event, as stored and as sent. */
export const encodeRecordedEvent = (event: ProposedEvent, placed: Placement): Buffer => {
  const nameLength = Buffer.byteLength(placed.stream);
  const typeLength = Buffer.byteLength(event.type);
  const created = placed.created.toString();
  const identifierLength = fieldLength(nameLength);
  const typeEntry = TYPE_KEY.length + varintLength(typeLength) + typeLength;
  const createdEntry = CREATED_KEY.length + varintLength(created.length) + created.length;
  const contentTypeEntry = CONTENT_TYPE_KEY.length + varintLength(event.contentType.length) + event.contentType.length;

  const bytes = Buffer.allocUnsafe(
    4 +
      UUID_TEXT_LENGTH +
      fieldLength(identifierLength) +
      1 +
      varintLength(placed.revision) +
      2 * (1 + varintLength(placed.position)) +
      fieldLength(typeEntry) +
      fieldLength(createdEntry) +
      fieldLength(contentTypeEntry) +
      fieldLength(event.metadata.length) +
      fieldLength(event.data.length),
  );
  let at = 0;
  const tag = (value: number) => {
    bytes[at++] = value;
  };
  const length = (value: number | bigint) => {
    at = writeVarint(bytes, value, at);
  };
  const text = (value: string, byteLength: number) => {
    length(byteLength);
    at += bytes.write(value, at);
  };
  const entry = (entryLength: number, key: Buffer, value: string, valueLength: number) => {
    tag(0x32);
    length(entryLength);
    at += key.copy(bytes, at);
    text(value, valueLength);
  };

  tag(0x0a);
  length(2 + UUID_TEXT_LENGTH);
  tag(0x12);
  text(event.id, UUID_TEXT_LENGTH);
  tag(0x12);
  length(identifierLength);
  tag(0x1a);
  text(placed.stream, nameLength);
  tag(0x18);
  length(placed.revision);
  tag(0x20);
  length(placed.position);
  tag(0x28);
  length(placed.position);
  entry(typeEntry, TYPE_KEY, event.type, typeLength);
  entry(createdEntry, CREATED_KEY, created, created.length);
  entry(contentTypeEntry, CONTENT_TYPE_KEY, event.contentType, event.contentType.length);
  tag(0x3a);
  length(event.metadata.length);
  at += event.metadata.copy(bytes, at);
  tag(0x42);
  length(event.data.length);
  event.data.copy(bytes, at);
  return bytes;
};

/**
 * One event of the log. It holds the message that goes over the wire and reads single fields out of it on demand, so
 * handing an event to a reader costs no decoding.
 */
export class StoredEvent implements ProposedEvent, Placement {
  readonly revision: bigint;
  readonly position: bigint;
  private readonly nameStart: number;
  private readonly nameEnd: number;
  private readonly typeStart: number;
  private readonly typeEnd: number;
  private readonly createdStart: number;
  private readonly createdEnd: number;
  private readonly contentTypeStart: number;
  private readonly contentTypeEnd: number;
  private readonly metadataStart: number;
  private readonly metadataEnd: number;
  private readonly dataStart: number;
  private readonly dataEnd: number;

  /** @throws RangeError when the bytes aren't what `encodeRecordedEvent` writes. */
  constructor(readonly encoded: Buffer) {
    const reader = new WireReader(encoded);
    const expect = (tag: number) => {
      if (reader.byte() !== tag)
        throw new RangeError(`The record has another field where 0x${tag.toString(16)} belongs.`);
    };
    const section = () => {
      const length = reader.length();
      const start = reader.offset;
      reader.offset += length;
      return start;
    };
    const entryValue = (keyLength: number) => {
      expect(0x32);
      reader.length();
      reader.offset += keyLength;
      return section();
    };
    expect(0x0a);
    if (reader.length() !== 2 + UUID_TEXT_LENGTH) throw new RangeError('The record has no textual id.');
    reader.offset += 2 + UUID_TEXT_LENGTH;
    expect(0x12);
    reader.length();
    expect(0x1a);
    this.nameStart = section();
    this.nameEnd = reader.offset;
    expect(0x18);
    this.revision = reader.uint64();
    expect(0x20);
    this.position = reader.uint64();
    expect(0x28);
    reader.uint64();
    this.typeStart = entryValue(TYPE_KEY.length);
    this.typeEnd = reader.offset;
    this.createdStart = entryValue(CREATED_KEY.length);
    this.createdEnd = reader.offset;
    this.contentTypeStart = entryValue(CONTENT_TYPE_KEY.length);
    this.contentTypeEnd = reader.offset;
    expect(0x3a);
    this.metadataStart = section();
    this.metadataEnd = reader.offset;
    expect(0x42);
    this.dataStart = section();
    this.dataEnd = reader.offset;
    if (this.dataEnd !== encoded.length) throw new RangeError('The record is longer or shorter than it says.');
  }

  get id(): string {
    return this.encoded.toString('latin1', 4, 4 + UUID_TEXT_LENGTH);
  }
  get stream(): string {
    return this.encoded.toString('utf8', this.nameStart, this.nameEnd);
  }
  /** True for streams whose name starts with `$`, without decoding the name. */
  get inSystemStream(): boolean {
    return this.encoded[this.nameStart] === 0x24;
  }
  get type(): string {
    return this.encoded.toString('utf8', this.typeStart, this.typeEnd);
  }
  get created(): bigint {
    return BigInt(this.encoded.toString('latin1', this.createdStart, this.createdEnd));
  }
  get contentType(): ContentType {
    return this.encoded.toString('latin1', this.contentTypeStart, this.contentTypeEnd) as ContentType;
  }
  get metadata(): Buffer {
    return this.encoded.subarray(this.metadataStart, this.metadataEnd);
  }
  get data(): Buffer {
    return this.encoded.subarray(this.dataStart, this.dataEnd);
  }
}
