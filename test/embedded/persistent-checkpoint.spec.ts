import { streamNameFilter } from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
import {
  allSettings,
  Consumer,
  fresh,
  numbered,
  numbers,
  readAllOf,
  streamSettings,
  streamWithGroup,
  upTo,
} from './persistent-consumer.ts';
import { collect, serverUnderTest } from './server-under-test.ts';

/** Longer than any test: only counts decide. */
const never = 600_000;

describe('the checkpoint of a persistent subscription', () => {
  const server = serverUnderTest();

  const consumerOf = ({ stream, group }: { stream: string; group: string }) =>
    new Consumer(server.client.subscribeToPersistentSubscriptionToStream(stream, group));

  const stats = async ({ stream, group }: { stream: string; group: string }) =>
    (await server.client.getPersistentSubscriptionToStreamInfo(stream, group)).stats;

  const checkpointed = async (source: { stream: string; group: string }) =>
    (await stats(source)).lastCheckpointedEventRevision;

  it('never passes an event that is not acknowledged', async () => {
    const source = await streamWithGroup(server.client, 10, { checkPointLowerBound: 1, checkPointUpperBound: 1 });
    const consumer = consumerOf(source);
    const all = await consumer.has(10);
    await consumer.ack(...all.filter((_, n) => n !== 3));
    await eventually(async () => (await stats(source)).outstandingMessagesCount === 1);
    await eventually(async () => (await checkpointed(source)) === 2n);
    await consumer.ack(await consumer.delivery(3));
    await eventually(async () => (await checkpointed(source)) === 9n);
    await consumer.leave();
  });

  it('is written once as many events as the upper bound are done', async () => {
    const source = await streamWithGroup(server.client, 5, {
      checkPointAfter: never,
      checkPointLowerBound: 5,
      checkPointUpperBound: 5,
    });
    const consumer = consumerOf(source);
    const all = await consumer.has(5);
    await consumer.ack(...all.slice(0, 4));
    await eventually(async () => (await stats(source)).outstandingMessagesCount === 1);
    expect(await checkpointed(source)).toBeUndefined();
    await consumer.ack(await consumer.delivery(4));
    await eventually(async () => (await checkpointed(source)) === 4n);
    await consumer.leave();
  });

  it('is written after a while once the lower bound is reached', async () => {
    const source = await streamWithGroup(server.client, 3, {
      checkPointAfter: 100,
      checkPointLowerBound: 2,
      checkPointUpperBound: 1000,
    });
    const consumer = consumerOf(source);
    await consumer.has(3);
    await consumer.ack(await consumer.delivery(0), await consumer.delivery(1));
    await eventually(async () => (await checkpointed(source)) === 1n);
    await consumer.leave();
  });

  it('waits for a parked event to be durable, then passes it', async () => {
    const source = await streamWithGroup(server.client, 2, { checkPointLowerBound: 1, checkPointUpperBound: 1 });
    const consumer = consumerOf(source);
    await consumer.nack('park', 'poison', ...(await consumer.has(2)));
    await eventually(async () => (await checkpointed(source)) === 1n);
    expect((await stats(source)).parkedMessageCount).toBe(2n);
    await consumer.leave();
  });

  it('is an event of the checkpoint stream, a revision for a stream', async () => {
    const source = await streamWithGroup(server.client, 3, { checkPointLowerBound: 1, checkPointUpperBound: 1 });
    const consumer = consumerOf(source).acknowledging();
    const name = `$persistentsubscription-${source.stream}::${source.group}-checkpoint`;
    // EventStoreDB drops a checkpoint that comes while another is being written; the next event brings one that counts.
    const last = await eventually(async () => {
      const found = (await readAllOf(server.client, name)).find(({ data }) => Number(data) >= 2);
      if (found === undefined) await server.client.appendToStream(source.stream, numbered(3, 1));
      return found;
    });
    expect(last).toMatchObject({ type: 'SubscriptionCheckpoint', data: expect.stringMatching(/^\d+$/) });
    await consumer.leave();
  });

  it('is an event of the checkpoint stream, a position for $all', async () => {
    const [stream, group] = [fresh('stream'), fresh('group')];
    await server.client.createPersistentSubscriptionToAll(
      group,
      allSettings({ checkPointLowerBound: 1, checkPointUpperBound: 1 }),
      { filter: streamNameFilter({ prefixes: [stream] }) },
    );
    const { position } = await server.client.appendToStream(stream, numbered(0, 1));
    const consumer = new Consumer(server.client.subscribeToPersistentSubscriptionToAll(group)).acknowledging();
    await consumer.has(1);
    await eventually(async () => {
      const { stats } = await server.client.getPersistentSubscriptionToAllInfo(group);
      return (stats.lastCheckpointedEventPosition?.commit ?? -1n) >= (position?.commit ?? 0n);
    });
    const last = await eventually(async () =>
      (await readAllOf(server.client, `$persistentsubscription-$all::${group}-checkpoint`)).at(-1),
    );
    expect(last.data).toMatch(/^C:\d+\/P:\d+$/);
    // In $all it would be one more event for the subscription to get past, and so on for ever.
    const seen = await collect(server.client.readAll(position === undefined ? {} : { fromPosition: position }));
    expect(seen.map(({ event }) => event?.streamId)).toContain(stream);
    expect(seen.filter(({ event }) => event?.streamId === `$persistentsubscription-$all::${group}-checkpoint`)).toEqual(
      [],
    );
    await consumer.leave();
    await server.client.deletePersistentSubscriptionToAll(group);
  });

  it('is where an update goes on, and what was not acknowledged is delivered again', async () => {
    const source = await streamWithGroup(server.client, 5, { checkPointLowerBound: 1, checkPointUpperBound: 1 });
    const first = consumerOf(source);
    await first.has(5);
    await first.ack(await first.delivery(0), await first.delivery(1));
    await eventually(async () => (await checkpointed(source)) === 1n);
    await server.client.updatePersistentSubscriptionToStream(source.stream, source.group, streamSettings());
    const second = consumerOf(source).acknowledging();
    expect(numbers(await second.has(3))).toEqual([2, 3, 4]);
    await second.leave();
  });

  it('is forgotten when the group is deleted', async () => {
    const source = await streamWithGroup(server.client, 3, { checkPointLowerBound: 1, checkPointUpperBound: 1 });
    const first = consumerOf(source).acknowledging();
    await eventually(async () => (await checkpointed(source)) === 2n);
    await first.leave();
    await server.client.deletePersistentSubscriptionToStream(source.stream, source.group);
    await server.client.createPersistentSubscriptionToStream(source.stream, source.group, streamSettings());
    const second = consumerOf(source).acknowledging();
    expect(numbers(await second.has(3))).toEqual(upTo(3));
    await second.leave();
  });
});
