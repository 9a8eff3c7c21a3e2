import { eventTypeFilter, streamNameFilter } from '@eventstore/db-client';
import {
  allSettings,
  Consumer,
  fresh,
  numbered,
  numbers,
  streamSettings,
  streamWithGroup,
  upTo,
} from './persistent-consumer.ts';
import { serverUnderTest } from './server-under-test.ts';

describe('a persistent subscription with more events than its buffers hold', () => {
  const server = serverUnderTest();

  const small = { historyBufferSize: 12, readBatchSize: 10, liveBufferSize: 5 };

  it('delivers all of them once and in order, old and new', async () => {
    const { stream, group } = await streamWithGroup(server.client, 600, small);
    const consumer = new Consumer(
      server.client.subscribeToPersistentSubscriptionToStream(stream, group),
    ).acknowledging();
    for (const batch of upTo(40)) await server.client.appendToStream(stream, numbered(600 + batch * 10, 10));
    expect(numbers(await consumer.has(1000))).toEqual(upTo(1000));
    await consumer.leave();
  });

  it('delivers what was committed while nobody took anything', async () => {
    const { stream, group } = await streamWithGroup(server.client, 0, small);
    const consumer = new Consumer(
      server.client.subscribeToPersistentSubscriptionToStream(stream, group, { bufferSize: 1 }),
    );
    await consumer.confirmed;
    for (const batch of upTo(10)) await server.client.appendToStream(stream, numbered(batch * 10, 10));
    await consumer.has(1);
    expect(numbers(await consumer.acknowledging().has(100))).toEqual(upTo(100));
    await consumer.leave();
  });

  it('delivers a commit larger than the live buffer', async () => {
    const { stream, group } = await streamWithGroup(server.client, 0, { ...small, liveBufferSize: 3 });
    const consumer = new Consumer(
      server.client.subscribeToPersistentSubscriptionToStream(stream, group),
    ).acknowledging();
    await consumer.confirmed;
    await server.client.appendToStream(stream, numbered(0, 200));
    expect(numbers(await consumer.has(200))).toEqual(upTo(200));
    await consumer.leave();
  });

  it('gives many thousands to a consumer with as many slots, no more at once than the history buffer holds', async () => {
    const { stream, group } = await streamWithGroup(server.client, 0, { historyBufferSize: 600, readBatchSize: 100 });
    for (const batch of upTo(5)) await server.client.appendToStream(stream, numbered(batch * 1000, 1000));
    const consumer = new Consumer(
      server.client.subscribeToPersistentSubscriptionToStream(stream, group, { bufferSize: 10_000 }),
    );
    await consumer.has(600);
    const { stats } = await server.client.getPersistentSubscriptionToStreamInfo(stream, group);
    expect(stats.outstandingMessagesCount).toBe(600);
    for (let answered = 0; answered < 5_000; ) {
      const out = (await consumer.has(Math.min(answered + 600, 5_000))).slice(answered);
      expect(out.length).toBeLessThanOrEqual(600);
      await consumer.ack(...out);
      answered += out.length;
    }
    expect(numbers(consumer.received)).toEqual(upTo(5000));
    await consumer.leave();
  });

  it('finds the few events of $all that a filter wants', async () => {
    const [stream, type, group] = [fresh('stream'), fresh('Rare'), fresh('group')];
    for (const batch of upTo(3)) {
      await server.client.appendToStream(stream, numbered(batch * 1000, 1000, 'Common'));
      await server.client.appendToStream(stream, numbered(batch, 1, type));
    }
    await server.client.createPersistentSubscriptionToAll(group, allSettings({ startFrom: 'start' }), {
      filter: eventTypeFilter({ prefixes: [type] }),
    });
    const consumer = new Consumer(server.client.subscribeToPersistentSubscriptionToAll(group)).acknowledging();
    expect(numbers(await consumer.has(3))).toEqual([0, 1, 2]);
    await server.client.appendToStream(stream, numbered(3, 1, type));
    expect(numbers(await consumer.has(4))).toEqual(upTo(4));
    await consumer.leave();
    await server.client.deletePersistentSubscriptionToAll(group);
  });

  it('filters by a regular expression on stream names', async () => {
    const [prefix, group] = [fresh('stream'), fresh('group')];
    await server.client.createPersistentSubscriptionToAll(group, allSettings(), {
      filter: streamNameFilter({ regex: `^${prefix}-(a|c)$` }),
    });
    const consumer = new Consumer(server.client.subscribeToPersistentSubscriptionToAll(group)).acknowledging();
    await consumer.confirmed;
    for (const [n, name] of ['a', 'b', 'c', 'a'].entries()) {
      await server.client.appendToStream(`${prefix}-${name}`, numbered(n, 1));
    }
    expect(numbers(await consumer.has(3))).toEqual([0, 2, 3]);
    await consumer.leave();
    await server.client.deletePersistentSubscriptionToAll(group);
  });

  it('gives every event to every group', async () => {
    const { stream, group } = await streamWithGroup(server.client, 3);
    const other = fresh('group');
    await server.client.createPersistentSubscriptionToStream(stream, other, streamSettings());
    const consumers = [group, other].map((name) =>
      new Consumer(server.client.subscribeToPersistentSubscriptionToStream(stream, name)).acknowledging(),
    );
    for (const consumer of consumers) expect(numbers(await consumer.has(3))).toEqual(upTo(3));
    await Promise.all(consumers.map((consumer) => consumer.leave()));
  });
});
