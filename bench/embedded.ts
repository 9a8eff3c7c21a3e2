import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { END, type EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { EventLog } from '../embedded/log/event-log.ts';
import { alternate, median, perSecond, report, WARM_UP } from './rounds.ts';
import { startEmbeddedNode, startServer, stopServer } from './server-process.ts';

/*
 * The embedded node through the official client. Client and servers are processes of their own, and every figure is a
 * ratio of two measurements made in turn, since the machine's mood counts for both.
 */
const ROUNDS = 7;
const APPENDS = 6_000;
const READS = 50_000;
const LATENCIES = 400;
const EVENTS = 1_000_000;

const event = (number: number) =>
  jsonEvent({
    type: 'ConsultationBooked',
    data: { number, filler: 'x'.repeat(300) },
    metadata: { $correlationId: randomUUID() },
  });

/** Appends per second with so many always under way, each writer on its own streams. */
const appendRate = async (client: EventStoreDBClient, concurrent: number, appends = APPENDS): Promise<number> => {
  let next = 0;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: concurrent }, async () => {
      const stream = `patient-${randomUUID()}`;
      while (next < appends) await client.appendToStream(stream, event(next++));
    }),
  );
  return (next / (performance.now() - begun)) * 1_000;
};

/** Events per second out of `$all`. */
const readRate = async (client: EventStoreDBClient): Promise<number> => {
  let read = 0;
  const begun = performance.now();
  for await (const _ of client.readAll({ maxCount: READS })) read++;
  return (read / (performance.now() - begun)) * 1_000;
};

/** Milliseconds from append to acknowledgement and to the subscriber, one append at a time. */
const latencies = async (client: EventStoreDBClient): Promise<{ acknowledged: number; delivered: number }> => {
  const stream = `patient-${randomUUID()}`;
  const subscription = client.subscribeToStream(stream, { fromRevision: END });
  const arrived: (() => void)[] = [];
  subscription.on('data', () => arrived.shift()?.());
  await once(subscription, 'caughtUp');
  const acknowledged: number[] = [];
  const delivered: number[] = [];
  for (let number = 0; number < LATENCIES; number++) {
    const begun = performance.now();
    const arrival = new Promise<void>((resolve) => arrived.push(resolve)).then(() =>
      delivered.push(performance.now() - begun),
    );
    await client.appendToStream(stream, event(number));
    acknowledged.push(performance.now() - begun);
    await arrival;
  }
  await subscription.unsubscribe();
  return { acknowledged: median(acknowledged), delivered: median(delivered) };
};

/** Fills a folder through the log itself, the way the node would. */
const fill = async (folder: string, events: number): Promise<void> => {
  const log = await EventLog.open(folder);
  const proposed = (number: number) => ({
    id: randomUUID(),
    type: 'ConsultationBooked',
    contentType: 'application/json' as const,
    data: Buffer.from(JSON.stringify({ number, filler: 'x'.repeat(300) })),
    metadata: Buffer.from(JSON.stringify({ $correlationId: randomUUID() })),
  });
  for (let number = 0; number < events; number += 1_000) {
    const appends = Array.from({ length: 50 }, (_, i) =>
      log.append(
        `patient-${number + i}`,
        'any',
        Array.from({ length: 20 }, (_, j) => proposed(number + i * 20 + j)),
      ),
    );
    await Promise.all(appends);
  }
  await log.close();
};

/** Milliseconds from starting the process to a client's first answer. */
const startTime = async (folder: string): Promise<number> => {
  const begun = performance.now();
  const node = await startEmbeddedNode(folder);
  await node.client.appendToStream('started', event(0));
  const took = performance.now() - begun;
  await stopServer(node);
  return took;
};

const dir = await mkdtemp(join(tmpdir(), 'bench-embedded-'));
const node = await startEmbeddedNode(dir);
const storageOff = await startServer('./embedded-servers.js', 'storage-off');
const readyMade = await startServer('./embedded-servers.js', 'ready-made', String(READS));
try {
  // Compiled code and opened connections are no part of what is measured.
  for (const { client } of [node, storageOff]) await appendRate(client, 64, WARM_UP);

  // The ratio of one round is off by a quarter either way, so the goal takes many. It comes first: the server without
  // storage keeps what it is sent in memory, which would slow it down in the end.
  for (const [concurrent, rounds] of [
    [64, 25],
    [16, ROUNDS],
    [1, 3],
  ] as const) {
    const { a, b, ratio } = await alternate(
      rounds,
      () => appendRate(node.client, concurrent),
      () => appendRate(storageOff.client, concurrent),
    );
    report(
      `append, ${concurrent} at once: durable against storage switched off`,
      `${perSecond(a)} against ${perSecond(b)}`,
      ratio,
      concurrent === 64 ? { atLeast: 0.85 } : undefined,
    );
  }

  const reads = await alternate(
    ROUNDS,
    () => readRate(node.client),
    () => readRate(readyMade.client),
  );
  report(
    `readAll of ${READS.toLocaleString('en')} events against the client's own ceiling (30,000/s will do as well)`,
    `${perSecond(reads.a)} against ${perSecond(reads.b)}`,
    Math.max(reads.ratio, reads.a / 30_000),
    { atLeast: 0.9 },
  );

  const rounds: { acknowledged: number; delivered: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await latencies(node.client));
  report(
    'append to subscriber against append to acknowledgement (p50)',
    `${median(rounds.map(({ delivered }) => delivered)).toFixed(2)} ms against ${median(rounds.map(({ acknowledged }) => acknowledged)).toFixed(2)} ms`,
    median(rounds.map(({ acknowledged, delivered }) => delivered / acknowledged)),
    { atMost: 1.3 },
  );

  const folders = [join(dir, 'million'), join(dir, 'empty')] as const;
  await fill(folders[0], EVENTS);
  const starts = await alternate(
    ROUNDS,
    () => startTime(folders[0]),
    () => startTime(folders[1]),
  );
  report(
    `start with ${EVENTS.toLocaleString('en')} events, in ms over 2,000 ms`,
    `${Math.round(starts.a)} ms; ${Math.round(starts.b)} ms without events, ${starts.ratio.toFixed(2)} times`,
    starts.a / 2_000,
    { atMost: 1 },
  );
} finally {
  await Promise.all([node, storageOff, readyMade].map(stopServer));
  await rm(dir, { recursive: true, force: true });
}
