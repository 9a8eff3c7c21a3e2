import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDBClient, eventTypeFilter, jsonEvent } from '@eventstore/db-client';
import autocannon from 'autocannon';
import { io, type Socket } from 'socket.io-client';
import { anonymousMb, type BenchApp, startBenchApp } from './bench-app.ts';
import { alternate, median, quantile, report } from './rounds.ts';
import { type Watchable, watchable } from './watchable.ts';

const ROUNDS = 5;
const CONNECTIONS = 32;
const PATIENTS = 64;
const SECONDS = 3;
const PAUSE_MS = 10;

const load = async (app: BenchApp, requests: autocannon.Request[]): Promise<number> => {
  const result = await autocannon({ url: app.url, connections: CONNECTIONS, duration: SECONDS, requests });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} refused, ${result.errors} failed of ${result.requests.total}`);
  return result.requests.total / result.duration;
};

/** The two events of a view as the official client appends them, one after the other, for so many views at once. */
const appendRaw = async (client: EventStoreDBClient, people: readonly Watchable[]): Promise<number> => {
  const end = performance.now() + SECONDS * 1_000;
  let views = 0;
  const worker = async (first: number) => {
    for (let i = first; performance.now() < end; i += CONNECTIONS) {
      const { patient, ids } = people[i % people.length] as Watchable;
      await client.appendToStream(`raw-${patient}`, viewedEvent(ids));
      await client.appendToStream(`raw-viewer-${patient}`, viewedEvent(ids));
      views += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => worker(i)));
  return views / SECONDS;
};

const viewedEvent = (ids: object) =>
  jsonEvent({
    type: 'BenchViewed',
    data: {
      ...ids,
      viewId: randomUUID(),
      viewerId: 'pat-00000000',
      viewerRoles: ['patient'],
      purpose: 'patient-request',
      source: 'mediated',
      expiresAt: '2036-05-04T09:30:00.000Z',
    },
    metadata: { actor: { id: 'pat-00000000', roles: ['patient'] }, requestId: randomUUID(), appVersion: '0.1.0' },
  });

const viewsOverHttp = async (app: BenchApp, client: EventStoreDBClient, people: readonly Watchable[]) => {
  const requests = people.map(({ token, views }) => ({
    method: 'POST' as const,
    path: views,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ purpose: 'patient-request' }),
  }));
  await load(app, requests);
  const { a, b, ratio } = await alternate(
    ROUNDS,
    () => load(app, requests),
    () => appendRaw(client, people),
  );
  report(
    `a view over HTTP, recorded, judged and permitted, at ${CONNECTIONS} connections, against the same two events appended by the official client`,
    `${Math.round(a)} views/s and ${Math.round(b)} pairs of appends/s`,
    ratio,
    { atLeast: 0.5 },
  );
};

const alerts = async (app: BenchApp, client: EventStoreDBClient, service: string, people: readonly Watchable[]) => {
  const socket: Socket = io(`${app.url}/on-call`, {
    auth: { token: await app.token('desk', 'on-call') },
    transports: ['websocket'],
  });
  await new Promise<void>((resolve, reject) =>
    socket.once('breach.open', () => resolve()).once('connect_error', reject),
  );
  const own: number[] = [];
  const sinceRecorded: number[] = [];
  const raw: number[] = [];
  const subscription = client.subscribeToAll({
    fromPosition: 'end',
    filter: eventTypeFilter({ prefixes: ['BenchViewed'] }),
  });
  await new Promise<void>((resolve) => subscription.once('caughtUp', resolve));
  const once = 40;
  const ours = async () => {
    const times: number[] = [];
    for (let i = 0; i < once; i++) {
      const { views } = people[i % people.length] as Watchable;
      // What the last alert leaves to do (its verdict, the note that somebody was told) is no part of this one.
      do await delay(PAUSE_MS);
      while ((await app.acknowledged()).length > 0);
      const flagged = new Promise<{ at: number; viewedAt: string }>((resolve) =>
        socket.once('breach.flagged', ({ viewedAt }: { viewedAt: string }) => resolve({ at: now(), viewedAt })),
      );
      await app.post(views, service, { purpose: 'operations', viewerId: 'stranger' });
      const { at, viewedAt } = await flagged;
      // The first append after the question is the view's.
      times.push(at - ((await app.acknowledged())[0] ?? Number.NaN));
      sinceRecorded.push(at - Date.parse(viewedAt));
    }
    own.push(...times);
    return median(times);
  };
  const official = async () => {
    const times: number[] = [];
    for (let i = 0; i < once; i++) {
      const { patient, ids } = people[i % people.length] as Watchable;
      await delay(PAUSE_MS);
      const appending = now();
      const delivered = new Promise<number>((resolve) => subscription.once('data', () => resolve(now() - appending)));
      await client.appendToStream(`raw-${patient}`, viewedEvent(ids));
      times.push(await delivered);
    }
    raw.push(...times);
    return median(times);
  };
  await ours();
  await official();
  const { a, b, ratio } = await alternate(ROUNDS, ours, official);
  report(
    'from a view’s acknowledgement to breach.flagged on a socket, against append to delivery at the official client',
    `p50 ${a.toFixed(2)} ms (p99 ${quantile(own, 0.99).toFixed(1)} ms) and ${b.toFixed(2)} ms (p99 ${quantile(raw, 0.99).toFixed(1)} ms), ${own.length} each\n      ` +
      `since the view’s record time, which is whole milliseconds and before its commit: p50 ${median(sinceRecorded).toFixed(2)} ms, ${(median(sinceRecorded) / median(raw)).toFixed(2)} times`,
    ratio,
    { atMost: 2 },
  );
  socket.disconnect();
  await subscription.unsubscribe();
};

/** Wall time with fractions, to compare with a record time. */
const now = () => performance.timeOrigin + performance.now();

const myConsultations = async (app: BenchApp) => {
  const patient = `pat-${randomUUID().slice(0, 8)}`;
  const token = await app.token(patient, 'patient');
  for (let i = 0; i < 20; i++)
    await app.post(`/v1/patients/${patient}/consultations`, token, {
      clinicianId: `doc-${i}`,
      scheduledStart: `2036-06-${String(i + 1).padStart(2, '0')}T09:00:00Z`,
      scheduledEnd: `2036-06-${String(i + 1).padStart(2, '0')}T09:30:00Z`,
      medium: 'video',
    });
  const get = (path: string) => [{ method: 'GET' as const, path, headers: { authorization: `Bearer ${token}` } }];
  const list = get('/v1/me/consultations');
  const empty = get('/bench/empty');
  await load(app, list);
  await load(app, empty);
  const { a, b, ratio } = await alternate(
    ROUNDS,
    () => load(app, list),
    () => load(app, empty),
  );
  report(
    'GET /v1/me/consultations with 20 consultations, warm, against an empty authenticated route',
    `${Math.round(a)}/s and ${Math.round(b)}/s`,
    ratio,
    { atLeast: 0.25 },
  );
};

const memory = async (app: BenchApp, client: EventStoreDBClient) => {
  const total = 200_000;
  const metadata = {
    actor: { id: 'bench', roles: ['service'] },
    $correlationId: 'bench',
    $causationId: 'bench',
    requestId: 'bench',
    appVersion: '0.1.0',
  };
  const perAppend = 20;
  const worker = async (first: number) => {
    for (let i = first; i < total / perAppend; i += CONNECTIONS) {
      const patientId = `mem-${i % 4_000}`;
      const events = Array.from({ length: perAppend }, (_, n) =>
        jsonEvent({
          type: 'ConsultationJoined',
          data: { patientId, consultationId: `con-${n}`, personId: patientId, mediaSessionId: `room-${i}` },
          metadata,
        }),
      );
      await client.appendToStream(`patient-${patientId}`, events);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => worker(i)));
  await caughtUp(app);
  const [own, node] = [anonymousMb(app.process.pid as number), anonymousMb(app.nodePid())];
  report(`the application’s anonymous memory after ${total} events, in MB over 200 MB`, `${own} MB`, own / 200, {
    atMost: 1,
  });
  report(`the node’s, in MB over 150 MB`, `${node} MB`, node / 150, { atMost: 1 });
};

/** Waits until the application has read what was appended past it: until then its views are refused, as they should be. */
const caughtUp = async (app: BenchApp) => {
  const video = await readFile('test/recordings/media/consultation.webm');
  const { views, token } = await watchable(app, await app.token('video-service', 'service'), video);
  const until = performance.now() + 60_000;
  for (;;) {
    try {
      await app.post(views, token, { purpose: 'patient-request' });
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
};

const video = await readFile('test/recordings/media/consultation.webm');
const app = await startBenchApp();
const client = EventStoreDBClient.connectionString(app.connectionString);
try {
  const service = await app.token('video-service', 'service');
  const people: Watchable[] = [];
  for (let i = 0; i < PATIENTS; i++) people.push(await watchable(app, service, video));
  console.log(`medians of ${ROUNDS} alternating rounds\n`);
  // Memory first: what the others leave on the heap is not what the events take.
  const parts = {
    memory: () => memory(app, client),
    views: () => viewsOverHttp(app, client, people),
    alerts: () => alerts(app, client, service, people),
    list: () => myConsultations(app),
  };
  const wanted = process.argv.slice(2);
  for (const [name, run] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await run();
} finally {
  await client.dispose();
  await app.stop();
}
