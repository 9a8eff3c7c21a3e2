import { binaryEvent } from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
import { Consumer, fresh, numbered, numbers, readAllOf, streamSettings } from './persistent-consumer.ts';
import { serverUnderTest } from './server-under-test.ts';

describe('a persistent subscription to a stream of links', () => {
  const server = serverUnderTest();

  /** A stream whose events link to revisions 0 to count-1 of another, and a group on it. */
  const linked = async (resolveLinkTos: boolean, targets: string[] = []) => {
    const [target, stream, group] = [fresh('target'), fresh('links'), fresh('group')];
    await server.client.appendToStream(target, numbered(0, 2));
    const link = (to: string) => binaryEvent({ type: '$>', data: Buffer.from(to) });
    await server.client.appendToStream(stream, [`0@${target}`, `1@${target}`, ...targets].map(link));
    await server.client.createPersistentSubscriptionToStream(stream, group, streamSettings({ resolveLinkTos }));
    return { target, stream, group };
  };

  const consumerOf = ({ stream, group }: { stream: string; group: string }) =>
    new Consumer(server.client.subscribeToPersistentSubscriptionToStream(stream, group));

  it('delivers the events they point to when links are resolved', async () => {
    const source = await linked(true);
    const consumer = consumerOf(source).acknowledging();
    const received = await consumer.has(2);
    expect(numbers(received)).toEqual([0, 1]);
    expect(received.map(({ event }) => event?.streamId)).toEqual([source.target, source.target]);
    expect(received.map(({ link }) => link?.streamId)).toEqual([source.stream, source.stream]);
    await eventually(
      async () =>
        (await server.client.getPersistentSubscriptionToStreamInfo(source.stream, source.group)).stats
          .outstandingMessagesCount === 0,
    );
    await consumer.leave();
  });

  it('delivers the links when they are not resolved', async () => {
    const source = await linked(false);
    const consumer = consumerOf(source).acknowledging();
    const received = await consumer.has(2);
    expect(received.map(({ event }) => event?.type)).toEqual(['$>', '$>']);
    expect(received.map(({ link }) => link)).toEqual([undefined, undefined]);
    await consumer.leave();
  });

  it('parks a link to the event itself, and replays that', async () => {
    const source = await linked(true);
    const consumer = consumerOf(source);
    const first = await consumer.delivery(0);
    await consumer.nack('park', 'poison', first);
    const name = `$persistentsubscription-${source.stream}::${source.group}-parked`;
    const parked = await eventually(async () => (await readAllOf(server.client, name))[0]);
    expect(Buffer.from(parked.data as Uint8Array).toString()).toBe(`0@${source.target}`);
    await server.client.replayParkedMessagesToStream(source.stream, source.group);
    const replayed = await consumer.delivery(2);
    expect(replayed.event?.id).toBe(first.event?.id);
    await consumer.ack(replayed);
    await consumer.leave();
  });
});
