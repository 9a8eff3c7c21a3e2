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

/**
 * One event of the log. It holds the message that goes over the wire and reads single fields out of it on demand, so
 * handing an event to a reader costs no decoding.
 */
export class StoredEvent implements ProposedEvent, Placement {
  readonly revision: bigint;
  readonly position: bigint;
  private readonly nameStart: number;
  readonly nameEnd: number;
  private readonly typeStart: number;
  private readonly typeEnd: number;
  private readonly createdStart: number;
  private readonly createdEnd: number;
  private readonly contentTypeStart: number;
  private readonly contentTypeEnd: number;
  readonly metadataStart: number;
  readonly metadataEnd: number;
  readonly dataStart: number;
  readonly dataEnd: number;

  /** @throws RangeError when the bytes aren't what `encodeRecordedEvent` writes. */
  constructor(readonly encoded: Buffer) {
    fields.begin(encoded);
    fields.expect(0x0a);
    if (fields.length() !== 2 + UUID_TEXT_LENGTH) throw new RangeError('The record has no textual id.');
    fields.offset += 2 + UUID_TEXT_LENGTH;
    fields.expect(0x12);
    fields.length();
    this.nameStart = fields.section(0x1a);
    this.nameEnd = fields.offset;
    fields.expect(0x18);
    this.revision = fields.uint64();
    fields.expect(0x20);
    this.position = fields.uint64();
    fields.expect(0x28);
    fields.uint64();
    this.typeStart = fields.entryValue('type');
    this.typeEnd = fields.offset;
    this.createdStart = fields.entryValue('created');
    this.createdEnd = fields.offset;
    this.contentTypeStart = fields.entryValue('content-type');
    this.contentTypeEnd = fields.offset;
    this.metadataStart = fields.section(0x3a);
    this.metadataEnd = fields.offset;
    this.dataStart = fields.section(0x42);
    this.dataEnd = fields.offset;
    if (this.dataEnd !== encoded.length) throw new RangeError('The record is longer or shorter than it says.');
  }

  get idStart(): number {
    return 4;
  }
  get id(): string {
    return this.encoded.toString('latin1', this.idStart, this.idStart + UUID_TEXT_LENGTH);
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
