import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { ExpectedVersion } from '../../embedded/log/event-log.ts';
import { succeeded } from '../../embedded/streams/batch-append-responses.ts';

const STREAMS = ['p', 'patient-1', `patient-${'x'.repeat(119)}`, 'ä'.repeat(900)];
const EXPECTED: ExpectedVersion[] = ['any', 'no_stream', 'stream_exists', 0n, 127n, 128n, 2n ** 53n + 1n];
const WRITTEN = [0n, 1n, 127n, 128n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n];

/** The same answer through the generated messages. */
const generated = (
  correlationId: string,
  stream: string,
  expected: ExpectedVersion,
  lastRevision: bigint | undefined,
  position: bigint | undefined,
) => {
  const success = new streams.BatchAppendResp.Success();
  if (lastRevision === undefined) success.setNoStream(new empty.Empty());
  else success.setCurrentRevision(String(lastRevision));
  if (position === undefined) success.setNoPosition(new empty.Empty());
  else {
    success.setPosition(
      new shared.AllStreamPosition().setCommitPosition(String(position)).setPreparePosition(String(position)),
    );
  }
  const message = new streams.BatchAppendResp()
    .setCorrelationId(new shared.UUID().setString(correlationId))
    .setSuccess(success)
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream).toString('base64')));
  if (expected === 'any') message.setAny(new empty.Empty());
  else if (expected === 'no_stream') message.setNoStream(new empty.Empty());
  else if (expected === 'stream_exists') message.setStreamExists(new empty.Empty());
  else message.setStreamPosition(String(expected));
  return message;
};

describe('answering BatchAppend', () => {
  it('says what was written as the generated messages do', () => {
    const correlationId = randomUUID();
    for (const stream of STREAMS) {
      for (const expected of EXPECTED) {
        for (const at of [undefined, ...WRITTEN]) {
          const bytes = succeeded({ correlationId, stream, expected }, { ok: true, lastRevision: at, position: at });
          const read = streams.BatchAppendResp.deserializeBinary(bytes);
          expect(read.toObject()).toEqual(generated(correlationId, stream, expected, at, at).toObject());
        }
      }
    }
  });
});
