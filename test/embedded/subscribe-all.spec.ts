import { END, type Position, START } from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
import { Follower, fresh, note, notes, serverUnderTest } from './server-under-test.ts';

describe('subscribing to $all', () => {
  const server = serverUnderTest();
  const follow = (fromPosition: Position | typeof START | typeof END) =>
    new Follower(server.client.subscribeToAll({ fromPosition }));
  const of = (follower: Follower, ...streams: string[]) =>
    follower.events.filter(({ event }) => streams.includes(event?.streamId ?? ''));
  const mark = async (): Promise<Position> => {
    const { position } = await server.client.appendToStream(fresh('mark'), note(0));
    if (position === undefined) throw new Error('An append gave no position.');
    return position;
  };

  it('confirms, gives the past of every stream, says it is caught up, then goes on live', async () => {
    const from = await mark();
    const [one, other] = [fresh('one'), fresh('other')];
    await server.client.appendToStream(one, note(0));
    await server.client.appendToStream(other, note(1));
    const follower = follow(from);
    await follower.caughtUp();
    expect(of(follower, one, other)).toHaveLength(2);
    await server.client.appendToStream(one, note(2));
    await eventually(() => of(follower, one, other).length === 3);
    expect(follower.course[0]).toBe('confirmation');
    expect(follower.course.indexOf('caught up')).toBeGreaterThan(1);
    expect(of(follower, one, other).map(({ event }) => event?.streamId)).toEqual([one, other, one]);
    await follower.stop();
  });

  it('starts after the position it is given', async () => {
    const from = await mark();
    const next = await mark();
    const follower = follow(from);
    await follower.received(1);
    expect(follower.events[0]?.event?.position?.commit).toBeGreaterThan(from.commit);
    await eventually(() => follower.events.some(({ event }) => event?.position?.commit === next.commit));
    await follower.stop();
  });

  it('from the end gives what comes from now on', async () => {
    const before = fresh('before');
    await server.client.appendToStream(before, notes(3));
    const follower = follow(END);
    await follower.caughtUp();
    const after = fresh('after');
    await server.client.appendToStream(after, note(0));
    await eventually(() => of(follower, after).length === 1);
    expect(of(follower, before)).toEqual([]);
    await follower.stop();
  });

  it('sees each event once and in commit order while many write', async () => {
    const from = await mark();
    const streams = Array.from({ length: 8 }, () => fresh('many'));
    const followers = Array.from({ length: 3 }, () => follow(from));
    await Promise.all(
      streams.map(async (stream) => {
        for (let number = 0; number < 40; number++) await server.client.appendToStream(stream, note(number));
      }),
    );
    for (const follower of followers) {
      await eventually(() => of(follower, ...streams).length === 320);
      const positions = follower.events.map(({ event }) => event?.position?.commit ?? -1n);
      for (let index = 1; index < positions.length; index++) {
        expect(positions[index]).toBeGreaterThan(positions[index - 1] ?? -1n);
      }
      await follower.stop();
    }
  });

  it('shows metadata events and tombstones as what they are', async () => {
    const from = await mark();
    const stream = fresh('system');
    await server.client.appendToStream(stream, note(0));
    await server.client.setStreamMetadata(stream, { maxCount: 3 });
    await server.client.tombstoneStream(stream);
    const follower = follow(from);
    await eventually(() => of(follower, stream, `$$${stream}`).length === 3);
    expect(of(follower, stream, `$$${stream}`).map(({ event }) => event?.type)).toEqual([
      'Noted',
      '$metadata',
      '$streamDeleted',
    ]);
    await follower.stop();
  });
});
