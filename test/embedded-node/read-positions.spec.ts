import shared from '@eventstore/db-client/generated/shared_pb.js';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { credentials } from '@grpc/grpc-js';
import { fresh, notes } from '../embedded/server-under-test.ts';
import { nodeUnderTest } from '../support/node-under-test.ts';

const { ReadDirection } = streams.ReadReq.Options;

/** What clients in other languages ask for; the JavaScript client never does. */
describe('a read that asks where the stream begins and ends', () => {
  const server = nodeUnderTest();
  let client: StreamsClient;
  beforeAll(() => {
    const address = server.connectionString.replace(/^esdb:\/\/|\?.*/g, '');
    client = new StreamsClient(address, credentials.createInsecure());
  });
  afterAll(() => client.close());

  type Read = { from?: number; count?: number; backwards?: boolean; compatibility?: number };

  /** Revisions of events as they are; where the stream begins and ends in words. */
  const told = async (stream: string, { from = 0, count = 1_000, backwards = false, compatibility = 1 }: Read = {}) => {
    const options = new streams.ReadReq.Options()
      .setStream(
        new streams.ReadReq.Options.StreamOptions()
          .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)))
          .setRevision(String(from)),
      )
      .setReadDirection(backwards ? ReadDirection.BACKWARDS : ReadDirection.FORWARDS)
      .setCount(String(count))
      .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()))
      .setNoFilter(new shared.Empty())
      .setControlOption(new streams.ReadReq.Options.ControlOption().setCompatibility(compatibility));
    const all: (string | number)[] = [];
    for await (const response of client.read(new streams.ReadReq().setOptions(options))) {
      const message = response as streams.ReadResp;
      if (message.hasFirstStreamPosition()) all.push(`first ${message.getFirstStreamPosition()}`);
      else if (message.hasLastStreamPosition()) all.push(`last ${message.getLastStreamPosition()}`);
      else if (message.hasStreamNotFound()) all.push('not found');
      else all.push(Number(message.getEvent()?.getEvent()?.getStreamRevision()));
    }
    return all;
  };
  const streamOf = async (count: number) => {
    const stream = fresh('positions');
    await server.client.appendToStream(stream, notes(count));
    return stream;
  };

  it('is told its last revision, after the events, in either direction and however many it wants', async () => {
    const stream = await streamOf(3);
    expect(await told(stream)).toEqual([0, 1, 2, 'last 2']);
    expect(await told(stream, { count: 2 })).toEqual([0, 1, 'last 2']);
    expect(await told(stream, { from: 1, backwards: true })).toEqual([1, 0, 'last 2']);
  });

  it('is told neither unless it asks, nor of a stream that is not there', async () => {
    expect(await told(await streamOf(2), { compatibility: 0 })).toEqual([0, 1]);
    expect(await told(fresh('missing'))).toEqual(['not found']);
  });

  it('is told what comes next when it starts beyond the end', async () => {
    const stream = await streamOf(3);
    expect(await told(stream, { from: 3 })).toEqual(['last 2']);
    expect(await told(stream, { from: 7 })).toEqual(['first 3', 'last 2']);
  });

  it('is told where the stream begins when truncation hides all that was looked at first', async () => {
    const stream = await streamOf(60);
    await server.client.setStreamMetadata(stream, { truncateBefore: 31 });
    expect((await told(stream)).slice(0, 2)).toEqual([31, 32]);
    expect((await told(stream, { count: 2 })).slice(0, 2)).toEqual(['first 31', 31]);
    await server.client.setStreamMetadata(stream, { truncateBefore: 32 });
    expect((await told(stream)).slice(0, 2)).toEqual(['first 32', 32]);
    expect((await told(stream)).at(-1)).toBe('last 59');
    await server.client.setStreamMetadata(stream, { truncateBefore: 100 });
    expect(await told(stream)).toEqual(['first 60', 'last 59']);
  });
});
