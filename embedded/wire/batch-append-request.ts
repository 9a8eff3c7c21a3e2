import type { ExpectedVersion } from '../log/event-log.ts';
import { structuredText } from './identifiers.ts';
import { MessageReader } from './protobuf.ts';
import { expectedRevision } from './status-error.ts';

/** What Append and BatchAppend say of an event; nothing of it is checked yet. */
export type ProposedMessage = {
  readonly id: string;
  readonly type: string | undefined;
  readonly contentType: string | undefined;
  readonly data: Buffer;
  readonly metadata: Buffer;
};

/** An `event_store.client.streams.BatchAppendReq` message. Ids are text, empty when missing, and not checked yet. */
export type BatchAppendRequest = {
  readonly correlationId: string;
  /** In the first chunk of an append. */
  readonly options: BatchAppendOptions | undefined;
  readonly messages: readonly ProposedMessage[];
  readonly isFinal: boolean;
};

export type BatchAppendOptions = {
  /** Empty when missing. */
  readonly stream: string;
  readonly expected: ExpectedVersion | undefined;
  /** Milliseconds since the epoch; infinite when missing. */
  readonly deadline: number;
};

/** @throws RangeError when the bytes aren't such a message */
export const batchAppendRequest = (bytes: Buffer): BatchAppendRequest => {
  let correlationId = '';
  let options: BatchAppendOptions | undefined;
  let isFinal = false;
  const messages: ProposedMessage[] = [];
  const reader = new MessageReader(bytes);
  while (reader.next()) {
    if (reader.field === 1) correlationId = uuidIn(reader.message());
    else if (reader.field === 2) options = optionsIn(reader.message());
    else if (reader.field === 3) messages.push(messageIn(reader.message()));
    else if (reader.field === 4) isFinal = reader.integer() !== 0n;
  }
  return { correlationId, options, messages, isFinal };
};

const EXPECTED = { 3: 'no_stream', 4: 'any', 5: 'stream_exists' } as const;

const optionsIn = (reader: MessageReader): BatchAppendOptions => {
  let stream = '';
  let expected: ExpectedVersion | undefined;
  let deadline = Number.POSITIVE_INFINITY;
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) stream = nameIn(reader.message());
    else if (field === 2) expected = expectedRevision(reader.integer());
    else if (field === 3 || field === 4 || field === 5) expected = EXPECTED[field];
    else if (field === 6) deadline = millisecondsIn(reader.message());
    else if (field === 7) deadline = Date.now() + millisecondsIn(reader.message());
  }
  return { stream, expected, deadline };
};

const messageIn = (reader: MessageReader): ProposedMessage => {
  let id = '';
  let type: string | undefined;
  let contentType: string | undefined;
  let data = NOTHING;
  let metadata = NOTHING;
  while (reader.next()) {
    if (reader.field === 1) id = uuidIn(reader.message());
    else if (reader.field === 2) {
      const [name, text] = entryIn(reader.message());
      if (name === 'type') type = text;
      else if (name === 'content-type') contentType = text;
    } else if (reader.field === 3) metadata = reader.data();
    else if (reader.field === 4) data = reader.data();
  }
  return { id, type, contentType, data, metadata };
};

const NOTHING: Buffer = Buffer.alloc(0);

/** `shared.UUID`: two signed halves, or text. */
const uuidIn = (reader: MessageReader): string => {
  let text = '';
  while (reader.next()) {
    if (reader.field === 2) text = reader.text().toLowerCase();
    else if (reader.field === 1) text = structuredUuidIn(reader.message());
  }
  return text;
};

const structuredUuidIn = (reader: MessageReader): string => {
  const halves = [0n, 0n];
  while (reader.next()) {
    const { field } = reader;
    if (field === 1 || field === 2) halves[field - 1] = reader.integer();
  }
  return structuredText(halves[0] ?? 0n, halves[1] ?? 0n);
};

const nameIn = (reader: MessageReader): string => {
  let name = '';
  while (reader.next()) if (reader.field === 3) name = reader.text();
  return name;
};

const entryIn = (reader: MessageReader): [name: string, value: string] => {
  const entry: [string, string] = ['', ''];
  while (reader.next()) {
    const { field } = reader;
    if (field === 1 || field === 2) entry[field - 1] = reader.text();
  }
  return entry;
};

/** `google.protobuf.Timestamp`, or `Duration`, in milliseconds. */
const millisecondsIn = (reader: MessageReader): number => {
  let milliseconds = 0;
  while (reader.next()) {
    const { field } = reader;
    if (field !== 1 && field !== 2) continue;
    const amount = Number(BigInt.asIntN(64, reader.integer()));
    milliseconds += field === 1 ? amount * 1_000 : amount / 1_000_000;
  }
  return milliseconds;
};
