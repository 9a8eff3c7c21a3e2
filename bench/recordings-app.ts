import { fork } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once, setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EventStoreDBClient } from '@eventstore/db-client';
import { anonymousMb, type BenchApp, type Held, held, startBenchApp } from './bench-app.ts';
import { alternate, median, quantile, report } from './rounds.ts';
import { viewsWith } from './views.ts';

/*
 * What a recording's way through the application costs, over HTTP and with everything on: against the bare store behind HTTP (files;
 * the store itself is measured without HTTP in recordings.ts), with many players at once, under both keys, and when the first one fails.
 */
const MIB = 2 ** 20;
const GIB = 2 ** 30;
const ROUNDS = 9;
const VIEW_ROUNDS = 5;
/** Half an hour at 1.2 Mbit/s. What an upload costs however small it is (two appends, a synced file) weighs as it does in use. */
const SIZE = 256 * MIB;
const LARGE = 2 * GIB;
const PLAYERS = 200;
const PLAYER_SECONDS = 8;
const FOUR_MBIT = 500_000;
const VIEWS = 200;
const LEAKS = 15;
const CROWD = 50;

const agent = new Agent({ keepAlive: false });

/** An EBML header that says WebM, then noise. */
const head = Buffer.from(
  '1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104428581021853806701ffffffffffffff',
  'hex',
);
const noise = Buffer.alloc(64 * 1024);
for (let at = 0; at < noise.length; at += 1) noise[at] = (at * 251 + (at >> 7)) % 256;
const first = Buffer.from(noise);
head.copy(first);

const body = (bytes: number): Readable =>
  Readable.from(
    (function* () {
      yield first;
      for (let at = first.length; at < bytes; at += noise.length)
        yield noise.subarray(0, Math.min(noise.length, bytes - at));
    })(),
    { objectMode: false, highWaterMark: MIB },
  );

/** Once for each size: it is the sender's work, not what is measured. */
const digests = new Map<number, string>();
const digestOf = async (bytes: number): Promise<string> => {
  const known = digests.get(bytes);
  if (known) return known;
  const hash = createHash('sha256');
  await pipeline(body(bytes), hash);
  const digest = `sha-256=:${hash.digest('base64')}:`;
  digests.set(bytes, digest);
  return digest;
};

const ask = async (
  url: URL,
  { method, headers = {}, bytes }: { method: string; headers?: Record<string, string>; bytes?: number },
): Promise<IncomingMessage> => {
  const length =
    bytes === undefined
      ? {}
      : { 'content-length': bytes, 'content-type': 'video/webm', 'content-digest': await digestOf(bytes) };
  const asked = request(url, { method, headers: { ...headers, ...length }, agent });
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
  asked.on('error', () => undefined); // After the head of the answer its reader is told.
  if (bytes === undefined) asked.end();
  else await pipeline(body(bytes), asked);
  return (await answered)[0];
};

const text = async (answer: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

const upload = async (url: URL, headers?: Record<string, string>, bytes = SIZE): Promise<string> => {
  const answer = await ask(url, { method: 'POST', bytes, ...(headers && { headers }) });
  const said = await text(answer);
  if (answer.statusCode !== 201) throw new Error(`upload: ${answer.statusCode} ${said}`);
  return said;
};

const rate = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return SIZE / MIB / ((performance.now() - from) / 1_000);
};

/** Reads at `bytesPerSecond` (as fast as it can without) until it ends or `until` aborts; gives how much came (status 0: no answer). */
const play = async (
  url: URL,
  token: string,
  { bytesPerSecond, until }: { bytesPerSecond?: number; until?: AbortSignal } = {},
): Promise<{ status: number; received: number }> => {
  let [status, received] = [0, 0];
  try {
    const answer = await ask(url, { method: 'GET', headers: { authorization: `Bearer ${token}` } });
    status = answer.statusCode ?? 0;
    const from = performance.now();
    until?.addEventListener('abort', () => answer.destroy(), { once: true });
    for await (const chunk of answer) {
      if (status === 200) received += (chunk as Buffer).length;
      if (bytesPerSecond === undefined) continue;
      const ahead = (received / bytesPerSecond) * 1_000 - (performance.now() - from);
      if (ahead > 0) await delay(ahead);
    }
  } catch {
    // Cut, also before the head of the answer, or given up: what came is what counts.
  }
  return { status, received };
};

const recordedBy = async ({ uploads }: Held, service: string, bytes = SIZE): Promise<string> =>
  (JSON.parse(await upload(uploads, { authorization: `Bearer ${service}` }, bytes)) as { recordingId: string })
    .recordingId;

const viewed = async (app: BenchApp, { path }: Held, recordingId: string, token: string): Promise<URL> => {
  const view = { purpose: 'patient-request' };
  const { contentUrl } = await app.post<{ contentUrl: string }>(`${path}/recordings/${recordingId}/views`, token, view);
  return new URL(contentUrl, app.url);
};

/** What is asked for, as a share of the bare store: sealing costs more than hashing, and nothing is hashed on the way out then. */
const GOALS = {
  clear: { upload: 0.7, download: 0.7, how: 'whole and hashed' },
  sealed: { upload: 0.65, download: 0.6, how: 'whole, sealed' },
} as const;

const throughput = async (app: BenchApp, service: string, kind: keyof typeof GOALS = 'clear'): Promise<void> => {
  const goals = GOALS[kind];
  const folder = await mkdtemp(join(tmpdir(), 'bench-bare-'));
  const bare = fork(fileURLToPath(new URL('./bare-server.js', import.meta.url)), [folder]);
  try {
    const [{ port }] = (await once(bare, 'message')) as [{ port: number }];
    const server = `http://127.0.0.1:${port}/`;
    const scene = await held(app, service);
    let recordingId = await recordedBy(scene, service);
    let key = await upload(new URL(server));

    const up = await alternate(
      ROUNDS,
      () => rate(async () => (recordingId = await recordedBy(scene, service))),
      () => rate(async () => (key = await upload(new URL(server)))),
    );
    const figures = ({ a, b }: { a: number; b: number }) =>
      `${a.toFixed(0)} MiB/s, the bare store ${b.toFixed(0)} MiB/s`;
    report(`upload through the application, ${kind}`, figures(up), up.ratio, { atLeast: goals.upload });

    const content = await viewed(app, scene, recordingId, scene.token);
    const down = await alternate(
      ROUNDS,
      () => rate(() => whole(play(content, scene.token))),
      () => rate(() => whole(play(new URL(server + key), ''))),
    );
    report(`download through the application, ${goals.how}`, figures(down), down.ratio, { atLeast: goals.download });
  } finally {
    bare.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
};

const whole = async (playing: Promise<{ received: number }>): Promise<void> => {
  const { received } = await playing;
  if (received !== SIZE) throw new Error(`${received} of ${SIZE} bytes came`);
};

/** One upload of 2 GiB, and what the application's memory grows by at its most. */
const largeUpload = async (app: BenchApp, service: string): Promise<void> => {
  const scene = await held(app, service);
  await recordedBy(scene, service, MIB);
  const { before, peak } = await memoryWhile(app, async () => void (await recordedBy(scene, service, LARGE)));
  report(
    `an upload of ${LARGE / GIB} GiB, growth in MB`,
    `${before} MB before, ${peak} MB at most; MB more:`,
    peak - before,
    { atMost: 100 },
  );
};

const manyPlayers = async (app: BenchApp, service: string): Promise<void> => {
  const scene = await held(app, service);
  const recordingId = await recordedBy(scene, service);
  const content = await viewed(app, scene, recordingId, scene.token);
  const until = AbortSignal.timeout(PLAYER_SECONDS * 1_000);
  setMaxListeners(PLAYERS, until);
  let played: Awaited<ReturnType<typeof play>>[] = [];
  const { before, peak } = await memoryWhile(app, async () => {
    const playing = () => play(content, scene.token, { bytesPerSecond: FOUR_MBIT, until });
    played = await Promise.all(Array.from({ length: PLAYERS }, playing));
  });
  const refused = played.filter(({ status }) => status !== 200).length;
  if (refused > 0) throw new Error(`${refused} of ${PLAYERS} players were refused`);
  const perPlayer = (peak - before) / PLAYERS;
  report(
    `${PLAYERS} players at once, at 4 Mbit/s, of one ${SIZE / MIB} MiB recording`,
    `${before} MB before, ${peak} MB at most; ${(median(played.map(({ received }) => received)) / MIB).toFixed(1)} MiB a player in ${PLAYER_SECONDS} s; MB a player:`,
    perPlayer,
    { atMost: 1 },
  );
};

/** The application's own memory in MB, before and at its highest during the work. */
const memoryWhile = async (app: BenchApp, work: () => Promise<void>): Promise<{ before: number; peak: number }> => {
  const pid = app.process.pid as number;
  const before = anonymousMb(pid);
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, anonymousMb(pid));
  }, 100);
  await work().finally(() => clearInterval(sampling));
  return { before, peak };
};

const secondKey = async (twoKeys: BenchApp, service: string): Promise<void> => {
  const oneKey = await startBenchApp({ RELEASE_MODE: 'policy' });
  try {
    const serviceThere = await oneKey.token('video-service', 'service');
    const [a, b] = [await held(twoKeys, service), await held(oneKey, serviceThere)];
    const recordings = [await recordedBy(a, service, MIB), await recordedBy(b, serviceThere, MIB)] as const;
    const times: { both: number[]; one: number[] } = { both: [], one: [] };
    const timed = async (into: number[], work: () => Promise<unknown>) => {
      const from = performance.now();
      await work();
      into.push(performance.now() - from);
    };
    for (let n = 0; n < VIEWS; n += 1) {
      await timed(times.both, () => viewed(twoKeys, a, recordings[0], a.token));
      await timed(times.one, () => viewed(oneKey, b, recordings[1], b.token));
    }
    const at = (share: number) => [quantile(times.both, share), quantile(times.one, share)] as const;
    for (const [name, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      const [both, one] = at(share);
      console.log(
        `      the second key, ${name}: ${(both - one).toFixed(1)} ms more (${both.toFixed(1)} ms with it, ${one.toFixed(1)} ms on the policy alone)`,
      );
    }
    console.log();
  } finally {
    await oneKey.stop();
  }
};

/**
 * RELEASE_MODE=policy with a first key that lets everybody in: what leaves until the monitor's verdict cuts it. One stranger after the
 * other, and fifty at once as in 2020, when verdicts wait for each other.
 */
const leaks = async (): Promise<void> => {
  const app = await startBenchApp({ RELEASE_MODE: 'policy', BENCH_FIRST_KEY_BROKEN: '1' });
  const ledger = EventStoreDBClient.connectionString(app.connectionString);
  try {
    const service = await app.token('video-service', 'service');
    const scene = await held(app, service);
    const recordingId = await recordedBy(scene, service);
    const leak = async (pace: Pace): Promise<Leak> => {
      const stranger = await app.token(`stranger-${randomUUID().slice(0, 8)}`, 'patient');
      const content = await viewed(app, scene, recordingId, stranger);
      const { status, received } = await play(content, stranger, pace);
      if (received === SIZE) throw new Error('a flagged view was sent whole');
      return { received, left: status === 403 ? 0 : await recordedBytes(ledger, scene.patient, content) };
    };
    for (const [who, pace] of [
      ['as fast as it can', {}],
      ['at 4 Mbit/s', { bytesPerSecond: FOUR_MBIT }],
    ] as const) {
      const single: Leak[] = [];
      for (let n = 0; n < LEAKS; n += 1) single.push(await leak(pace));
      tell(`read ${who}, one after the other`, single);
      tell(`read ${who}, ${CROWD} at once`, await Promise.all(Array.from({ length: CROWD }, () => leak(pace))));
    }
  } finally {
    await ledger.dispose();
    await app.stop();
  }
};

type Pace = { readonly bytesPerSecond?: number };
/** In bytes: handed to the connection, and arrived. */
type Leak = { readonly left: number; readonly received: number };

const tell = (how: string, leaks: readonly Leak[]): void => {
  const some = leaks.filter(({ left }) => left > 0);
  const span = (values: readonly number[]) =>
    `${(median(values) / MIB).toFixed(2)} MiB (at most ${(Math.max(...values) / MIB).toFixed(2)})`;
  const rest = some.length
    ? `; the others: ${span(some.map(({ left }) => left))} left, ${span(some.map(({ received }) => received))} reached the player`
    : '';
  console.log(
    `      flagged views in policy mode, ${how}: ${leaks.length - some.length} of ${leaks.length} cut before the first byte${rest}\n`,
  );
};

/** What the application itself recorded as served under a view: what it handed to the connection. */
const recordedBytes = async (ledger: EventStoreDBClient, patient: string, content: URL): Promise<number> => {
  const viewId = content.pathname.split('/').at(-2);
  for (let wait = 0; wait < 200; wait += 1) {
    let served: number | undefined;
    // To its end: a read that is left early keeps the client from being disposed of.
    for await (const { event } of ledger.readStream(`patient-${patient}`, {
      direction: 'backwards',
      fromRevision: 'end',
      maxCount: 4 * CROWD,
    })) {
      const data = event?.data as { viewId?: string; bytesServed?: number } | undefined;
      if (event?.type === 'RecordingPlayed' && data?.viewId === viewId) served = data?.bytesServed;
    }
    if (served !== undefined) return served;
    await delay(25);
  }
  throw new Error(`nothing was recorded as played under view ${viewId}`);
};

const parts = { throughput, large: largeUpload, players: manyPlayers, 'second-key': secondKey };
const only = process.argv[2];
if (!['leaks', 'sealed', 'keys', 'pseudonyms'].includes(only ?? '')) {
  const app = await startBenchApp({ RELEASE_TIMEOUT_MS: '20000' });
  try {
    const service = await app.token('video-service', 'service');
    for (const [name, part] of Object.entries(parts)) if ((only ?? name) === name) await part(app, service);
  } finally {
    await app.stop();
  }
}
if ((only ?? 'sealed') === 'sealed') {
  const app = await startBenchApp({ RELEASE_TIMEOUT_MS: '20000', KEYS_KMS: 'file' });
  try {
    await throughput(app, await app.token('video-service', 'service'), 'sealed');
  } finally {
    await app.stop();
  }
}
// Each event has a salt, sealed under the key of the person it is about.
if ((only ?? 'keys') === 'keys') await viewsWith('keys', { on: { KEYS_KMS: 'file' }, off: {} }, VIEW_ROUNDS);
// Each id of a request and of an answer is looked up, by both keys.
if ((only ?? 'pseudonyms') === 'pseudonyms') {
  const off = { KEYS_KMS: 'file' };
  const on = { ...off, PATIENT_ID_MODE: 'pseudonym', PATIENT_ID_SECRET: 'a secret of ids for the bench alone' };
  await viewsWith('pseudonyms', { on, off }, VIEW_ROUNDS);
}
if ((only ?? 'leaks') === 'leaks') await leaks();
