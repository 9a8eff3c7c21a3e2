import { createHash } from 'node:crypto';
import { type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import { io, type Socket } from 'socket.io-client';
import { type BenchApp, held, startBenchApp } from './bench-app.ts';
import { quantile } from './rounds.ts';

/*
 * What one caller can do to everybody else. Somebody else's list and view are asked for all the while, a few times a second, and how long
 * they wait is the measure; each abuse begins when the one before is over.
 */
const SECONDS = 6;
const ASK_EVERY_MS = 40;
const ACKNOWLEDGEMENTS = 1_000;
const UPLOADS = 3_000;
const HANDSHAKES = 2_000;
const IDLE_SOCKETS = 2_000;
const CALLERS = 64;

type Row = {
  readonly abuse: string;
  readonly outcome: string;
  readonly waits: readonly number[];
  readonly failed: number;
};

/** Asks as one patient and then another, so that nobody is over their own limit. */
class Others {
  private next = 0;

  constructor(
    private readonly app: BenchApp,
    private readonly people: readonly { readonly token: string; readonly path: string }[],
  ) {}

  /** How long each answer took while the work ran, and for as long as it lasts at least. */
  async during(abuse: string, work: () => Promise<string>): Promise<Row> {
    const waits: number[] = [];
    let [failed, going] = [0, true];
    const ask = async () => {
      const { token, path } = this.people[this.next++ % this.people.length] as { token: string; path: string };
      const began = performance.now();
      const answer = await fetch(new URL(this.next % 2 ? '/v1/me/consultations' : path, this.app.url), {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(30_000),
      }).catch(() => undefined);
      await answer?.arrayBuffer().catch(() => undefined);
      waits.push(performance.now() - began);
      if (answer?.status !== 200) failed += 1;
    };
    const asking = (async () => {
      const asked: Promise<void>[] = [];
      for (; going; await delay(ASK_EVERY_MS)) asked.push(ask());
      await Promise.all(asked);
    })();
    const [outcome] = await Promise.all([work(), delay(SECONDS * 1_000)]);
    going = false;
    await asking;
    return { abuse, outcome, waits, failed };
  }
}

const opened = (app: BenchApp, namespace: string, token: string | undefined): Socket =>
  io(new URL(namespace, app.url).href, {
    ...{ transports: ['websocket'], reconnection: false, forceNew: true },
    ...(token !== undefined && { auth: { token } }),
  });

/** An open incident: a service reports that a stranger watched. */
const incident = async (app: BenchApp): Promise<string> => {
  const service = await app.token('video-service', 'service');
  const { path, uploads } = await held(app, service);
  const body = Buffer.alloc(10_000, 7);
  const digest = createHash('sha256').update(body).digest('base64');
  const stored = await fetch(uploads, {
    ...{ method: 'POST', body },
    headers: {
      authorization: `Bearer ${service}`,
      'content-type': 'video/webm',
      'content-digest': `sha-256=:${digest}:`,
    },
  });
  const { recordingId } = (await stored.json()) as { recordingId: string };
  const seen = { purpose: 'treatment', viewerId: 'a-stranger' };
  const { viewId } = await app.post<{ viewId: string }>(`${path}/recordings/${recordingId}/views`, service, seen);
  return viewId;
};

/** One screen acknowledges the same incident a thousand times in one breath. */
const acknowledgements = async (app: BenchApp): Promise<string> => {
  const breachId = await incident(app);
  const socket = opened(app, '/on-call', await app.token('oncall-burst', 'on-call'));
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  const answers = Array.from(
    { length: ACKNOWLEDGEMENTS },
    () =>
      new Promise<string>((resolve) => {
        socket.timeout(20_000).emit('acknowledge', { breachId }, (late: unknown, answer?: { code?: string }) => {
          resolve(late ? 'unanswered' : (answer?.code ?? 'ok'));
        });
      }),
  );
  const told = counted(await Promise.all(answers));
  socket.disconnect();
  return told;
};

/** One token begins uploads and never goes on with any. */
const halfOpenUploads = async (app: BenchApp): Promise<string> => {
  const token = await app.token('video-service', 'service');
  const { uploads } = await held(app, token);
  const statuses: string[] = [];
  const begun: ClientRequest[] = [];
  for (let i = 0; i < UPLOADS; i++) {
    const upload = request(uploads, {
      ...{ method: 'POST', agent: false },
      headers: {
        ...{ authorization: `Bearer ${token}`, 'content-type': 'video/webm', 'content-length': 1_000_000 },
        'content-digest': `sha-256=:${Buffer.alloc(32).toString('base64')}:`,
      },
    });
    upload.on('error', () => undefined);
    upload.once('response', (response) => {
      statuses.push(String(response.statusCode));
      response.resume();
    });
    upload.write(Buffer.alloc(1_000));
    begun.push(upload);
    if (i % 100 === 0) await delay(5);
  }
  await delay(SECONDS * 1_000);
  const kept = begun.filter(({ destroyed }) => !destroyed).length - statuses.length;
  for (const upload of begun) upload.destroy();
  return `${kept} stay open; ${counted(statuses)}`;
};

/** Handshakes with a token that is none. */
const badHandshakes = async (app: BenchApp): Promise<string> => {
  const outcomes: string[] = [];
  for (let left = HANDSHAKES; left > 0; left -= 50)
    outcomes.push(
      ...(await Promise.all(
        Array.from({ length: 50 }, async () => {
          const socket = opened(app, '/me', 'not.a.token');
          const refused = await new Promise<string>((resolve) => {
            socket.once('connect', () => resolve('let in'));
            socket.once('connect_error', (error) =>
              resolve((error as { data?: { code?: string } }).data?.code ?? 'refused'),
            );
          });
          socket.disconnect();
          return refused;
        }),
      )),
    );
  return counted(outcomes);
};

/** Connections that are there and ask for nothing. */
const idleConnections = async (app: BenchApp): Promise<string> => {
  const { hostname, port } = new URL(app.url);
  let open = 0;
  const sockets = Array.from({ length: IDLE_SOCKETS }, () => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.once('connect', () => {
      open += 1;
      socket.write(
        `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
    });
    socket.once('close', () => {
      open -= 1;
    });
    socket.resume();
    return socket;
  });
  await delay(2 * SECONDS * 1_000);
  const kept = open;
  for (const socket of sockets) socket.destroy();
  return `${kept} of ${IDLE_SOCKETS} still open after ${2 * SECONDS} s`;
};

/** One person asks as fast as it goes. */
const flood = async (app: BenchApp): Promise<string> => {
  const token = await app.token('pat-flood', 'patient');
  const {
    '2xx': served,
    non2xx,
    errors,
  } = await autocannon({
    ...{ url: app.url, connections: CALLERS, duration: SECONDS },
    requests: [{ path: '/v1/me/consultations', headers: { authorization: `Bearer ${token}` } }],
  });
  return `${served} served, ${non2xx} refused, ${errors} failed`;
};

const counted = (outcomes: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ') || 'no answers';
};

const run = async (): Promise<void> => {
  // As it is shipped: the limits are what is measured.
  const app = await startBenchApp({
    LOG_LEVEL: 'fatal',
    RATE_LIMIT_PER_MINUTE: '600',
    RATE_LIMIT_SERVICE_PER_MINUTE: '60000',
  });
  try {
    const service = await app.token('setup-service', 'service');
    const people = await Promise.all(Array.from({ length: 16 }, () => held(app, service)));
    const others = new Others(app, people);
    await others.during('warm-up', async () => '');
    const abuses: readonly (readonly [string, () => Promise<string>])[] = [
      ['nothing', async () => ''],
      [`${ACKNOWLEDGEMENTS} acknowledgements on one socket`, () => acknowledgements(app)],
      [`${UPLOADS} half-open uploads by one token`, () => halfOpenUploads(app)],
      [`${HANDSHAKES} handshakes with a bad token`, () => badHandshakes(app)],
      [`${IDLE_SOCKETS} idle connections`, () => idleConnections(app)],
      [`one person with ${CALLERS} calls at once`, () => flood(app)],
      ['nothing any more', async () => ''],
    ];
    const rows: Row[] = [];
    for (const [abuse, work] of abuses) rows.push(await others.during(abuse, work));
    const ms = (waits: readonly number[], share: number) => `${quantile(waits, share).toFixed(1)} ms`;
    console.log(
      '| Abuse | What became of it | Others: p50 | p99 | longest | failed |\n| --- | --- | --: | --: | --: | --: |',
    );
    for (const { abuse, outcome, waits, failed } of rows) {
      const longest = `${Math.max(...waits).toFixed(0)} ms`;
      console.log(`| ${[abuse, outcome, ms(waits, 0.5), ms(waits, 0.99), longest, failed].join(' | ')} |`);
    }
  } finally {
    await app.stop();
  }
};

await run();
