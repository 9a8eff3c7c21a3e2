import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EventLog } from '../embedded/log/event-log.ts';
import type { BreachEvent } from '../events/breach-events.ts';
import { breachStreams, patientStreams } from '../events/categories.ts';
import type { PatientEvent } from '../events/patient-events.ts';
import { devToken } from '../src/auth/dev-token.ts';
import { readConfig } from '../src/config/config.ts';
import { median, report } from './rounds.ts';

/*
 * How long a start takes, by the length of the log: from spawning the application as shipped, embedded node included, to 200 at
 * /health/ready and to the first list of breaches. The first start of a store builds the board; further starts must not read the log.
 *
 *   npm run bench -- start [--events 1000000,5000000] [--breaches 10000]
 */
const ROUNDS = 5;
const GOAL_MS = 2_000;
const AT_ONCE = 1_000;

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000,5000000' },
    breaches: { type: 'string', default: '10000' },
  },
});
const BREACHES = Number(values.breaches);

const metadata = Buffer.from(
  JSON.stringify({
    actor: { id: 'app-1', roles: ['service'] },
    ...{ $correlationId: randomUUID(), $causationId: randomUUID(), requestId: randomUUID(), appVersion: '0.1.0' },
  }),
);

const proposed = ({ type, data }: PatientEvent | BreachEvent) => ({
  id: randomUUID(),
  type,
  contentType: 'application/json' as const,
  data: Buffer.from(JSON.stringify(data)),
  metadata,
});

/** A hundred patients a turn, ten events each. */
const joined = (number: number): PatientEvent => ({
  type: 'ConsultationJoined',
  data: {
    patientId: `pat-${Math.floor(number / 10)}`,
    ...{ consultationId: `con-${number}`, personId: `doc-${number % 97}`, mediaSessionId: `room-${number}` },
  },
});

const breach = (number: number): BreachEvent[] => {
  const breachId = `breach-${number}`;
  const flagged: BreachEvent = {
    type: 'BreachFlagged',
    data: {
      ...{
        breachId,
        severity: 'critical',
        rule: 'viewer-not-participant',
        appVersion: '0.1.0',
        contentReleased: false,
      },
      ...{ patientId: `pat-${number}`, consultationId: `con-${number}`, recordingId: `rec-${number}` },
      ...{ viewerId: `doc-${number % 97}`, purpose: 'treatment', source: 'mediated', viewRevision: 3 },
    },
  };
  const closed: BreachEvent[] = [
    { type: 'BreachContained', data: { breachId } },
    { type: 'BreachClosed', data: { breachId } },
  ];
  return number % 10 === 0 ? [flagged] : [flagged, ...closed];
};

/** Fills the store of a data folder through the log itself, breaches evenly among the rest. */
const fill = async (dataDir: string, events: number): Promise<void> => {
  const log = await EventLog.open(join(dataDir, 'eventstore'));
  let breaches = 0;
  for (let number = 0; number < events; number += AT_ONCE) {
    const until = Math.floor((BREACHES * (number + AT_ONCE)) / events);
    const flagged = Array.from({ length: Math.max(0, Math.min(until, BREACHES) - breaches) }, (_, i) => breaches + i);
    breaches += flagged.length;
    await Promise.all([
      ...Array.from({ length: AT_ONCE / 10 }, (_, i) => {
        const first = number + i * 10;
        const patient = patientStreams.of(`pat-${first / 10}`);
        return log.append(
          patient,
          'any',
          Array.from({ length: 10 }, (_, j) => proposed(joined(first + j))),
        );
      }),
      ...flagged.map((one) => log.append(breachStreams.of(`breach-${one}`), 'any', breach(one).map(proposed))),
    ]);
  }
  await log.close();
};

type Start = {
  readonly nodeMs: number;
  readonly listeningMs: number;
  readonly readyMs: number;
  readonly listMs: number;
  /** What the board itself took, from its checkpoint to the end of the log. */
  readonly boardMs: number;
};

/** Starts the application, waits until it is ready and lists breaches, and stops it. */
const start = async (dataDir: string, tell: (line: string) => void = () => {}): Promise<Start> => {
  const settings = { NODE_ENV: 'test', PORT: '0', DATA_DIR: dataDir, RATE_LIMIT_PER_MINUTE: '0' };
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', fileURLToPath(new URL('../run/server.js', import.meta.url))],
    {
      env: { PATH: process.env.PATH, ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let nodeMs = Number.NaN;
  let boardMs = Number.NaN;
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the application ended')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('running as process')) nodeMs = performance.now() - begun;
      const after = /is current after (\d+) ms/.exec(line)?.[1];
      if (after) boardMs = Number(after);
      if (line.includes('being built') || line.includes('is current')) tell(String(JSON.parse(line).msg));
      const listening = /"url":"([^"]+)"/.exec(line)?.[1];
      if (listening) resolve(listening);
    });
  });
  const listeningMs = performance.now() - begun;
  const token = await devToken(readConfig(settings), { id: 'oncall-1', roles: ['on-call'] }, 3_600);
  try {
    const readyMs = until(`${url}/health/ready`, {}, begun);
    const listMs = until(`${url}/v1/breaches?status=open&limit=50`, { authorization: `Bearer ${token}` }, begun);
    return { nodeMs, listeningMs, readyMs: await readyMs, listMs: await listMs, boardMs };
  } finally {
    await stop(child);
  }
};

const until = async (url: string, headers: Record<string, string>, begun: number): Promise<number> => {
  for (;;) {
    const response = await fetch(url, { headers });
    await response.arrayBuffer();
    if (response.status === 200) return performance.now() - begun;
    if (response.status !== 503) throw new Error(`${url}: ${response.status}`);
    await delay(10);
  }
};

const stop = async (child: ChildProcess): Promise<void> => {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
};

const shown = ({ nodeMs, listeningMs, readyMs, listMs, boardMs }: Start): string =>
  [
    `store up ${Math.round(nodeMs)} ms`,
    `listening ${Math.round(listeningMs)} ms`,
    `ready ${Math.round(readyMs)} ms`,
    `breaches listed ${Math.round(listMs)} ms`,
    `board ${Math.round(boardMs)} ms`,
  ].join(', ');

const startsOf = async (dataDir: string): Promise<Start> => {
  const starts: Start[] = [];
  for (let round = 0; round < ROUNDS; round++) starts.push(await start(dataDir));
  const of = (figure: keyof Start) => median(starts.map((one) => one[figure]));
  return {
    nodeMs: of('nodeMs'),
    listeningMs: of('listeningMs'),
    readyMs: of('readyMs'),
    listMs: of('listMs'),
    boardMs: of('boardMs'),
  };
};

let shortest: Start | undefined;
for (const events of [20_000, ...values.events.split(',').map(Number)]) {
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-start-'));
  try {
    await start(dataDir);
    await fill(dataDir, events);
    await rm(join(dataDir, 'read-models'), { recursive: true, force: true });
    const count = `${events.toLocaleString('en')} events and ${BREACHES.toLocaleString('en')} breaches`;
    const first = await start(dataDir, (line) => console.log(`    ${line}`));
    console.log(`  ${count}, first start: ${shown(first)}`);
    const again = await startsOf(dataDir);
    console.log(`  ${count}, further starts: ${shown(again)}`);
    shortest ??= again;
    report(
      `${count}: start to ready, in ms over ${GOAL_MS} ms`,
      `${Math.round(again.readyMs)} ms`,
      again.readyMs / GOAL_MS,
      { atMost: 1 },
    );
    report(
      `${count}: list of breaches, in ms over ${GOAL_MS} ms`,
      `${Math.round(again.listMs)} ms`,
      again.listMs / GOAL_MS,
      { atMost: 1 },
    );
    report(
      `${count}: list of breaches against a short log`,
      `${Math.round(again.listMs)} ms against ${Math.round(shortest.listMs)} ms`,
      again.listMs / shortest.listMs,
      { atMost: 1.3 },
    );
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
