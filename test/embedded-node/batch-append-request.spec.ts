import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';
import type { ExpectedVersion } from '../../embedded/log/event-log.ts';
import { batchAppendRequest } from '../../embedded/wire/batch-append-request.ts';
import { structuredUuid } from '../../embedded/wire/identifiers.ts';

const id = () => {
  const text = randomUUID();
  return { text, uuid: randomInt(2) === 0 ? structuredUuid(text) : new shared.UUID().setString(text.toUpperCase()) };
};

const expecting = (options: streams.BatchAppendReq.Options): ExpectedVersion | undefined => {
  const forms: [ExpectedVersion | undefined, () => unknown][] = [
    [undefined, () => undefined],
    ['no_stream', () => options.setNoStream(new empty.Empty())],
    ['any', () => options.setAny(new empty.Empty())],
    ['stream_exists', () => options.setStreamExists(new empty.Empty())],
    [0n, () => options.setStreamPosition('0')],
    [2n ** 53n + 1n, () => options.setStreamPosition(String(2n ** 53n + 1n))],
  ];
  const [expected, set] = forms[randomInt(forms.length)] ?? [undefined, () => undefined];
  set();
  return expected;
};

/** Something a client might send, with what is to be read out of it. */
const anyRequest = () => {
  const correlation = id();
  const request = new streams.BatchAppendReq().setCorrelationId(correlation.uuid);
  let options: ReturnType<typeof batchAppendRequest>['options'];
  if (randomInt(3) > 0) {
    const stream = ['', 'patient-1', 'ä'.repeat(randomInt(300))][randomInt(3)] ?? '';
    const sent = new streams.BatchAppendReq.Options().setStreamIdentifier(
      new shared.StreamIdentifier().setStreamName(Buffer.from(stream)),
    );
    const deadline = randomInt(2) === 0 ? Number.POSITIVE_INFINITY : Date.now() + randomInt(-5_000, 5_000);
    if (Number.isFinite(deadline)) sent.setDeadline(timestamp.Timestamp.fromDate(new Date(deadline)));
    options = { stream, expected: expecting(sent), deadline };
    request.setOptions(sent);
  }
  const messages = Array.from({ length: randomInt(4) }, () => {
    const event = id();
    const [data, metadata] = [randomBytes(randomInt(300)), randomBytes(randomInt(2) * 20)];
    const message = new streams.BatchAppendReq.ProposedMessage()
      .setId(event.uuid)
      .setData(data)
      .setCustomMetadata(metadata);
    message.getMetadataMap().set('type', 'Notiert: ä').set('other', 'passed over');
    const contentType = randomInt(2) === 0 ? undefined : 'application/json';
    if (contentType !== undefined) message.getMetadataMap().set('content-type', contentType);
    request.addProposedMessages(message);
    return { id: event.text, type: 'Notiert: ä', contentType, data, metadata };
  });
  const isFinal = randomInt(2) === 1;
  request.setIsFinal(isFinal);
  return {
    bytes: Buffer.from(request.serializeBinary()),
    wanted: { correlationId: correlation.text, options, messages, isFinal },
  };
};

describe('reading BatchAppend requests', () => {
  it('reads what the generated messages write', () => {
    for (let count = 0; count < 500; count++) {
      const { bytes, wanted } = anyRequest();
      expect(batchAppendRequest(bytes)).toEqual(wanted);
    }
  });

  it('passes over fields that it does not know', () => {
    const { bytes, wanted } = anyRequest();
    const unknown = Buffer.from([0x78, 0x96, 0x01, 0x7a, 0x02, 1, 2, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7d, 1, 2, 3, 4]);
    expect(batchAppendRequest(Buffer.concat([unknown, bytes, unknown]))).toEqual(wanted);
  });

  it('takes an empty message for one without anything', () => {
    expect(batchAppendRequest(Buffer.alloc(0))).toEqual({
      correlationId: '',
      options: undefined,
      messages: [],
      isFinal: false,
    });
  });

  it.each([
    ['cut off in a length', [0x0a]],
    ['cut off in its bytes', [0x0a, 0x05, 1, 2]],
    ['cut off in a fixed-width field', [0x79, 1, 2]],
    ['cut off inside another message', [0x12, 0x02, 0x0a, 0x05]],
    ['of a wire type that is no more', [0x0b]],
    ['with an integer for a message', [0x10, 0x01]],
    ['with bytes for a truth value', [0x22, 0x01, 0x01]],
  ])('refuses a message %s', (_what, bytes) => {
    expect(() => batchAppendRequest(Buffer.from(bytes))).toThrow(RangeError);
  });

  it('reads or refuses any bytes, and nothing beyond them', () => {
    for (let count = 0; count < 2_000; count++) {
      const { bytes } = anyRequest();
      for (let changes = randomInt(1, 4); changes > 0; changes--) bytes[randomInt(bytes.length)] = randomInt(256);
      try {
        for (const { data } of batchAppendRequest(bytes.subarray(0, randomInt(bytes.length + 1))).messages) {
          expect(data.length).toBeLessThanOrEqual(bytes.length);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  });
});
