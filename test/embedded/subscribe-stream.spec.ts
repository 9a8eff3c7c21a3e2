import { END, START, StreamDeletedError } from '@eventstore/db-client';
import { Follower, fresh, note, notes, numbersOf, serverUnderTest } from './server-under-test.ts';

describe('subscribing to a stream', () => {
  const server = serverUnderTest();
  const follow = (stream: string, fromRevision: typeof START | typeof END | bigint = START) =>
    new Follower(server.client.subscribeToStream(stream, { fromRevision }));

  it('confirms, gives the past, says it is caught up, then goes on live', async () => {
    const stream = fresh('course');
    await server.client.appendToStream(stream, notes(3));
    const follower = follow(stream);
    await follower.caughtUp();
    await server.client.appendToStream(stream, note(3));
    await follower.received(4);
    expect(follower.course).toEqual(['confirmation', 'event', 'event', 'event', 'caught up', 'event']);
    expect(numbersOf(follower.events)).toEqual([0, 1, 2, 3]);
    await follower.stop();
  });

  it('starts after the revision it is given', async () => {
    const stream = fresh('after');
    await server.client.appendToStream(stream, notes(5));
    const follower = follow(stream, 2n);
    await follower.received(2);
    expect(numbersOf(follower.events)).toEqual([3, 4]);
    await follower.stop();
  });

  it('from the end gives what comes from now on', async () => {
    const stream = fresh('end');
    await server.client.appendToStream(stream, notes(5));
    const follower = follow(stream, END);
    await follower.caughtUp();
    await server.client.appendToStream(stream, note(5));
    await follower.received(1);
    expect(numbersOf(follower.events)).toEqual([5]);
    await follower.stop();
  });

  it('waits for a stream that is not there yet', async () => {
    const stream = fresh('future');
    const [fromStart, fromEnd] = [follow(stream), follow(stream, END)];
    await Promise.all([fromStart.caughtUp(), fromEnd.caughtUp()]);
    await server.client.appendToStream(stream, notes(2));
    await Promise.all([fromStart.received(2), fromEnd.received(2)]);
    expect(numbersOf(fromStart.events)).toEqual([0, 1]);
    expect(numbersOf(fromEnd.events)).toEqual([0, 1]);
    await Promise.all([fromStart.stop(), fromEnd.stop()]);
  });

  it('sees each event once and in order while it is written', async () => {
    const stream = fresh('busy');
    const writing = (async () => {
      for (let number = 0; number < 300; number += 3) {
        await server.client.appendToStream(stream, [note(number), note(number + 1), note(number + 2)]);
      }
    })();
    const followers = Array.from({ length: 5 }, () => follow(stream));
    await writing;
    await Promise.all(followers.map((follower) => follower.received(300)));
    for (const follower of followers) {
      expect(numbersOf(follower.events)).toEqual(Array.from({ length: 300 }, (_, index) => index));
      await follower.stop();
    }
  });

  it('catches up again when its reader was too slow for live', async () => {
    const stream = fresh('slow');
    const subscription = server.client.subscribeToStream(stream, { fromRevision: START });
    const follower = new Follower(subscription);
    await follower.caughtUp();
    subscription.pause();
    const filler = 'x'.repeat(10_000);
    for (let round = 0; round < 40; round++) {
      const events = notes(20).map((event) => ({ ...event, metadata: { filler } }));
      await server.client.appendToStream(stream, events);
    }
    subscription.resume();
    await follower.received(800);
    expect(follower.events.map(({ event }) => event?.revision)).toEqual(
      Array.from({ length: 800 }, (_, index) => BigInt(index)),
    );
    await follower.stop();
  });

  it('ends with an error when the stream is already deleted for good', async () => {
    const stream = fresh('gone');
    await server.client.tombstoneStream(stream);
    const error = await follow(stream).failed();
    expect(error).toBeInstanceOf(StreamDeletedError);
    expect(error).toMatchObject({ streamName: stream });
  });

  it('gives the tombstone itself and then ends with an error', async () => {
    const stream = fresh('going');
    await server.client.appendToStream(stream, note(0));
    const follower = follow(stream);
    await follower.caughtUp();
    await server.client.tombstoneStream(stream);
    expect(await follower.failed()).toBeInstanceOf(StreamDeletedError);
    expect(follower.events.at(-1)?.event).toMatchObject({ type: '$streamDeleted', revision: 9223372036854775807n });
  });

  it('outlives a soft deletion and sees the stream come back', async () => {
    const stream = fresh('back');
    await server.client.appendToStream(stream, notes(2));
    const follower = follow(stream);
    await follower.caughtUp();
    await server.client.deleteStream(stream);
    await server.client.appendToStream(stream, note(2));
    await follower.received(3);
    expect(follower.events.map(({ event }) => event?.revision)).toEqual([0n, 1n, 2n]);
    const newcomer = follow(stream);
    await newcomer.caughtUp();
    expect(newcomer.events.map(({ event }) => event?.revision)).toEqual([2n]);
    await Promise.all([follower.stop(), newcomer.stop()]);
  });

  it('leaves no trace when clients vanish in the middle of it', async () => {
    const stream = fresh('vanishing');
    await server.client.appendToStream(stream, notes(200));
    const leaving = Array.from({ length: 30 }, () => follow(stream));
    await Promise.all(leaving.map((follower) => follower.received(1)));
    await Promise.all(leaving.map((follower) => follower.stop()));
    const follower = follow(stream);
    await follower.received(200);
    await follower.stop();
  });
});
