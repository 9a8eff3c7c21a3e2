import { EventStoreDBClient, eventTypeFilter, PersistentSubscriptionExistsError } from '@eventstore/db-client';
import { startTestNode, type TestNode } from '../support/node.ts';
import { allSettings, fresh, readAllOf, streamSettings, streamWithGroup } from './persistent-consumer.ts';

describe('creating a persistent subscription', () => {
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

  it('keeps every setting of a subscription to a stream', async () => {
    const settings = streamSettings({
      startFrom: 3n,
      resolveLinkTos: true,
      extraStatistics: true,
      messageTimeout: 12_000,
      maxRetryCount: 7,
      checkPointAfter: 3_000,
      checkPointLowerBound: 4,
      checkPointUpperBound: 44,
      maxSubscriberCount: 5,
      liveBufferSize: 33,
      readBatchSize: 22,
      historyBufferSize: 66,
      consumerStrategyName: 'Pinned',
    });
    const [stream, group] = [fresh('stream'), fresh('group')];
    await client.createPersistentSubscriptionToStream(stream, group, settings);
    const info = await client.getPersistentSubscriptionToStreamInfo(stream, group);
    expect(info.eventSource).toBe(stream);
    expect(info.groupName).toBe(group);
    expect(info.settings).toEqual(settings);
    await client.deletePersistentSubscriptionToStream(stream, group);
  });

  it('keeps every setting of a subscription to $all', async () => {
    const settings = allSettings({
      startFrom: 'start',
      messageTimeout: 1_500,
      consumerStrategyName: 'DispatchToSingle',
    });
    const group = fresh('group');
    await client.createPersistentSubscriptionToAll(group, settings, {
      filter: eventTypeFilter({ prefixes: ['Never'] }),
    });
    const info = await client.getPersistentSubscriptionToAllInfo(group);
    expect(info.eventSource).toBe('$all');
    expect(info.settings).toEqual(settings);
    await client.deletePersistentSubscriptionToAll(group);
  });

  it('says so when the group exists, in a stream', async () => {
    const { stream, group } = await streamWithGroup(client, 1);
    const again = client.createPersistentSubscriptionToStream(stream, group, streamSettings());
    await expect(again).rejects.toThrow(PersistentSubscriptionExistsError);
    await expect(again).rejects.toMatchObject({ streamName: stream, groupName: group });
  });

  it('says so when the group exists, in $all', async () => {
    const group = fresh('group');
    await client.createPersistentSubscriptionToAll(group, allSettings());
    await expect(client.createPersistentSubscriptionToAll(group, allSettings())).rejects.toThrow(
      PersistentSubscriptionExistsError,
    );
    await client.deletePersistentSubscriptionToAll(group);
  });

  it('lets only one of two simultaneous requests create the group', async () => {
    const [stream, group] = [fresh('stream'), fresh('group')];
    const results = await Promise.allSettled(
      [1, 2].map(() => client.createPersistentSubscriptionToStream(stream, group, streamSettings())),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('refuses a position that $all has not reached', async () => {
    const beyond = { commit: 2n ** 62n, prepare: 2n ** 62n };
    await expect(
      client.createPersistentSubscriptionToAll(fresh('group'), allSettings({ startFrom: beyond })),
    ).rejects.toMatchObject({ type: 'persistent-subscription-failed' });
  });

  it('refuses a read batch that does not fit into the history buffer', async () => {
    const settings = streamSettings({ readBatchSize: 20, historyBufferSize: 20 });
    await expect(
      client.createPersistentSubscriptionToStream(fresh('stream'), fresh('group'), settings),
    ).rejects.toMatchObject({ type: 'persistent-subscription-failed' });
  });

  it('accepts names beyond ASCII, in errors too', async () => {
    const [stream, group] = [fresh('Überweisung'), fresh('gruppe-ä')];
    await client.createPersistentSubscriptionToStream(stream, group, streamSettings());
    const info = await client.getPersistentSubscriptionToStreamInfo(stream, group);
    expect([info.eventSource, info.groupName]).toEqual([stream, group]);
    await expect(client.createPersistentSubscriptionToStream(stream, group, streamSettings())).rejects.toThrow(
      PersistentSubscriptionExistsError,
    );
  });

  it('is written down in the configuration stream', async () => {
    const { group } = await streamWithGroup(client, 0);
    const configurations = await readAllOf(client, '$persistentSubscriptionConfig');
    expect(configurations.length).toBeLessThanOrEqual(2);
    expect(configurations.at(-1)?.type).toBe('$PersistentConfig');
    expect(JSON.stringify(configurations.at(-1)?.data)).toContain(group);
  });
});
