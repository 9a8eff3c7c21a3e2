import { streamNameFilter } from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
import { allSettings, Consumer, fresh, numbered, numbers, streamWithGroup, upTo } from './persistent-consumer.ts';
import { serverUnderTest } from './server-under-test.ts';

describe('replaying parked messages', () => {
  const server = serverUnderTest();

  const consumerOf = ({ stream, group }: { stream: string; group: string }) =>
    new Consumer(server.client.subscribeToPersistentSubscriptionToStream(stream, group));

  const parkedCount = async ({ stream, group }: { stream: string; group: string }) =>
    (await server.client.getPersistentSubscriptionToStreamInfo(stream, group)).stats.parkedMessageCount;

  /** A consumer that has parked all of `count` events. */
  const withParked = async (count: number) => {
    const source = await streamWithGroup(server.client, count);
    const consumer = consumerOf(source);
    await consumer.nack('park', 'later', ...(await consumer.has(count)));
    await eventually(async () => (await parkedCount(source)) === BigInt(count));
    return { source, consumer };
  };

  it('delivers them again, with a fresh retry count', async () => {
    const { source, consumer } = await withParked(3);
    await server.client.replayParkedMessagesToStream(source.stream, source.group);
    const replayed = (await consumer.has(6)).slice(3);
    expect(numbers(replayed)).toEqual(upTo(3));
    expect(replayed.map(({ retryCount }) => retryCount)).toEqual([0, 0, 0]);
    expect(replayed.map(({ event }) => event?.streamId)).toEqual(Array(3).fill(source.stream));
    await consumer.ack(...replayed);
    await eventually(async () => (await parkedCount(source)) === 0n);
    await consumer.leave();
  });

  it('stops where it is told to', async () => {
    const { source, consumer } = await withParked(4);
    await server.client.replayParkedMessagesToStream(source.stream, source.group, { stopAt: 2 });
    expect(numbers(await consumer.has(6)).slice(4)).toEqual([0, 1]);
    await consumer.ack(...consumer.received.slice(4));
    await eventually(async () => (await parkedCount(source)) === 2n);
    await server.client.replayParkedMessagesToStream(source.stream, source.group);
    expect(numbers(await consumer.has(8)).slice(6)).toEqual([2, 3]);
    await consumer.leave();
  });

  it('parks again what fails again', async () => {
    const { source, consumer } = await withParked(1);
    await server.client.replayParkedMessagesToStream(source.stream, source.group);
    await consumer.nack('park', 'still poison', await consumer.delivery(1));
    await eventually(async () => (await parkedCount(source)) === 1n);
    await server.client.replayParkedMessagesToStream(source.stream, source.group);
    expect(numbers(await consumer.has(3))).toEqual([0, 0, 0]);
    await consumer.ack(await consumer.delivery(2));
    await consumer.leave();
  });

  it('does nothing when nothing is parked', async () => {
    const source = await streamWithGroup(server.client, 1);
    const consumer = consumerOf(source).acknowledging();
    await consumer.has(1);
    await server.client.replayParkedMessagesToStream(source.stream, source.group);
    await server.client.appendToStream(source.stream, numbered(1, 1));
    expect(numbers(await consumer.has(2))).toEqual([0, 1]);
    await consumer.leave();
  });

  it('works for $all', async () => {
    const [stream, group] = [fresh('stream'), fresh('group')];
    await server.client.createPersistentSubscriptionToAll(group, allSettings(), {
      filter: streamNameFilter({ prefixes: [stream] }),
    });
    await server.client.appendToStream(stream, numbered(0, 2));
    const consumer = new Consumer(server.client.subscribeToPersistentSubscriptionToAll(group));
    await consumer.nack('park', 'later', ...(await consumer.has(2)));
    const parked = async () => (await server.client.getPersistentSubscriptionToAllInfo(group)).stats.parkedMessageCount;
    await eventually(async () => (await parked()) === 2n);
    await server.client.replayParkedMessagesToAll(group);
    expect(numbers((await consumer.has(4)).slice(2))).toEqual([0, 1]);
    await consumer.ack(...consumer.received.slice(2));
    await eventually(async () => (await parked()) === 0n);
    await consumer.leave();
    await server.client.deletePersistentSubscriptionToAll(group);
  });

  it('is refused for a group that does not exist and for a negative stop', async () => {
    await expect(server.client.replayParkedMessagesToStream(fresh('stream'), 'nobody')).rejects.toMatchObject({
      type: 'persistent-subscription-does-not-exist',
    });
    const { stream, group } = await streamWithGroup(server.client, 0);
    await expect(server.client.replayParkedMessagesToStream(stream, group, { stopAt: -1 })).rejects.toMatchObject({
      type: 'persistent-subscription-failed',
    });
  });
});
