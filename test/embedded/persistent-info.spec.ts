import { PersistentSubscriptionDoesNotExistError } from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
import {
  allSettings,
  Consumer,
  type Delivered,
  fresh,
  numbered,
  streamSettings,
  streamWithGroup,
} from './persistent-consumer.ts';
import { isRealServer, serverUnderTest } from './server-under-test.ts';

describe('reporting on persistent subscriptions', () => {
  const server = serverUnderTest();

  const consumerOf = ({ stream, group }: { stream: string; group: string }) =>
    new Consumer(server.client.subscribeToPersistentSubscriptionToStream(stream, group));

  const infoOf = ({ stream, group }: { stream: string; group: string }) =>
    server.client.getPersistentSubscriptionToStreamInfo(stream, group);

  it('counts what is in flight, retried, parked and delivered', async () => {
    const source = await streamWithGroup(server.client, 5);
    const consumer = consumerOf(source);
    await consumer.has(5);
    const before = await eventually(async () => {
      const info = await infoOf(source);
      return info.stats.totalInFlightMessages === 5 ? info : undefined;
    });
    expect(before.stats).toMatchObject({ totalItems: 5n, outstandingMessagesCount: 5, parkedMessageCount: 0n });
    expect(before.connections).toHaveLength(1);
    expect(before.connections[0]).toMatchObject({ totalItems: 5n, inFlightMessages: 5, availableSlots: 5 });
    await consumer.nack('park', 'no', await consumer.delivery(0));
    await consumer.ack(await consumer.delivery(1));
    const after = await eventually(async () => {
      const info = await infoOf(source);
      return info.stats.parkedMessageCount === 1n && info.stats.totalInFlightMessages === 3 ? info : undefined;
    });
    expect(after.connections[0]).toMatchObject({ inFlightMessages: 3, availableSlots: 7 });
    expect(after.status).toBe('Live');
    expect(after.stats.lastKnownEventRevision).toBe(4n);
    await consumer.leave();
    await eventually(async () => (await infoOf(source)).connections.length === 0);
  });

  it.each([
    ['acknowledges', (consumer: Consumer, delivered: Delivered[]) => consumer.ack(...delivered)],
    ['does not', (consumer: Consumer, delivered: Delivered[]) => consumer.nack('skip', 'no', ...delivered)],
  ])('measures a consumer that %s when extra statistics are asked for', async (_, answer) => {
    const source = await streamWithGroup(server.client, 3, { extraStatistics: true });
    const consumer = consumerOf(source);
    await answer(consumer, await consumer.has(3));
    await eventually(async () => (await infoOf(source)).stats.outstandingMessagesCount === 0);
    const [connection] = (await infoOf(source)).connections;
    const measured = connection?.extraStatistics;
    expect([...(measured?.keys() ?? [])]).toEqual(
      expect.arrayContaining([
        'mean',
        'median',
        'fastest',
        'quintile 1',
        'quintile 5',
        '90%',
        '99%',
        '99.9%',
        'highest',
      ]),
    );
    expect(measured?.get('highest')).toBeGreaterThanOrEqual(measured?.get('fastest') ?? 0n);
    await consumer.leave();
  });

  it('leaves unknown places out', async () => {
    const source = await streamWithGroup(server.client, 0);
    const { stats, settings } = await infoOf(source);
    expect(settings.startFrom).toBe('start');
    expect(stats.lastCheckpointedEventRevision).toBeUndefined();
  });

  it('lists all of them, those of a stream and those of $all', async () => {
    const stream = fresh('stream');
    const [one, two, other] = [fresh('group'), fresh('group'), fresh('group')];
    await server.client.createPersistentSubscriptionToStream(stream, one, streamSettings());
    await server.client.createPersistentSubscriptionToStream(stream, two, streamSettings());
    await server.client.createPersistentSubscriptionToAll(other, allSettings());
    const names = (infos: { groupName: string }[]) => infos.map(({ groupName }) => groupName);
    expect(names(await server.client.listPersistentSubscriptionsToStream(stream)).sort()).toEqual([one, two].sort());
    expect(names(await server.client.listPersistentSubscriptionsToAll())).toContain(other);
    expect(names(await server.client.listAllPersistentSubscriptions())).toEqual(
      expect.arrayContaining([one, two, other]),
    );
    await server.client.deletePersistentSubscriptionToAll(other);
  });

  it('says so when a stream has none', async () => {
    const stream = fresh('stream');
    const listing = server.client.listPersistentSubscriptionsToStream(stream);
    await expect(listing).rejects.toThrow(PersistentSubscriptionDoesNotExistError);
    await expect(listing).rejects.toMatchObject({ streamName: stream, groupName: '' });
  });

  // EventStoreDB doesn't promise to know the name that a client gave its connection.
  (isRealServer ? it.skip : it)('names the consumers', async () => {
    const source = await streamWithGroup(server.client, 0);
    const named = server.another({ option: 'connectionName=the-monitor' });
    const consumer = new Consumer(named.subscribeToPersistentSubscriptionToStream(source.stream, source.group));
    await consumer.confirmed;
    const [connection] = (await infoOf(source)).connections;
    expect(connection?.connectionName).toBe('the-monitor');
    expect(connection?.from).not.toBe('');
    await server.client.appendToStream(source.stream, numbered(0, 1));
    await consumer.has(1);
    await consumer.leave();
  });
});
