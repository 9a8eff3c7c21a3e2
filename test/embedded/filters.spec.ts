import {
  END,
  type EventStoreDBClient,
  eventTypeFilter,
  excludeSystemEvents,
  type Filter,
  type Position,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
import { Follower, fresh, isRealServer, note, notes, serverUnderTest } from './server-under-test.ts';

const types = (follower: Follower) => follower.events.map(({ event }) => event?.type);

describe('filtering $all', () => {
  const server = serverUnderTest();

  /** Position before which nothing of the test was written. */
  const here = async (client: EventStoreDBClient): Promise<Position> => {
    const { position } = await client.appendToStream(fresh('mark'), note(0));
    if (position === undefined) throw new Error('An append gave no position.');
    return position;
  };

  const follow = (fromPosition: Position | typeof START | typeof END, filter: Filter) =>
    new Follower(server.client.subscribeToAll({ fromPosition, filter }));

  it('passes streams by prefix, in the past and live', async () => {
    const from = await here(server.client);
    const [prefix, another] = [fresh('prefix'), fresh('another')];
    await server.client.appendToStream(`${prefix}-a`, note(0, 'A'));
    await server.client.appendToStream(`other-${prefix}`, note(1, 'Wrong'));
    const follower = follow(from, streamNameFilter({ prefixes: [prefix, another] }));
    await follower.caughtUp();
    await server.client.appendToStream(`${another}-b`, note(2, 'B'));
    await server.client.appendToStream(`x${another}-b`, note(2, 'Wrong'));
    await server.client.appendToStream(`${prefix}-c`, note(3, 'C'));
    await follower.received(3);
    expect(types(follower)).toEqual(['A', 'B', 'C']);
    await follower.stop();
  });

  it('passes event types by prefix', async () => {
    const from = await here(server.client);
    const type = fresh('Type');
    const stream = fresh('types');
    await server.client.appendToStream(stream, [note(0, `${type}A`), note(1, `Not${type}`), note(2, `${type}B`)]);
    const follower = follow(from, eventTypeFilter({ prefixes: [type] }));
    await follower.received(2);
    expect(types(follower)).toEqual([`${type}A`, `${type}B`]);
    await follower.stop();
  });

  it('matches a regular expression anywhere unless it is anchored', async () => {
    const from = await here(server.client);
    const mark = fresh('re');
    await server.client.appendToStream(`12-${mark}-x`, note(0, 'A'));
    await server.client.appendToStream(`ab-${mark}-y`, note(1, 'B'));
    const anywhere = follow(from, streamNameFilter({ regex: `${mark}-[xy]$` }));
    const anchored = follow(from, streamNameFilter({ regex: `^[0-9]+-${mark}` }));
    await Promise.all([anywhere.received(2), anchored.received(1), anchored.caughtUp()]);
    expect(types(anywhere)).toEqual(['A', 'B']);
    expect(types(anchored)).toEqual(['A']);
    await Promise.all([anywhere.stop(), anchored.stop()]);
  });

  it('leaves out system events on request', async () => {
    const from = await here(server.client);
    const stream = fresh('no-system');
    await server.client.setStreamMetadata(stream, { maxCount: 9 });
    const end = fresh('End');
    await server.client.appendToStream(stream, note(0, end));
    const follower = follow(from, excludeSystemEvents());
    await eventually(() => types(follower).includes(end));
    expect(types(follower).filter((type) => type?.startsWith('$'))).toEqual([]);
    await follower.stop();
  });

  it('tells how far it got, matching or not', async () => {
    const from = await here(server.client);
    const stream = fresh('checkpoints');
    const reached: Position[] = [];
    const filter = streamNameFilter({
      prefixes: [stream],
      maxSearchWindow: 10,
      checkpointInterval: 2,
      checkpointReached: async (_subscription, position) => {
        reached.push(position);
      },
    });
    const follower = follow(from, filter);
    await follower.caughtUp();
    const before = reached.length;
    const noise = fresh('noise');
    for (let round = 0; round < 10; round++) await server.client.appendToStream(noise, notes(20));
    const { position } = await server.client.appendToStream(stream, note(0));
    await follower.received(1);
    // 200 events at one checkpoint per 20; a busy server of somebody else's may add its own.
    const count = reached.length - before;
    expect(count).toBeGreaterThanOrEqual(10);
    if (!isRealServer) expect(count).toBe(10);
    for (let index = 1; index < reached.length; index++) {
      expect(reached[index]?.commit).toBeGreaterThan(reached[index - 1]?.commit ?? -1n);
    }
    expect(reached.at(-1)?.commit).toBeLessThan(position?.commit ?? 0n);
    await follower.stop();
  });

  it('marks the end of the past with a checkpoint, on EventStoreDB perhaps somewhat before it', async () => {
    const from = await here(server.client);
    const { position } = await server.client.appendToStream(fresh('quiet'), notes(3));
    const reached: Position[] = [];
    const filter = streamNameFilter({
      prefixes: [fresh('nobody')],
      checkpointReached: async (_subscription, at) => {
        reached.push(at);
      },
    });
    const follower = follow(from, filter);
    await follower.caughtUp();
    expect(reached.at(-1)?.commit).toBeGreaterThanOrEqual((isRealServer ? from : position)?.commit ?? 0n);
    expect(follower.events).toEqual([]);
    await follower.stop();
  });

  it('marks the end of the past also where nothing lies in it', async () => {
    const reached: Position[] = [];
    const filter = streamNameFilter({
      prefixes: [fresh('nobody')],
      checkpointReached: async (_subscription, at) => {
        reached.push(at);
      },
    });
    const { position } = await server.client.appendToStream(fresh('last'), note(0));
    for (const from of [END, position ?? START] as const) {
      const follower = follow(from, filter);
      await follower.caughtUp();
      await follower.stop();
    }
    expect(reached.length).toBeGreaterThanOrEqual(2);
  });

  it('goes on from a checkpoint without a gap', async () => {
    const stream = fresh('resume');
    const from = await here(server.client);
    await server.client.appendToStream(stream, notes(50));
    const reached: Position[] = [];
    const filter = streamNameFilter({
      prefixes: [stream],
      maxSearchWindow: 10,
      checkpointReached: async (_subscription, position) => {
        reached.push(position);
      },
    });
    const follower = follow(from, filter);
    await eventually(() => reached.length >= 2);
    await follower.stop();
    const [, second] = reached;
    if (second === undefined) throw new Error('No checkpoint came.');
    const before = follower.events.filter(({ event }) => (event?.position?.commit ?? 0n) <= second.commit).length;
    const resumed = follow(second, streamNameFilter({ prefixes: [stream] }));
    await resumed.received(50 - before);
    expect(resumed.events.map(({ event }) => event?.revision)).toEqual(
      Array.from({ length: 50 - before }, (_, index) => BigInt(before + index)),
    );
    await resumed.stop();
  });

  it('refuses what is no regular expression', async () => {
    const follower = follow(START, streamNameFilter({ regex: '([' }));
    await follower.failed();
    expect(follower.events).toEqual([]);
  });

  // By design: the embedded node runs expressions in linear time and so has no look-around or back-references; the
  // real server takes them, and takes its time.
  (isRealServer ? it.skip : it)('refuses look-around, and says why', async () => {
    const failure = (await follow(START, streamNameFilter({ regex: '^(?!\\$)' })).failed()) as Error;
    expect(failure.message).toContain("can't be used");
    expect(failure).toMatchObject({ code: 3 });
  });

  (isRealServer ? it.skip : it)('is not stopped by an expression made to backtrack for ever', async () => {
    const stream = fresh(`${'a'.repeat(60)}`);
    const from = await here(server.client);
    await server.client.appendToStream(stream, note(0));
    const follower = follow(from, streamNameFilter({ regex: '^(a+)+$' }));
    await follower.caughtUp();
    expect(follower.events).toEqual([]);
    await follower.stop();
  });
});
