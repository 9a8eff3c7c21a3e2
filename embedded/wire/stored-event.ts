import { fieldLength, integerLength, MessageWriter, WireReader } from './protobuf.ts';

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
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether this is UUID text in lower case. */
export const isUuid = (text: string): boolean => UUID.test(text);

/** Bytes of an entry of the message's map of system metadata. */
const entryLength = (key: string, valueLength: number): number => fieldLength(key.length) + fieldLength(valueLength);

/** The `event_store.client.streams.ReadResp.ReadEvent.RecordedEvent` message of an event, as stored and as sent. */
export const encodeRecordedEvent = (event: ProposedEvent, placed: Placement): Buffer => {
  const { stream, revision, position } = placed;
  const { type, contentType, metadata, data } = event;
  const nameLength = Buffer.byteLength(stream);
  const typeLength = Buffer.byteLength(type);
  const created = placed.created.toString();
  const typeEntry = entryLength('type', typeLength);
  const createdEntry = entryLength('created', created.length);
  const contentTypeEntry = entryLength('content-type', contentType.length);
  const writer = new MessageWriter(
    fieldLength(fieldLength(UUID_TEXT_LENGTH)) +
      fieldLength(fieldLength(nameLength)) +
      integerLength(revision) +
      2 * integerLength(position) +
      fieldLength(typeEntry) +
      fieldLength(createdEntry) +
      fieldLength(contentTypeEntry) +
      fieldLength(metadata.length) +
      fieldLength(data.length),
  );
  writer.begin(1, fieldLength(UUID_TEXT_LENGTH)).text(2, event.id, UUID_TEXT_LENGTH);
  writer.begin(2, fieldLength(nameLength)).text(3, stream, nameLength);
  writer.integer(3, revision).integer(4, position).integer(5, position);
  writer.begin(6, typeEntry).text(1, 'type').text(2, type, typeLength);
  writer.begin(6, createdEntry).text(1, 'created').text(2, created, created.length);
  writer.begin(6, contentTypeEntry).text(1, 'content-type').text(2, contentType, contentType.length);
  return writer.data(7, metadata).data(8, data).bytes;
};

/** Goes through the fields of one record after the other; made once, since an event is read in less time than a reader is made. */
class RecordFields extends WireReader {
  begin(bytes: Buffer): void {
    this.bytes = bytes;
    this.offset = 0;
  }

  expect(tag: number): void {
    if (this.byte() !== tag) throw new RangeError(`The record has another field where 0x${tag.toString(16)} belongs.`);
  }

  /** Passes over a field of bytes; gives where they begin. */
  section(tag: number): number {
    this.expect(tag);
    const length = this.length();
    const start = this.offset;
    this.offset += length;
    return start;
  }

  /** Passes over an entry of the map of system metadata; gives where its value begins. */
  entryValue(key: string): number {
    this.expect(0x32);
    this.length();
    this.offset += fieldLength(key.length);
    return this.section(0x12);
  }
}
const fields = new RecordFields(Buffer.alloc(0));

/** Where each field of a message begins and ends. */
export type Fields = {
  readonly revision: bigint;
  readonly position: bigint;
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly typeStart: number;
  readonly typeEnd: number;
  readonly createdStart: number;
  readonly createdEnd: number;
  readonly contentTypeStart: number;
  readonly contentTypeEnd: number;
  readonly metadataStart: number;
  readonly metadataEnd: number;
  readonly dataStart: number;
  readonly dataEnd: number;
};

/** @throws RangeError when the bytes aren't what `encodeRecordedEvent` writes. */
const fieldsOf = (encoded: Buffer): Fields => {
  fields.begin(encoded);
  fields.expect(0x0a);
  if (fields.length() !== 2 + UUID_TEXT_LENGTH) throw new RangeError('The record has no textual id.');
  fields.offset += 2 + UUID_TEXT_LENGTH;
  fields.expect(0x12);
  fields.length();
  const nameStart = fields.section(0x1a);
  const nameEnd = fields.offset;
  fields.expect(0x18);
  const revision = fields.uint64();
  fields.expect(0x20);
  const position = fields.uint64();
  fields.expect(0x28);
  fields.uint64();
  const typeStart = fields.entryValue('type');
  const typeEnd = fields.offset;
  const createdStart = fields.entryValue('created');
  const createdEnd = fields.offset;
  const contentTypeStart = fields.entryValue('content-type');
  const contentTypeEnd = fields.offset;
  const metadataStart = fields.section(0x3a);
  const metadataEnd = fields.offset;
  const dataStart = fields.section(0x42);
  const dataEnd = fields.offset;
  if (dataEnd !== encoded.length) throw new RangeError('The record is longer or shorter than it says.');
  return {
    revision,
    position,
    nameStart,
    nameEnd,
    typeStart,
    typeEnd,
    createdStart,
    createdEnd,
    contentTypeStart,
    contentTypeEnd,
    metadataStart,
    metadataEnd,
    dataStart,
    dataEnd,
  };
};

/** Where the text of the id begins in a message. */
export const ID_START = 4;
const NAME_FIELD = ID_START + UUID_TEXT_LENGTH;

/**
 * One event of the log. It holds the message that goes over the wire and reads single fields out of it on demand, so
 * handing an event to a reader costs no decoding.
 */
export class StoredEvent implements ProposedEvent, Placement {
  private constructor(
    readonly encoded: Buffer,
    readonly revision: bigint,
    readonly position: bigint,
    private known: Fields | undefined,
  ) {}

  /** The event that these bytes are. @throws RangeError when they aren't what `encodeRecordedEvent` writes. */
  static of(encoded: Buffer): StoredEvent {
    const known = fieldsOf(encoded);
    return new StoredEvent(encoded, known.revision, known.position, known);
  }

  /** An event whose message has just been made for this place. */
  static at(revision: bigint, position: bigint, encoded: Buffer): StoredEvent {
    return new StoredEvent(encoded, revision, position, undefined);
  }

  get fields(): Fields {
    this.known ??= fieldsOf(this.encoded);
    return this.known;
  }
  get id(): string {
    return this.encoded.toString('latin1', ID_START, NAME_FIELD);
  }
  get stream(): string {
    return this.encoded.toString('utf8', this.fields.nameStart, this.fields.nameEnd);
  }
  /** True for streams whose name starts with `$`, without a look at any other field. */
  get inSystemStream(): boolean {
    const { encoded } = this;
    let at = NAME_FIELD + 1;
    while ((encoded[at++] as number) >= 0x80);
    at++;
    while ((encoded[at++] as number) >= 0x80);
    return encoded[at] === 0x24;
  }
  get type(): string {
    return this.encoded.toString('utf8', this.fields.typeStart, this.fields.typeEnd);
  }
  get created(): bigint {
    return BigInt(this.encoded.toString('latin1', this.fields.createdStart, this.fields.createdEnd));
  }
  get contentType(): ContentType {
    const { contentTypeStart, contentTypeEnd } = this.fields;
    return this.encoded.toString('latin1', contentTypeStart, contentTypeEnd) as ContentType;
  }
  get metadata(): Buffer {
    return this.encoded.subarray(this.fields.metadataStart, this.fields.metadataEnd);
  }
  get data(): Buffer {
    return this.encoded.subarray(this.fields.dataStart, this.fields.dataEnd);
  }
}
