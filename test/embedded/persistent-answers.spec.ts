import { eventually } from '../support/eventually.ts';
import { Consumer, numbers, readAllOf, streamWithGroup, upTo } from './persistent-consumer.ts';
import { serverUnderTest } from './server-under-test.ts';

describe('answering a delivery', () => {
  const server = serverUnderTest();

  const consumerOf = ({ stream, group }: { stream: string; group: string }, bufferSize = 10) =>
    new Consumer(server.client.subscribeToPersistentSubscriptionToStream(stream, group, { bufferSize }));

  const stats = async ({ stream, group }: { stream: string; group: string }) =>
    (await server.client.getPersistentSubscriptionToStreamInfo(stream, group)).stats;

  const parkedBy = ({ stream, group }: { stream: string; group: string }) =>
    readAllOf(server.client, `$persistentsubscription-${stream}::${group}-parked`);

  it('makes room for more: a consumer never holds more than its buffer size', async () => {
    const source = await streamWithGroup(server.client, 6);
    const consumer = consumerOf(source, 2);
    await consumer.has(2);
    await eventually(async () => (await stats(source)).totalInFlightMessages === 2);
    expect(numbers(consumer.received)).toEqual([0, 1]);
    await consumer.ack(await consumer.delivery(0));
    expect(numbers(await consumer.has(3))).toEqual([0, 1, 2]);
    await consumer.ack(await consumer.delivery(1), await consumer.delivery(2));
    expect(numbers(await consumer.has(5))).toEqual(upTo(5));
    await consumer.leave();
  });

  it('delivers at once again on retry, counting', async () => {
    const consumer = consumerOf(await streamWithGroup(server.client, 1));
    await consumer.nack('retry', 'not now', await consumer.delivery(0));
    await consumer.nack('retry', 'not now either', await consumer.delivery(1, 900));
    const third = await consumer.delivery(2, 900);
    expect(consumer.received.map(({ retryCount }) => retryCount)).toEqual([0, 1, 2]);
    await consumer.ack(third);
    await consumer.leave();
  });

  it('delivers what is to be retried before anything new', async () => {
    const consumer = consumerOf(await streamWithGroup(server.client, 4), 2);
    await consumer.has(2);
    await consumer.nack('retry', 'again', await consumer.delivery(0));
    expect(numbers(await consumer.has(3))).toEqual([0, 1, 0]);
    consumer.acknowledging();
    expect(numbers(await consumer.has(5))).toEqual([0, 1, 0, 2, 3]);
    await consumer.leave();
  });

  it('parks after as many retries as the settings allow', async () => {
    const source = await streamWithGroup(server.client, 1, { maxRetryCount: 2 });
    const consumer = consumerOf(source);
    for (const attempt of upTo(3)) await consumer.nack('retry', 'no', await consumer.delivery(attempt));
    await eventually(async () => (await stats(source)).parkedMessageCount === 1n);
    expect(consumer.received.map(({ retryCount }) => retryCount)).toEqual([0, 1, 2]);
    expect((await parkedBy(source))[0]?.metadata).toMatchObject({ reason: 'Reached retry count of 2' });
    await consumer.leave();
  });

  it('parks as a link that says why', async () => {
    const source = await streamWithGroup(server.client, 2);
    const consumer = consumerOf(source);
    await consumer.nack('park', 'poison', await consumer.delivery(1));
    await eventually(async () => (await stats(source)).parkedMessageCount === 1n);
    const [parked] = await parkedBy(source);
    expect(parked?.type).toBe('$>');
    expect(Buffer.from(parked?.data as Uint8Array).toString()).toBe(`1@${source.stream}`);
    expect(parked?.metadata).toMatchObject({
      reason: "Client explicitly NAK'ed message.\npoison",
      added: expect.any(String),
    });
    await consumer.leave();
  });

  it.each(['skip', 'stop'] as const)('goes on without the event on %s', async (action) => {
    const source = await streamWithGroup(server.client, 3);
    const consumer = consumerOf(source, 1);
    await consumer.nack(action, 'not for me', await consumer.delivery(0));
    consumer.acknowledging();
    expect(numbers(await consumer.has(3))).toEqual(upTo(3));
    await eventually(async () => (await stats(source)).outstandingMessagesCount === 0);
    expect((await stats(source)).parkedMessageCount).toBe(0n);
    await consumer.leave();
  });

  it('is not waited for longer than the message timeout', async () => {
    const consumer = consumerOf(await streamWithGroup(server.client, 1, { messageTimeout: 500 }));
    await consumer.delivery(0);
    const again = await consumer.delivery(1);
    expect(again.retryCount).toBe(1);
    await consumer.ack(again);
    await consumer.leave();
  });

  it('is not expected from a consumer that is gone: others get what it had', async () => {
    const source = await streamWithGroup(server.client, 3);
    const gone = consumerOf(source);
    await gone.has(3);
    await gone.leave();
    const next = consumerOf(source).acknowledging();
    const received = await next.has(3);
    expect(numbers(received)).toEqual(upTo(3));
    expect(received.map(({ retryCount }) => retryCount)).toEqual([1, 1, 1]);
    await next.leave();
  });

  it('is ignored for events that are not out', async () => {
    const source = await streamWithGroup(server.client, 2);
    const consumer = consumerOf(source, 1);
    const first = await consumer.delivery(0);
    await consumer.ack(first, first);
    await consumer.nack('park', 'too late', first);
    await consumer.ack(await consumer.delivery(1));
    await eventually(async () => (await stats(source)).outstandingMessagesCount === 0);
    expect((await stats(source)).parkedMessageCount).toBe(0n);
    await consumer.leave();
  });
});
