import { EventStoreDBClient, streamNameFilter } from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
import { startTestNode, type TestNode } from '../support/node.ts';
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

/** Longer than any test: only counts decide. */
const never = 600_000;

describe('the checkpoint of a persistent subscription', () => {
  let node: TestNode;
  let client: EventStoreDBClient;

  beforeAll(async () => {
    node = await startTestNode();
    client = EventStoreDBClient.connectionString(node.connectionString);
  });
  afterAll(async () => {
    await client.dispose();
    await node.stop();
  });

  const consumerOf = ({ stream, group }: { stream: string; group: string }) =>
    new Consumer(client.subscribeToPersistentSubscriptionToStream(stream, group));

  const stats = async ({ stream, group }: { stream: string; group: string }) =>
    (await client.getPersistentSubscriptionToStreamInfo(stream, group)).stats;

  const checkpointed = async (source: { stream: string; group: string }) =>
    (await stats(source)).lastCheckpointedEventRevision;

  it('never passes an event that is not acknowledged', async () => {
    const source = await streamWithGroup(client, 10, { checkPointLowerBound: 1, checkPointUpperBound: 1 });
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
    const source = await streamWithGroup(client, 5, {
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
    const source = await streamWithGroup(client, 3, {
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
    const source = await streamWithGroup(client, 2, { checkPointLowerBound: 1, checkPointUpperBound: 1 });
    const consumer = consumerOf(source);
    await consumer.nack('park', 'poison', ...(await consumer.has(2)));
    await eventually(async () => (await checkpointed(source)) === 1n);
    expect((await stats(source)).parkedMessageCount).toBe(2n);
    await consumer.leave();
  });

  it('is an event of the checkpoint stream, a revision for a stream', async () => {
    const source = await streamWithGroup(client, 3, { checkPointLowerBound: 1, checkPointUpperBound: 1 });
    const consumer = consumerOf(source).acknowledging();
    const name = `$persistentsubscription-${source.stream}::${source.group}-checkpoint`;
    const last = await eventually(async () => (await readAllOf(client, name)).find(({ data }) => data === '2'));
    expect(last.type).toBe('SubscriptionCheckpoint');
    await consumer.leave();
  });

  it('is an event of the checkpoint stream, a position for $all', async () => {
    const [stream, group] = [fresh('stream'), fresh('group')];
    await client.createPersistentSubscriptionToAll(
      group,
      allSettings({ checkPointLowerBound: 1, checkPointUpperBound: 1 }),
      { filter: streamNameFilter({ prefixes: [stream] }) },
    );
    const { position } = await client.appendToStream(stream, numbered(0, 1));
    const consumer = new Consumer(client.subscribeToPersistentSubscriptionToAll(group)).acknowledging();
    await consumer.has(1);
    const reached = await eventually(
      async () => (await client.getPersistentSubscriptionToAllInfo(group)).stats.lastCheckpointedEventPosition,
    );
    expect(reached.commit).toBeGreaterThanOrEqual(position?.commit ?? -1n);
    const last = (await readAllOf(client, `$persistentsubscription-$all::${group}-checkpoint`)).at(-1);
    expect(last?.data).toMatch(/^C:\d+\/P:\d+$/);
    await consumer.leave();
    await client.deletePersistentSubscriptionToAll(group);
  });

  it('is where an update goes on, and what was not acknowledged is delivered again', async () => {
    const source = await streamWithGroup(client, 5, { checkPointLowerBound: 1, checkPointUpperBound: 1 });
    const first = consumerOf(source);
    await first.has(5);
    await first.ack(await first.delivery(0), await first.delivery(1));
    await eventually(async () => (await checkpointed(source)) === 1n);
    await client.updatePersistentSubscriptionToStream(source.stream, source.group, streamSettings());
    const second = consumerOf(source).acknowledging();
    expect(numbers(await second.has(3))).toEqual([2, 3, 4]);
    await second.leave();
  });

  it('is forgotten when the group is deleted', async () => {
    const source = await streamWithGroup(client, 3, { checkPointLowerBound: 1, checkPointUpperBound: 1 });
    const first = consumerOf(source).acknowledging();
    await eventually(async () => (await checkpointed(source)) === 2n);
    await first.leave();
    await client.deletePersistentSubscriptionToStream(source.stream, source.group);
    await client.createPersistentSubscriptionToStream(source.stream, source.group, streamSettings());
    const second = consumerOf(source).acknowledging();
    expect(numbers(await second.has(3))).toEqual(upTo(3));
    await second.leave();
  });
});
