import { randomInt } from 'node:crypto';
import { jsonEvent, streamNameFilter } from '@eventstore/db-client';
import {
  allSettings,
  Consumer,
  type Delivered,
  fresh,
  numbered,
  numbers,
  readAllOf,
  streamSettings,
} from '../embedded/persistent-consumer.ts';
import { eventually } from '../support/eventually.ts';
import { startEmbeddedNode } from '../support/node.ts';
import { nodeUnderTest } from '../support/node-under-test.ts';

const kills = 12;

describe('a persistent subscription whose node is killed again and again', () => {
  const server = nodeUnderTest(startEmbeddedNode, beforeEach);

  const [stream, group] = [fresh('stream'), fresh('group')];

  const subscribe = () => server.client.subscribeToPersistentSubscriptionToStream(stream, group, { bufferSize: 64 });

  /** Appends numbers from `from` on until the node dies; returns the first that was not acknowledged. */
  const appendUntilKilled = async (from: number): Promise<number> => {
    for (let n = from; ; n++) {
      try {
        await server.client.appendToStream(stream, jsonEvent({ type: 'Numbered', data: { n } }), {
          expectedRevision: n === 0 ? 'no_stream' : BigInt(n - 1),
        });
      } catch (error) {
        // Acknowledged or not, the stream itself says after the restart how far it came.
        if (['unavailable', 'cancelled'].includes((error as { type?: string }).type ?? '')) return n;
        if ((error as { code?: number }).code === 14) return n;
        throw error;
      }
    }
  };

  it('delivers every event until it is acknowledged or durably parked', async () => {
    await server.client.createPersistentSubscriptionToStream(
      stream,
      group,
      streamSettings({ checkPointAfter: 100, checkPointLowerBound: 1, checkPointUpperBound: 7, maxRetryCount: 1000 }),
    );
    const answered = new Set<number>();
    let next = 0;

    for (let kill = 0; kill < kills; kill++) {
      const consumer = new Consumer(subscribe());
      const withheld: Delivered[] = [];
      consumer.onDelivery((delivered) => {
        const [n = -1] = numbers([delivered]);
        const dice = randomInt(20);
        if (dice === 0) withheld.push(delivered);
        else if (dice === 1) void consumer.nack('park', 'unlucky', delivered).catch(() => {});
        else if (dice === 2) void consumer.nack('retry', 'once more', delivered).catch(() => {});
        else
          void consumer.ack(delivered).then(
            () => answered.add(n),
            () => {},
          );
      });
      const appending = appendUntilKilled(next);
      // New ones: what is delivered again says nothing about how far this round has come.
      const enough = next + 20 + randomInt(150);
      await eventually(() => Math.max(-1, ...numbers(consumer.received)) > enough, 30_000);
      await server.node.kill('SIGKILL');
      await appending;
      await server.node.restart();
      next = await eventually(async () => (await readAllOf(server.client, stream)).length);

      // What this consumer was shown and never answered comes back.
      const again = new Consumer(subscribe());
      const expected = new Set(numbers(withheld));
      again.onDelivery((delivered) => {
        const [n = -1] = numbers([delivered]);
        expected.delete(n);
        again.ack(delivered).then(
          () => answered.add(n),
          () => {},
        );
      });
      await eventually(() => expected.size === 0);
      await again.leave();
    }

    const rest = new Consumer(subscribe()).acknowledging();
    const parkedStream = `$persistentsubscription-${stream}::${group}-parked`;
    await eventually(async () => {
      const { stats } = await server.client.getPersistentSubscriptionToStreamInfo(stream, group);
      return stats.lastCheckpointedEventRevision === BigInt(next - 1);
    });
    for (const n of numbers(rest.received)) answered.add(n);
    for (const link of await readAllOf(server.client, parkedStream)) {
      answered.add(
        Number(
          Buffer.from(link.data as Uint8Array)
            .toString()
            .split('@')[0],
        ),
      );
    }
    const missing = Array.from({ length: next }, (_, n) => n).filter((n) => !answered.has(n));
    expect(missing).toEqual([]);
    expect(next).toBeGreaterThan(kills * 20);
    await rest.leave();
  }, 120_000);

  it('keeps its start "from the end" at the moment it was created', async () => {
    await server.client.createPersistentSubscriptionToStream(stream, group, streamSettings({ startFrom: 'end' }));
    await server.client.appendToStream(stream, numbered(0, 3));
    await server.node.kill('SIGKILL');
    await server.node.restart();
    const consumer = new Consumer(subscribe()).acknowledging();
    expect(numbers(await consumer.has(3))).toEqual([0, 1, 2]);
    await consumer.leave();
  });

  it('keeps replayed messages parked until they are answered', async () => {
    await server.client.createPersistentSubscriptionToStream(stream, group, streamSettings());
    await server.client.appendToStream(stream, numbered(0, 3));
    const parked = async () =>
      (await server.client.getPersistentSubscriptionToStreamInfo(stream, group)).stats.parkedMessageCount;
    const first = new Consumer(subscribe());
    await first.nack('park', 'later', ...(await first.has(3)));
    await eventually(async () => (await parked()) === 3n);
    await server.client.replayParkedMessagesToStream(stream, group);
    await first.has(6);
    await server.node.kill('SIGKILL');
    await server.node.restart();
    expect(await parked()).toBe(3n);
  });

  it('remembers its settings and its filter', async () => {
    const everywhere = fresh('group');
    await server.client.createPersistentSubscriptionToAll(everywhere, allSettings({ maxRetryCount: 3 }), {
      filter: streamNameFilter({ prefixes: [stream] }),
    });
    await server.node.kill('SIGKILL');
    await server.node.restart();
    expect((await server.client.getPersistentSubscriptionToAllInfo(everywhere)).settings.maxRetryCount).toBe(3);
    const consumer = new Consumer(server.client.subscribeToPersistentSubscriptionToAll(everywhere)).acknowledging();
    await consumer.confirmed;
    await server.client.appendToStream(fresh('other'), numbered(7, 1));
    await server.client.appendToStream(stream, numbered(0, 1));
    expect(numbers(await consumer.has(1))).toEqual([0]);
    await consumer.leave();
  });
});
