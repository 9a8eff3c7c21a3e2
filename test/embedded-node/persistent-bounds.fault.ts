import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import {
  allSettings,
  Consumer,
  fresh,
  numbered,
  numbers,
  streamSettings,
  upTo,
} from '../embedded/persistent-consumer.ts';
import { eventually } from '../support/eventually.ts';
import { startEmbeddedNode } from '../support/node.ts';
import { nodeUnderTest } from '../support/node-under-test.ts';

const MB = 1024 * 1024;

describe('a persistent subscription under load', () => {
  const server = nodeUnderTest(startEmbeddedNode, beforeEach);

  /** Bytes of memory that are the process's own; the mapped file doesn't count. */
  const anonymousMemory = async (): Promise<number> => {
    const status = await readFile(`/proc/${server.node.pid}/status`, 'utf8');
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(status) ?? [];
    return Number(kilobytes) * 1024;
  };

  it('holds ten thousand unanswered events, and gives them all to the next consumer when theirs is gone', async () => {
    const count = 10_000;
    const [stream, group] = [fresh('stream'), fresh('group')];
    for (const batch of upTo(count / 1000)) await server.client.appendToStream(stream, numbered(batch * 1000, 1000));
    const settings = streamSettings({ historyBufferSize: 2 * count });
    await server.client.createPersistentSubscriptionToStream(stream, group, settings);
    const subscribe = (to: EventStoreDBClient) =>
      new Consumer(to.subscribeToPersistentSubscriptionToStream(stream, group, { bufferSize: 2 * count }));

    const doomed = EventStoreDBClient.connectionString(server.connectionString);
    const first = subscribe(doomed);
    await first.has(count, 60_000);
    await first.leave();
    await doomed.dispose();

    const second = subscribe(server.client);
    const again = await second.has(count, 60_000);
    expect(numbers(again)).toEqual(upTo(count));
    expect(new Set(again.map(({ retryCount }) => retryCount))).toEqual(new Set([1]));
    await second.ack(...again);
    const stats = async () => (await server.client.getPersistentSubscriptionToStreamInfo(stream, group)).stats;
    await eventually(async () => (await stats()).lastCheckpointedEventRevision === BigInt(count - 1));
    expect((await stats()).outstandingMessagesCount).toBe(0);
    await second.leave();
  }, 120_000);

  it('keeps no payloads for consumers that do not read', async () => {
    const [stream, group] = [fresh('stream'), fresh('group')];
    const large = () => binaryEvent({ type: 'Large', data: Buffer.alloc(MB / 4, 7) });
    await server.client.createPersistentSubscriptionToStream(stream, group, streamSettings());
    await server.client.createPersistentSubscriptionToAll(group, allSettings({ startFrom: 'start' }));
    // Nobody listens to their data, so the sockets fill up and stay full.
    const stalled = [
      server.client.subscribeToPersistentSubscriptionToStream(stream, group, { bufferSize: 5_000 }),
      server.client.subscribeToPersistentSubscriptionToAll(group, { bufferSize: 5_000 }),
    ];
    for (const subscription of stalled) subscription.on('error', () => {});
    // The node takes what as much writing takes anyway, and the sockets fill up; from then on nothing may grow.
    for (const _ of upTo(120)) await server.client.appendToStream(stream, [large(), large()]);
    const before = await anonymousMemory();
    for (const _ of upTo(280)) await server.client.appendToStream(stream, [large(), large()]);
    const after = await anonymousMemory();
    process.stdout.write(`${Math.round((after - before) / MB)} MB more after 140 MB past two consumers\n`);
    // A quarter of what each of the two was not sent.
    expect(after - before).toBeLessThan((140 / 4) * MB);
    await Promise.all(stalled.map((subscription) => subscription.unsubscribe()));
  }, 120_000);

  it('takes back what a consumer had whose process was killed', async () => {
    const [stream, group] = [fresh('stream'), fresh('group')];
    await server.client.createPersistentSubscriptionToStream(stream, group, streamSettings());
    await server.client.appendToStream(stream, numbered(0, 50));
    const script = `
      import { EventStoreDBClient } from '@eventstore/db-client';
      const [connectionString, stream, group] = process.argv.slice(1);
      const client = EventStoreDBClient.connectionString(connectionString);
      let received = 0;
      client
        .subscribeToPersistentSubscriptionToStream(stream, group, { bufferSize: 100 })
        .on('data', () => ++received === 50 && console.log('holding'));`;
    const args = ['--input-type=module', '-e', script, server.connectionString, stream, group];
    const consumer = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(consumer.stdout, 'data');
    consumer.kill('SIGKILL');
    const last = new Consumer(
      server.client.subscribeToPersistentSubscriptionToStream(stream, group, { bufferSize: 100 }),
    );
    expect(numbers(await last.acknowledging().has(50))).toEqual(upTo(50));
    const { connections } = await server.client.getPersistentSubscriptionToStreamInfo(stream, group);
    expect(connections).toHaveLength(1);
    await last.leave();
  });
});
