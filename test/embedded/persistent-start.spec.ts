import { streamNameFilter } from '@eventstore/db-client';
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

describe('where a persistent subscription starts', () => {
  const server = serverUnderTest();

  const consumerOf = ({ stream, group }: { stream: string; group: string }) =>
    new Consumer(server.client.subscribeToPersistentSubscriptionToStream(stream, group));

  it('is the first event of the stream when asked for the start', async () => {
    const consumer = consumerOf(await streamWithGroup(server.client, 5));
    expect(numbers(await consumer.acknowledging().has(5))).toEqual(upTo(5));
    await consumer.leave();
  });

  it('is the given revision, included', async () => {
    const consumer = consumerOf(await streamWithGroup(server.client, 5, { startFrom: 2n }));
    expect(numbers(await consumer.acknowledging().has(3))).toEqual([2, 3, 4]);
    await consumer.leave();
  });

  it('is what is appended after its creation when asked for the end, even before anybody consumes', async () => {
    const { stream, group } = await streamWithGroup(server.client, 5, { startFrom: 'end' });
    await server.client.appendToStream(stream, numbered(5, 2));
    const consumer = consumerOf({ stream, group });
    expect(numbers(await consumer.acknowledging().has(2))).toEqual([5, 6]);
    await consumer.leave();
  });

  it('waits for a stream that does not exist yet', async () => {
    const { stream, group } = await streamWithGroup(server.client, 0, { startFrom: 'end' });
    const consumer = consumerOf({ stream, group });
    await consumer.confirmed;
    await server.client.appendToStream(stream, numbered(0, 3));
    expect(numbers(await consumer.acknowledging().has(3))).toEqual(upTo(3));
    await consumer.leave();
  });

  it('is the given position of $all, included', async () => {
    const stream = fresh('stream');
    await server.client.appendToStream(stream, numbered(0, 2));
    const third = await server.client.appendToStream(stream, numbered(2, 1));
    await server.client.appendToStream(stream, numbered(3, 2));
    if (third.position === undefined) throw new Error('the append reported no position');
    const group = fresh('group');
    await server.client.createPersistentSubscriptionToAll(group, allSettings({ startFrom: third.position }), {
      filter: streamNameFilter({ prefixes: [stream] }),
    });
    const consumer = new Consumer(server.client.subscribeToPersistentSubscriptionToAll(group)).acknowledging();
    expect(numbers(await consumer.has(3))).toEqual([2, 3, 4]);
    expect(consumer.received[0]?.commitPosition).toBe(third.position.commit);
    await consumer.leave();
    await server.client.deletePersistentSubscriptionToAll(group);
  });

  it('is what is committed after its creation for $all from the end', async () => {
    const stream = fresh('stream');
    await server.client.appendToStream(stream, numbered(0, 2));
    const group = fresh('group');
    await server.client.createPersistentSubscriptionToAll(group, allSettings({ startFrom: 'end' }), {
      filter: streamNameFilter({ prefixes: [stream] }),
    });
    await server.client.appendToStream(stream, numbered(2, 2));
    const consumer = new Consumer(server.client.subscribeToPersistentSubscriptionToAll(group)).acknowledging();
    expect(numbers(await consumer.has(2))).toEqual([2, 3]);
    await consumer.leave();
    await server.client.deletePersistentSubscriptionToAll(group);
  });

  it('skips what a truncation hides', async () => {
    const stream = fresh('stream');
    await server.client.appendToStream(stream, numbered(0, 6));
    await server.client.setStreamMetadata(stream, { truncateBefore: 4 });
    const group = fresh('group');
    await server.client.createPersistentSubscriptionToStream(stream, group, streamSettings());
    const consumer = consumerOf({ stream, group });
    expect(numbers(await consumer.acknowledging().has(2))).toEqual([4, 5]);
    await consumer.leave();
  });
});
