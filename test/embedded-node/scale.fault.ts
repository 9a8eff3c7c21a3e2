import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  BACKWARDS,
  END,
  EventStoreDBClient,
  jsonEvent,
  type ResolvedEvent,
  START,
  type StreamSubscription,
} from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';
import { runScript } from '../support/script.ts';

const MB = 1024 * 1024;

/** Memory that is the process's own: LMDB's mapped file isn't, the kernel takes it back when it likes. */
const anonymousMb = async (node: TestNode): Promise<number> => {
  const status = await readFile(`/proc/${node.pid}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
};

/** @param stream where its name ends with a dash, each twenty events are on a stream of their own */
const fill = async (dir: string, events: number, stream: string): Promise<void> => {
  const { code } = await runScript(fileURLToPath(new URL('./fill.js', import.meta.url)), dir, `${events}`, stream);
  if (code !== 0) throw new Error(`the filling of ${dir} ended with ${code}`);
};

/**
 * Takes what a subscription delivers until `enough` says so, and goes on taking it: `dispose` waits for a call that has something
 * unread in it.
 */
const follow = (
  subscription: StreamSubscription | AllStreamSubscription,
  enough: (delivered: ResolvedEvent | AllStreamResolvedEvent) => boolean,
): Promise<void> =>
  new Promise((resolve, reject) => {
    subscription.on('error', reject).on('data', (delivered: ResolvedEvent | AllStreamResolvedEvent) => {
      try {
        if (enough(delivered)) resolve();
      } catch (error) {
        reject(error);
      }
    });
  });

describe('a node with much in it', () => {
  let folder: string;
  /** A test that fails must not leave them behind: the suite would wait for them. */
  let nodes: TestNode[] = [];
  let clients: EventStoreDBClient[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scale-'));
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.dispose()));
    await Promise.all(nodes.map((node) => node.stop()));
    [nodes, clients] = [[], []];
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (): Promise<TestNode> => {
    const node = await startEmbeddedNode({ dir: folder });
    nodes.push(node);
    return node;
  };
  const connect = (node: TestNode, more = ''): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(`${node.connectionString}${more}`);
    clients.push(client);
    return client;
  };

  it('stays under 150 MB with a million events, read and written', async () => {
    const [EVENTS, READS] = [1_000_000, 200_000];
    await fill(folder, EVENTS, 'patient-');
    const node = await start();
    const client = connect(node);
    let read = 0;
    let largest = 0;
    for await (const _ of client.readAll({ maxCount: READS })) {
      read++;
      if (read % 20_000 === 0) largest = Math.max(largest, await anonymousMb(node));
    }
    expect(read).toBe(READS);
    for (let stream = 0; stream < 2_000; stream++) {
      await client.appendToStream(`patient-${stream * 20}`, jsonEvent({ type: 'Noted', data: {} }));
    }
    largest = Math.max(largest, await anonymousMb(node));
    process.stdout.write(`anonymous memory at most ${Math.round(largest)} MB\n`);
    expect(largest).toBeLessThan(150);
    // To write a million events takes minutes where other suites want the same two cores.
  }, 600_000);

  it('reads and follows a stream of 100,000 events', async () => {
    const EVENTS = 100_000;
    await fill(folder, EVENTS, 'long');
    const node = await start();
    const client = connect(node);
    let next = 0n;
    for await (const { event } of client.readStream('long')) {
      if (event?.revision !== next) throw new Error(`Revision ${event?.revision} came where ${next} belongs.`);
      next++;
    }
    expect(next).toBe(BigInt(EVENTS));
    const last: bigint[] = [];
    for await (const { event } of client.readStream('long', { direction: BACKWARDS, fromRevision: END, maxCount: 3 })) {
      last.push(event?.revision ?? -1n);
    }
    expect(last).toEqual([99_999n, 99_998n, 99_997n]);
    const subscription = client.subscribeToStream('long', { fromRevision: START });
    let followed = 0n;
    let appending: Promise<unknown> = Promise.resolve();
    await follow(subscription, ({ event }) => {
      if (event?.revision !== followed) throw new Error(`Revision ${event?.revision} came where ${followed} belongs.`);
      followed++;
      if (followed === BigInt(EVENTS)) appending = client.appendToStream('long', jsonEvent({ type: 'Last', data: {} }));
      return event.type === 'Last';
    });
    await appending;
  }, 300_000);

  it('holds 10,000 idle subscriptions and serves others as before', async () => {
    const SUBSCRIPTIONS = 10_000;
    const node = await start();
    const client = connect(node);
    const before = await anonymousMb(node);
    let live = 0;
    let received = 0;
    const subscribe = (index: number) =>
      new Promise<void>((resolve, reject) => {
        client
          .subscribeToStream(`idle-${index}`, { fromRevision: START })
          .on('caughtUp', () => {
            live++;
            resolve();
          })
          .on('data', () => received++)
          .on('error', reject);
      });
    for (let from = 0; from < SUBSCRIPTIONS; from += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, index) => subscribe(from + index)));
    }
    expect(live).toBe(SUBSCRIPTIONS);
    await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        client.appendToStream(`idle-${index * 20}`, jsonEvent({ type: 'Noted', data: {} })),
      ),
    );
    await eventually(() => received === 500);
    const perSubscription = ((await anonymousMb(node)) - before) / SUBSCRIPTIONS;
    process.stdout.write(`${Math.round(perSubscription * 1024)} kB of memory per idle subscription\n`);
    expect(perSubscription * 1024).toBeLessThan(40);
  }, 300_000);

  it('does not grow with what readers that stopped reading have not read', async () => {
    const READERS = 20;
    const node = await start();
    const client = connect(node);
    await client.appendToStream('flood', jsonEvent({ type: 'First', data: {} }));
    // Nobody takes what arrives. Clients with equal settings share a connection: half of the readers do.
    const slow = Array.from({ length: READERS }, (_, index) =>
      connect(node, `&keepAliveInterval=${10_001 + Math.min(index, READERS / 2)}`),
    );
    const subscriptions = slow.map((reader) => reader.subscribeToAll({ fromPosition: START }));
    await Promise.all(subscriptions.map((subscription) => once(subscription, 'confirmation')));
    const idle = await anonymousMb(node);
    const filler = 'x'.repeat(100_000);
    let written = 0;
    const writePast = async (bytes: number): Promise<number> => {
      for (const end = written + bytes; written < end; written += 10 * filler.length) {
        const flood = () => client.appendToStream('flood', jsonEvent({ type: 'Flood', data: { filler } }));
        await Promise.all(Array.from({ length: 10 }, flood));
      }
      return anonymousMb(node);
    };
    // Up to here every reader fills what it is granted: 0.5 MB on a connection of its own, 1.5 MB on one with others.
    // Another 35 MB the node takes for as much writing without any reader. From here on neither may grow.
    const full = await writePast(60 * MB);
    const later = await writePast(90 * MB);
    process.stdout.write(
      `${Math.round(idle)} MB idle, ${Math.round(full)} MB with ${READERS} readers 60 MB behind, ${Math.round(later)} MB with 150 MB\n`,
    );
    // A quarter of what a single reader has not read; all of them have not read 1.8 GB.
    expect(later - full).toBeLessThan(90 / 4);
    expect((full - idle) / READERS).toBeLessThan(10);
    // And the slow ones still get everything, once they read.
    const [patient] = subscriptions;
    if (patient === undefined) throw new Error('There is no reader.');
    let flood = 0;
    await follow(patient, ({ event }) => {
      if (event?.type === 'Flood') flood++;
      return flood * filler.length >= written;
    });
  }, 300_000);
});
