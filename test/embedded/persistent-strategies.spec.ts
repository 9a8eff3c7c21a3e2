import { EventStoreDBClient, streamNameFilter } from '@eventstore/db-client';
import { PersistentSubscriptionsClient } from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import pb from '@eventstore/db-client/generated/persistent_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { eventually } from '../support/eventually.ts';
import { allSettings, Consumer, fresh, numbered, numbers, streamWithGroup, upTo } from './persistent-consumer.ts';
import { serverUnderTest } from './server-under-test.ts';

describe('sharing the events of a group among its consumers', () => {
  const server = serverUnderTest();

  const twoConsumersOf = async ({ stream, group }: { stream: string; group: string }, bufferSize = 10) => {
    const both = [1, 2].map(
      () => new Consumer(server.client.subscribeToPersistentSubscriptionToStream(stream, group, { bufferSize })),
    ) as [Consumer, Consumer];
    await Promise.all(both.map(({ confirmed }) => confirmed));
    return both;
  };

  const leave = (...consumers: Consumer[]) => Promise.all(consumers.map((consumer) => consumer.leave()));

  it('goes round by default', async () => {
    const source = await streamWithGroup(server.client, 0);
    const [first, second] = await twoConsumersOf(source);
    await server.client.appendToStream(source.stream, numbered(0, 6));
    await Promise.all([first.has(3), second.has(3)]);
    const halves = [numbers(first.received), numbers(second.received)].sort(([a = 0], [b = 0]) => a - b);
    expect(halves).toEqual([
      [0, 2, 4],
      [1, 3, 5],
    ]);
    await leave(first, second);
  });

  it('fills one before the other when dispatching to a single consumer', async () => {
    const source = await streamWithGroup(server.client, 0, { consumerStrategyName: 'DispatchToSingle' });
    const [first, second] = await twoConsumersOf(source, 3);
    await server.client.appendToStream(source.stream, numbered(0, 5));
    await eventually(() => first.received.length + second.received.length === 5);
    expect([numbers(first.received), numbers(second.received)].sort((a, b) => b.length - a.length)).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    await leave(first, second);
  });

  const streamsOf = ({ received }: Consumer) => new Set(received.map(({ event }) => event?.streamId));

  /** A group on $all over the streams that begin with `prefix`, with two consumers. */
  const pinnedOverStreams = async (prefix: string) => {
    const group = fresh('group');
    await server.client.createPersistentSubscriptionToAll(group, allSettings({ consumerStrategyName: 'Pinned' }), {
      filter: streamNameFilter({ prefixes: [prefix] }),
    });
    const consumer = () =>
      new Consumer(server.client.subscribeToPersistentSubscriptionToAll(group, { bufferSize: 100 }));
    return { group, consumer };
  };

  it('keeps the events of one stream with one consumer when pinned', async () => {
    const prefix = fresh('pinned');
    const { group, consumer } = await pinnedOverStreams(prefix);
    const [first, second] = [consumer(), consumer()];
    await Promise.all([first.confirmed, second.confirmed]);
    for (const round of upTo(3)) {
      for (const n of upTo(12)) await server.client.appendToStream(`${prefix}-${n}`, numbered(round, 1));
    }
    await eventually(() => first.received.length + second.received.length === 36);
    const [one, other] = [streamsOf(first), streamsOf(second)];
    expect(one.size + other.size).toBe(12);
    expect(Math.min(one.size, other.size)).toBeGreaterThanOrEqual(1);
    await leave(first, second);
    await server.client.deletePersistentSubscriptionToAll(group);
  });

  it('does not let a full pinned consumer hold up the others', async () => {
    const prefix = fresh('pinned');
    const group = fresh('group');
    await server.client.createPersistentSubscriptionToAll(group, allSettings({ consumerStrategyName: 'Pinned' }), {
      filter: streamNameFilter({ prefixes: [prefix] }),
    });
    const stuck = new Consumer(server.client.subscribeToPersistentSubscriptionToAll(group, { bufferSize: 1 }));
    const busy = new Consumer(
      server.client.subscribeToPersistentSubscriptionToAll(group, { bufferSize: 1 }),
    ).acknowledging();
    await Promise.all([stuck.confirmed, busy.confirmed]);
    for (const round of upTo(3)) {
      for (const n of upTo(8)) await server.client.appendToStream(`${prefix}-${n}`, numbered(round, 1));
    }
    await eventually(() => {
      const own = streamsOf(busy);
      return busy.received.length === own.size * 3 && own.size > 0 && stuck.received.length === 1;
    });
    stuck.acknowledging();
    await eventually(() => stuck.received.length + busy.received.length === 24);
    await leave(stuck, busy);
    await server.client.deletePersistentSubscriptionToAll(group);
  });

  it('keeps the events of one correlation with one consumer when pinned by correlation', async () => {
    const [stream, group] = [fresh('stream'), fresh('group')];
    await createPinnedByCorrelation(server.client, stream, group);
    const [first, second] = await twoConsumersOf({ stream, group }, 100);
    for (const round of upTo(3)) {
      for (const n of upTo(12)) {
        await server.client.appendToStream(
          stream,
          numbered(round, 1, 'Numbered', { $correlationId: `correlation-${n}` }),
        );
      }
    }
    await eventually(() => first.received.length + second.received.length === 36);
    const correlations = ({ received }: Consumer) =>
      new Set(
        received.map(
          ({ event }) => (event as unknown as { metadata: { $correlationId: string } }).metadata.$correlationId,
        ),
      );
    expect(correlations(first).size + correlations(second).size).toBe(12);
    expect(Math.min(correlations(first).size, correlations(second).size)).toBeGreaterThanOrEqual(1);
    const { settings } = await server.client.getPersistentSubscriptionToStreamInfo(stream, group);
    expect(settings.consumerStrategyName).toBe('PinnedByCorrelation');
    await leave(first, second);
  });
});

/** The client knows three of the four strategies; its generated messages know them all. */
const createPinnedByCorrelation = (client: EventStoreDBClient, stream: string, group: string): Promise<void> => {
  const settings = new pb.CreateReq.Settings()
    .setRevision('0')
    .setConsumerStrategy('PinnedByCorrelation')
    .setMessageTimeoutMs(30_000)
    .setCheckpointAfterMs(2_000)
    .setMaxRetryCount(10)
    .setMinCheckpointCount(10)
    .setMaxCheckpointCount(1_000)
    .setLiveBufferSize(500)
    .setReadBatchSize(20)
    .setHistoryBufferSize(500);
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
  const options = new pb.CreateReq.Options().setStreamIdentifier(identifier).setGroupName(group).setSettings(settings);
  const request = new pb.CreateReq().setOptions(options);
  // biome-ignore lint/complexity/useLiteralKeys: the only way to a protected member
  return client['execute'](
    PersistentSubscriptionsClient,
    'createPersistentSubscriptionToStream',
    (stub) =>
      new Promise((resolve, reject) => {
        // biome-ignore lint/complexity/useLiteralKeys: the only way to a protected member
        const options = client['callArguments']({});
        stub.create(request, ...options, (error) => (error ? reject(error) : resolve()));
      }),
  );
};
