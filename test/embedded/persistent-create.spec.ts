import { eventTypeFilter, PersistentSubscriptionExistsError } from '@eventstore/db-client';
import { allSettings, fresh, readAllOf, streamSettings, streamWithGroup } from './persistent-consumer.ts';
import { isRealServer, serverUnderTest } from './server-under-test.ts';

describe('creating a persistent subscription', () => {
  const server = serverUnderTest();

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
    await server.client.createPersistentSubscriptionToStream(stream, group, settings);
    const info = await server.client.getPersistentSubscriptionToStreamInfo(stream, group);
    expect(info.eventSource).toBe(stream);
    expect(info.groupName).toBe(group);
    expect(info.settings).toEqual(settings);
    await server.client.deletePersistentSubscriptionToStream(stream, group);
  });

  it('keeps every setting of a subscription to $all', async () => {
    const settings = allSettings({
      startFrom: 'start',
      messageTimeout: 1_500,
      consumerStrategyName: 'DispatchToSingle',
    });
    const group = fresh('group');
    await server.client.createPersistentSubscriptionToAll(group, settings, {
      filter: eventTypeFilter({ prefixes: ['Never'] }),
    });
    const info = await server.client.getPersistentSubscriptionToAllInfo(group);
    expect(info.eventSource).toBe('$all');
    expect(info.settings).toEqual(settings);
    await server.client.deletePersistentSubscriptionToAll(group);
  });

  it('says so when the group exists, in a stream', async () => {
    const { stream, group } = await streamWithGroup(server.client, 1);
    const again = server.client.createPersistentSubscriptionToStream(stream, group, streamSettings());
    await expect(again).rejects.toThrow(PersistentSubscriptionExistsError);
    await expect(again).rejects.toMatchObject({ streamName: stream, groupName: group });
  });

  it('says so when the group exists, in $all', async () => {
    const group = fresh('group');
    await server.client.createPersistentSubscriptionToAll(group, allSettings());
    await expect(server.client.createPersistentSubscriptionToAll(group, allSettings())).rejects.toThrow(
      PersistentSubscriptionExistsError,
    );
    await server.client.deletePersistentSubscriptionToAll(group);
  });

  it('lets only one of two simultaneous requests create the group', async () => {
    const [stream, group] = [fresh('stream'), fresh('group')];
    const results = await Promise.allSettled(
      [1, 2].map(() => server.client.createPersistentSubscriptionToStream(stream, group, streamSettings())),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('refuses a position that $all has not reached', async () => {
    const beyond = { commit: 2n ** 62n, prepare: 2n ** 62n };
    await expect(
      server.client.createPersistentSubscriptionToAll(fresh('group'), allSettings({ startFrom: beyond })),
    ).rejects.toMatchObject({ type: 'persistent-subscription-failed' });
  });

  it('refuses a read batch that does not fit into the history buffer', async () => {
    const settings = streamSettings({ readBatchSize: 20, historyBufferSize: 20 });
    await expect(
      server.client.createPersistentSubscriptionToStream(fresh('stream'), fresh('group'), settings),
    ).rejects.toMatchObject({ type: 'persistent-subscription-failed' });
  });

  it('takes streams and groups with names beyond ASCII', async () => {
    const [stream, group] = [fresh('Überweisung'), fresh('gruppe-ä\nwith & signs')];
    await server.client.createPersistentSubscriptionToStream(stream, group, streamSettings());
    const info = await server.client.getPersistentSubscriptionToStreamInfo(stream, group);
    expect([info.eventSource, info.groupName]).toEqual([stream, group]);
    await server.client.deletePersistentSubscriptionToStream(stream, group);
  });

  // EventStoreDB answers with HTTP status 500 where an error should tell such a name.
  (isRealServer ? it.skip : it)('tells names beyond ASCII as in a URL where an error names them', async () => {
    const [stream, group] = [fresh('Überweisung'), fresh('gruppe-ä')];
    const removed = server.client.deletePersistentSubscriptionToStream(stream, group);
    await expect(removed).rejects.toMatchObject({
      type: 'persistent-subscription-does-not-exist',
      streamName: encodeURIComponent(stream),
      groupName: encodeURIComponent(group),
    });
  });

  it('is written down in the configuration stream', async () => {
    const { group } = await streamWithGroup(server.client, 0);
    const configurations = await readAllOf(server.client, '$persistentSubscriptionConfig');
    expect(configurations.length).toBeLessThanOrEqual(2);
    expect(configurations.at(-1)?.type).toBe('$PersistentConfig');
    expect(JSON.stringify(configurations.at(-1)?.data)).toContain(group);
  });
});
