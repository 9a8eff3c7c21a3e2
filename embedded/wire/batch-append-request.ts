import type { ExpectedVersion } from '../log/event-log.ts';
import { structuredText } from './identifiers.ts';
import { bytesIn, eachField, integerIn } from './protobuf.ts';
import { asRevision } from './status-error.ts';

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
  eachField(bytes, (field, value) => {
    if (field === 1) correlationId = uuidIn(bytesIn(value));
    else if (field === 2) options = optionsIn(bytesIn(value));
    else if (field === 3) messages.push(messageIn(bytesIn(value)));
    else if (field === 4) isFinal = integerIn(value) !== 0n;
  });
  return { correlationId, options, messages, isFinal };
};

const EXPECTED = { 3: 'no_stream', 4: 'any', 5: 'stream_exists' } as const;

const optionsIn = (bytes: Buffer): BatchAppendOptions => {
  let stream = '';
  let expected: ExpectedVersion | undefined;
  let deadline = Number.POSITIVE_INFINITY;
  eachField(bytes, (field, value) => {
    if (field === 1) stream = nameIn(bytesIn(value));
    else if (field === 2) expected = asRevision(integerIn(value));
    else if (field === 3 || field === 4 || field === 5) expected = EXPECTED[field];
    else if (field === 6) deadline = timestampIn(bytesIn(value));
  });
  return { stream, expected, deadline };
};

const messageIn = (bytes: Buffer): ProposedMessage => {
  let id = '';
  let type: string | undefined;
  let contentType: string | undefined;
  let data = NOTHING;
  let metadata = NOTHING;
  eachField(bytes, (field, value) => {
    if (field === 1) id = uuidIn(bytesIn(value));
    else if (field === 2) {
      const [name, text] = entryIn(bytesIn(value));
      if (name === 'type') type = text;
      else if (name === 'content-type') contentType = text;
    } else if (field === 3) metadata = bytesIn(value);
    else if (field === 4) data = bytesIn(value);
  });
  return { id, type, contentType, data, metadata };
};

const NOTHING: Buffer = Buffer.alloc(0);

/** `shared.UUID`: two signed halves, or text. */
const uuidIn = (bytes: Buffer): string => {
  let text = '';
  eachField(bytes, (field, value) => {
    if (field === 2) text = bytesIn(value).toString('utf8').toLowerCase();
    else if (field === 1) {
      const halves = [0n, 0n];
      eachField(bytesIn(value), (half, bits) => {
        if (half === 1 || half === 2) halves[half - 1] = integerIn(bits);
      });
      text = structuredText(halves[0] ?? 0n, halves[1] ?? 0n);
    }
  });
  return text;
};

const nameIn = (bytes: Buffer): string => {
  let name = '';
  eachField(bytes, (field, value) => {
    if (field === 3) name = bytesIn(value).toString('utf8');
  });
  return name;
};

const entryIn = (bytes: Buffer): [name: string, value: string] => {
  const entry: [string, string] = ['', ''];
  eachField(bytes, (field, value) => {
    if (field === 1 || field === 2) entry[field - 1] = bytesIn(value).toString('utf8');
  });
  return entry;
};

/** `google.protobuf.Timestamp` in milliseconds. */
const timestampIn = (bytes: Buffer): number => {
  let milliseconds = 0;
  eachField(bytes, (field, value) => {
    const amount = Number(BigInt.asIntN(64, integerIn(value)));
    milliseconds += field === 1 ? amount * 1_000 : field === 2 ? amount / 1_000_000 : 0;
  });
  return milliseconds;
};
