import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import * as fc from 'fast-check';
import durationPb from 'google-protobuf/google/protobuf/duration_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';
import type { ExpectedVersion } from '../../embedded/log/event-log.ts';
import { batchAppendRequest } from '../../embedded/wire/batch-append-request.ts';
import { structuredUuid } from '../../embedded/wire/identifiers.ts';

/** An id in either of the forms a client may send, and its one text. */
const anyId = fc.tuple(fc.uuid(), fc.boolean()).map(([text, structured]) => ({
  text,
  uuid: () => (structured ? structuredUuid(text) : new shared.UUID().setString(text.toUpperCase())),
}));

type Options = streams.BatchAppendReq.Options;

const anyExpectation = fc.constantFrom<[ExpectedVersion | undefined, (options: Options) => unknown]>(
  [undefined, () => undefined],
  ['no_stream', (options) => options.setNoStream(new empty.Empty())],
  ['any', (options) => options.setAny(new empty.Empty())],
  ['stream_exists', (options) => options.setStreamExists(new empty.Empty())],
  [0n, (options) => options.setStreamPosition('0')],
  [2n ** 53n + 1n, (options) => options.setStreamPosition(String(2n ** 53n + 1n))],
  ['no_stream', (options) => options.setStreamPosition(String(2n ** 64n - 1n))],
);

const anyOptions = fc
  .record({
    stream: fc.constantFrom('', 'patient-1', 'ä'.repeat(300)),
    expectation: anyExpectation,
    deadline: fc.option(fc.date({ min: new Date(0), noInvalidDate: true }), { nil: undefined }),
  })
  .map(({ stream, expectation: [expected, set], deadline }) => {
    const sent = new streams.BatchAppendReq.Options().setStreamIdentifier(
      new shared.StreamIdentifier().setStreamName(Buffer.from(stream)),
    );
    set(sent);
    if (deadline) sent.setDeadline(timestamp.Timestamp.fromDate(deadline));
    return { sent, wanted: { stream, expected, deadline: deadline?.getTime() ?? Number.POSITIVE_INFINITY } };
  });

const anyMessage = fc
  .record({
    id: anyId,
    data: fc.uint8Array({ maxLength: 300 }).map(Buffer.from),
    metadata: fc.uint8Array({ maxLength: 20 }).map(Buffer.from),
    contentType: fc.constantFrom(undefined, 'application/json'),
  })
  .map(({ id, data, metadata, contentType }) => {
    const sent = new streams.BatchAppendReq.ProposedMessage()
      .setId(id.uuid())
      .setData(data)
      .setCustomMetadata(metadata);
    sent.getMetadataMap().set('type', 'Notiert: ä').set('other', 'passed over');
    if (contentType !== undefined) sent.getMetadataMap().set('content-type', contentType);
    return { sent, wanted: { id: id.text, type: 'Notiert: ä', contentType, data, metadata } };
  });

/** Something a client might send, with what is to be read out of it. */
const anyRequest = fc
  .record({
    correlation: anyId,
    options: fc.option(anyOptions, { nil: undefined }),
    messages: fc.array(anyMessage, { maxLength: 3 }),
    isFinal: fc.boolean(),
  })
  .map(({ correlation, options, messages, isFinal }) => {
    const request = new streams.BatchAppendReq()
      .setCorrelationId(correlation.uuid())
      .setOptions(options?.sent)
      .setProposedMessagesList(messages.map(({ sent }) => sent))
      .setIsFinal(isFinal);
    return {
      bytes: Buffer.from(request.serializeBinary()),
      wanted: {
        correlationId: correlation.text,
        options: options?.wanted,
        messages: messages.map(({ wanted }) => wanted),
        isFinal,
      },
    };
  });

describe('reading BatchAppend requests', () => {
  it('reads what the generated messages write', () => {
    return fc.assert(
      fc.property(anyRequest, ({ bytes, wanted }) => {
        expect(batchAppendRequest(bytes)).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  it('takes a deadline that is a duration, from now on', () => {
    const options = new streams.BatchAppendReq.Options().setAny(new empty.Empty()).serializeBinary();
    const duration = new durationPb.Duration().setSeconds(90).setNanos(250_000_000).serializeBinary();
    const field = (tag: number, bytes: Uint8Array) => Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
    const before = Date.now();
    const request = batchAppendRequest(field(0x12, Buffer.concat([options, field(0x3a, duration)])));
    expect(request.options?.expected).toBe('any');
    expect(request.options?.deadline).toBeGreaterThanOrEqual(before + 90_250);
    expect(request.options?.deadline).toBeLessThanOrEqual(Date.now() + 90_250);
  });

  it('passes over fields that it does not know', () => {
    const unknown = Buffer.from([0x78, 0x96, 0x01, 0x7a, 0x02, 1, 2, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7d, 1, 2, 3, 4]);
    return fc.assert(
      fc.property(anyRequest, ({ bytes, wanted }) => {
        expect(batchAppendRequest(Buffer.concat([unknown, bytes, unknown]))).toEqual(wanted);
      }),
    );
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
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    return fc.assert(
      fc.property(anyRequest, changes, fc.nat(), (request, changed, length) => {
        const bytes = Buffer.from(request.bytes);
        for (const [at, byte] of changed) bytes[at % bytes.length] = byte;
        try {
          for (const { data } of batchAppendRequest(bytes.subarray(0, length % (bytes.length + 1))).messages) {
            expect(data.length).toBeLessThanOrEqual(bytes.length);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
