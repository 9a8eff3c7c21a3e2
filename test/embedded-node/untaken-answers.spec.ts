import { randomUUID } from 'node:crypto';
import { connect } from 'node:http2';
import { setTimeout } from 'node:timers/promises';
import { BACKWARDS, END } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { nodeUnderTest } from '../support/node-under-test.ts';

/** Far more than the connection holds, with answers that repeat the stream's name. */
const APPENDS = 5_000;
const STREAM = 's'.repeat(1_900);

const uuid = () => new shared.UUID().setString(randomUUID());

/** A message as gRPC frames it: whether compressed:1 · bytes:4 · message. */
const append = () => {
  const stream = new shared.StreamIdentifier().setStreamName(Buffer.from(STREAM));
  const options = new streams.BatchAppendReq.Options().setStreamIdentifier(stream).setAny(new empty.Empty());
  const message = new streams.BatchAppendReq.ProposedMessage().setId(uuid()).setData(Buffer.from('{}'));
  message.getMetadataMap().set('type', 'Noted').set('content-type', 'application/json');
  const request = new streams.BatchAppendReq()
    .setCorrelationId(uuid())
    .setOptions(options)
    .setProposedMessagesList([message])
    .setIsFinal(true)
    .serializeBinary();
  const frame = Buffer.alloc(5 + request.length);
  frame.writeUInt32BE(request.length, 1);
  frame.set(request, 5);
  return frame;
};

/** The messages in a call's bytes. */
const answersIn = (bytes: Buffer): streams.BatchAppendResp[] => {
  const answers: streams.BatchAppendResp[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    if (end <= bytes.length) answers.push(streams.BatchAppendResp.deserializeBinary(bytes.subarray(at + 5, end)));
    at = end;
  }
  return answers;
};

describe('a client that does not take its answers', () => {
  const server = nodeUnderTest();

  const stored = async (): Promise<number> => {
    let last = -1;
    const newest = server.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 });
    for await (const { event } of newest) last = Number(event?.position.commit);
    return last;
  };

  it('is held back until it takes them, and then loses none', async () => {
    const before = await stored();
    const session = connect(server.connectionString.replace('esdb:', 'http:').replace(/\?.*/, ''), {
      maxSessionMemory: 100,
    });
    const call = session.request({
      ':method': 'POST',
      ':path': '/event_store.client.streams.Streams/BatchAppend',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    try {
      for (let count = 0; count < APPENDS; count++) call.write(append());
      let reached = before;
      for (let standing = 0; standing < 5; ) {
        await setTimeout(100);
        const now = await stored();
        standing = now === reached && reached > before ? standing + 1 : 0;
        reached = now;
      }
      expect(reached - before).toBeLessThan(APPENDS / 2);

      const chunks: Buffer[] = [];
      call.on('data', (chunk: Buffer) => chunks.push(chunk));
      call.end();
      await new Promise((resolve) => call.once('close', resolve));
      const answers = answersIn(Buffer.concat(chunks));
      expect(answers.filter((answer) => answer.hasSuccess())).toHaveLength(APPENDS);
      expect((await stored()) - before).toBe(APPENDS);
    } finally {
      session.destroy();
    }
  });
});
