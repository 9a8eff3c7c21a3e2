import {
  PersistentSubscriptionDoesNotExistError,
  PersistentSubscriptionDroppedError,
  PersistentSubscriptionMaximumSubscribersReachedError,
  streamNameFilter,
} from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
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

describe('changing a persistent subscription', () => {
  const server = serverUnderTest();

  const consumerOf = ({ stream, group }: { stream: string; group: string }) =>
    new Consumer(server.client.subscribeToPersistentSubscriptionToStream(stream, group));

  it('applies the new settings and drops the consumers', async () => {
    const { stream, group } = await streamWithGroup(server.client, 1);
    const consumer = consumerOf({ stream, group });
    await consumer.has(1);
    const changed = streamSettings({ maxRetryCount: 3, consumerStrategyName: 'Pinned' });
    await server.client.updatePersistentSubscriptionToStream(stream, group, changed);
    const error = await consumer.error();
    expect(error).toBeInstanceOf(PersistentSubscriptionDroppedError);
    expect(error).toMatchObject({ streamName: stream, groupName: group });
    expect((await server.client.getPersistentSubscriptionToStreamInfo(stream, group)).settings).toEqual(changed);
  });

  it('keeps the filter of a subscription to $all', async () => {
    const [stream, group] = [fresh('stream'), fresh('group')];
    await server.client.createPersistentSubscriptionToAll(group, allSettings(), {
      filter: streamNameFilter({ prefixes: [stream] }),
    });
    await server.client.updatePersistentSubscriptionToAll(group, allSettings({ maxRetryCount: 2 }));
    const consumer = new Consumer(server.client.subscribeToPersistentSubscriptionToAll(group)).acknowledging();
    await consumer.confirmed;
    await server.client.appendToStream(fresh('other'), numbered(7, 1));
    await server.client.appendToStream(stream, numbered(0, 2));
    expect(numbers(await consumer.has(2))).toEqual([0, 1]);
    await consumer.leave();
    await server.client.deletePersistentSubscriptionToAll(group);
  });

  it('deletes it and drops the consumers', async () => {
    const { stream, group } = await streamWithGroup(server.client, 1);
    const consumer = consumerOf({ stream, group });
    await consumer.has(1);
    await server.client.deletePersistentSubscriptionToStream(stream, group);
    expect(await consumer.error()).toBeInstanceOf(PersistentSubscriptionDroppedError);
    await expect(server.client.getPersistentSubscriptionToStreamInfo(stream, group)).rejects.toThrow(
      PersistentSubscriptionDoesNotExistError,
    );
  });

  it('refuses more consumers than allowed, and takes one again when one has left', async () => {
    const source = await streamWithGroup(server.client, 1, { maxSubscriberCount: 1 });
    const first = consumerOf(source);
    await first.has(1);
    const second = consumerOf(source);
    const error = await second.error();
    expect(error).toBeInstanceOf(PersistentSubscriptionMaximumSubscribersReachedError);
    expect(error).toMatchObject({ streamName: source.stream, groupName: source.group });
    await first.leave();
    // EventStoreDB frees the place when it hears that the consumer has left, which need not be at once.
    const third = await eventually(() => {
      const consumer = consumerOf(source).acknowledging();
      return consumer.has(1).then(
        () => consumer,
        () => undefined,
      );
    });
    expect(numbers(third.received)).toEqual([0]);
    await third.leave();
  });

  it('drops every consumer when the subsystem restarts, and goes on after that', async () => {
    const source = await streamWithGroup(server.client, 2);
    const consumer = consumerOf(source);
    await consumer.has(2);
    await server.client.restartPersistentSubscriptionSubsystem();
    await consumer.error();
    const again = consumerOf(source).acknowledging();
    expect(numbers(await again.has(2))).toEqual(upTo(2));
    await again.leave();
  });

  it.each([
    ['consuming', (stream: string) => consumerOf({ stream, group: 'nobody' }).error()],
    [
      'updating',
      (stream: string) => server.client.updatePersistentSubscriptionToStream(stream, 'nobody', streamSettings()),
    ],
    ['deleting', (stream: string) => server.client.deletePersistentSubscriptionToStream(stream, 'nobody')],
    ['asking about', (stream: string) => server.client.getPersistentSubscriptionToStreamInfo(stream, 'nobody')],
  ])('says so when %s a group that does not exist', async (_, act) => {
    const stream = fresh('stream');
    const refusal = await act(stream).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(PersistentSubscriptionDoesNotExistError);
    expect(refusal).toMatchObject({ streamName: stream, groupName: 'nobody' });
  });
});
