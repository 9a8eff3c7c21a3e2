import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { EventLog } from '../embedded/log/event-log.ts';
import { type LedgerEvent, patientStreams, viewerStreams } from '../events/categories.ts';
import { rowsOf } from '../projections/history.ts';
import { csv } from '../src/compliance/history/formats.ts';
import { HistoryIndex } from '../src/compliance/history/history-index.ts';
import { type AnsweredRow, type HistoryQuestion, HistoryQuestions } from '../src/compliance/history/questions.ts';
import { EventStore } from '../src/ledger/event-store.ts';
import { LiveFeed } from '../src/ledger/live-feed.ts';
import { anonymousMb } from './bench-app.ts';
import { median, perSecond, quantile, report } from './rounds.ts';
import { startEmbeddedNode, stopServer } from './server-process.ts';
import { NO_SLOWER, viewsWith } from './views.ts';

/*
 * The index of the access history: how fast it is built and asked, how far it is behind, and what it costs the views.
 *
 *   npm run bench -- history [--rows 1000000] [--only build,ask,csv,lag,views]
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    only: { type: 'string', default: 'build,ask,csv,lag,views' },
  },
});
const ROWS = Number(values.rows);
const parts = values.only.split(',');

const PATIENTS = 20_000;
const VIEWERS = 1_000;
const AT_ONCE = 1_000;
const QUESTIONS = 200;
const MOMENTS = 1_000;
const LAG_SECONDS = 20;
const EVENTS_PER_SECOND = 500;
const ROUNDS = 7;

const metadata = Buffer.from(
  JSON.stringify({
    actor: { id: 'app-1', roles: ['service'] },
    ...{ $correlationId: randomUUID(), $causationId: randomUUID(), requestId: randomUUID() },
    ...{ appVersion: '0.1.0', clientRelease: '2.4.1' },
  }),
);
const proposed = ({ type, data }: LedgerEvent) => ({
  id: randomUUID(),
  type,
  contentType: 'application/json' as const,
  data: Buffer.from(JSON.stringify(data)),
  metadata,
});

type Put = { readonly stream: string; readonly event: LedgerEvent };

/** One view: opened, judged and played. A hundredth is flagged. */
const viewed = (number: number): readonly Put[] => {
  const patientId = `pat-${(number * 7_919) % PATIENTS}`;
  const ids = { patientId, consultationId: `con-${patientId}`, recordingId: `rec-${patientId}-${number % 5}` };
  const view = { ...ids, viewId: randomUUID(), viewerId: `doc-${(number * 104_729) % VIEWERS}` };
  const why = { purpose: 'treatment', source: 'mediated' } as const;
  const verdict = { ...view, ...why, viewRevision: 3 };
  const patient = patientStreams.of(patientId);
  return [
    { stream: patient, event: { type: 'RecordingViewed', data: { ...view, ...why, viewerRoles: ['clinician'] } } },
    {
      stream: viewerStreams.of(view.viewerId),
      event:
        number % 100 === 0
          ? {
              type: 'ViewFlagged',
              data: { ...verdict, severity: 'critical', rule: 'viewer-not-participant', released: false },
            }
          : { type: 'ViewCleared', data: verdict },
    },
    {
      stream: patient,
      event: {
        type: 'RecordingPlayed',
        data: { ...view, transferId: randomUUID(), bytesServed: 65_536, ranges: [[0, 65_535]], outcome: 'completed' },
      },
    },
  ];
};

const fill = async (dir: string, rows: number): Promise<void> => {
  const log = await EventLog.open(dir);
  for (let number = 0; number < rows / 3; number += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) => viewed(number + i))
        .flat()
        .map(({ stream, event }) => log.append(stream, 'any', [proposed(event)])),
    );
  await log.close();
};

const dir = await mkdtemp(join(tmpdir(), 'bench-history-'));

async function overOneStore(): Promise<void> {
  await fill(join(dir, 'store'), ROWS);
  const server = await startEmbeddedNode(join(dir, 'store'));
  const store = new EventStore(server.connectionString, 60_000);
  const feed = new LiveFeed(store, () => {});
  await feed.start();
  const options = { dir: join(dir, 'index'), memoryMb: 256 };
  const index = new HistoryIndex(store, feed, options, (event) => {
    if (event.kind === 'unusable' || event.kind === 'lost') console.log(`    ${event.why}`);
  });
  try {
    const readAll = async () => {
      const begun = performance.now();
      let count = 0;
      for await (const { event } of store.raw.readAll({ maxCount: ROWS })) if (event) count += 1;
      return (count / (performance.now() - begun)) * 1_000;
    };
    const read = await readAll();
    const begun = performance.now();
    index.start();
    await index.current(3_600_000);
    const built = (index.rows / (performance.now() - begun)) * 1_000;
    const after = await readAll();
    report(
      `building the index of ${index.rows.toLocaleString('en')} rows, one each event, against readAll`,
      `${perSecond(built)} and ${perSecond((read + after) / 2)}`,
      built / ((read + after) / 2),
      { atLeast: 0.5 },
    );
    const questions = new HistoryQuestions(index.opened());
    if (parts.includes('ask')) {
      await firstPages(questions, Number(index.position));
      await anyMoment(store, questions, Number(index.position));
    }
    if (parts.includes('csv')) await allAsCsv(questions, Number(index.position), index.rows);
    if (parts.includes('lag')) await lag(store, index);
  } finally {
    await index.stop();
    await feed.stop();
    await store.close();
    await stopServer(server);
  }
}

const page = async (questions: HistoryQuestions, question: HistoryQuestion, asOf: number, limit = 50) => {
  const rows: AnsweredRow[] = [];
  for await (const found of questions.rows(question, { asOf, order: 'newest', atOnce: limit })) {
    rows.push(...found);
    if (rows.length >= limit) break;
  }
  return rows;
};

async function firstPages(questions: HistoryQuestions, asOf: number): Promise<void> {
  const asked: Readonly<Record<string, (i: number) => HistoryQuestion>> = {
    patient: (i) => ({ patientId: `pat-${(i * 31) % PATIENTS}` }),
    viewer: (i) => ({ viewerId: `doc-${(i * 31) % VIEWERS}` }),
    recording: (i) => ({ recordingId: `rec-pat-${(i * 31) % PATIENTS}-${i % 5}` }),
    release: () => ({ release: '2.4.1' }),
  };
  for (const [by, question] of Object.entries(asked)) {
    const times: number[] = [];
    for (let i = 0; i < QUESTIONS; i++) {
      const begun = performance.now();
      await page(questions, question(i), asOf);
      times.push(performance.now() - begun);
    }
    const p50 = median(times);
    report(
      `the first 50 rows by ${by}, in ms over 50 ms`,
      `p50 ${p50.toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`,
      p50 / 50,
      { atMost: 1 },
    );
  }
}

/** At random positions, of random patients: the index and a fold of the events must say the same. */
async function anyMoment(store: EventStore, questions: HistoryQuestions, end: number): Promise<void> {
  const byPatient = new Map<string, { position: number; kind: string; viewId: string | undefined }[]>();
  for await (const { event } of store.raw.readAll({ maxCount: ROWS })) {
    if (!event || event.streamId.startsWith('$')) continue;
    for (const { position, kind, viewId, patientId } of rowsOf(store.unreadable.pass(event)))
      if (patientId !== undefined)
        byPatient.set(patientId, [...(byPatient.get(patientId) ?? []), { position: Number(position), kind, viewId }]);
  }
  let wrong = 0;
  for (let i = 0; i < MOMENTS; i++) {
    const asOf = Math.floor(Math.random() * end);
    const patientId = `pat-${Math.floor(Math.random() * PATIENTS)}`;
    const known = (byPatient.get(patientId) ?? []).filter(({ position }) => position <= asOf);
    const of = (viewId: string | undefined, kind: string) =>
      known.some((one) => one.kind === kind && one.viewId === viewId);
    const expected = known.map(({ position, kind, viewId }) => {
      const opened = of(viewId, 'flagged') ? 'flagged' : of(viewId, 'cleared') ? 'cleared' : 'pending';
      const verdict = kind === 'opened' ? opened : kind === 'played' ? undefined : kind;
      return [position, kind, verdict];
    });
    const found = await page(questions, { patientId }, asOf, 10_000);
    const answered = found.map(({ position, kind, verdictThen }) => [position, kind, verdictThen]).reverse();
    if (JSON.stringify(answered) !== JSON.stringify(expected)) wrong += 1;
  }
  report(
    `answers at ${MOMENTS} random positions that differ from a fold of the events`,
    `${wrong} of ${MOMENTS}`,
    wrong,
    { atMost: 0 },
  );
}

async function allAsCsv(questions: HistoryQuestions, asOf: number, rows: number): Promise<void> {
  global.gc?.();
  const before = anonymousMb(process.pid);
  let most = before;
  let [count, bytes] = [0, 0];
  const begun = performance.now();
  for await (const part of questions.rows({}, { asOf, order: 'oldest' })) {
    bytes += Buffer.byteLength(csv.text(part));
    count += part.length;
  }
  const rate = (count / (performance.now() - begun)) * 1_000;
  // Once more: to ask for the memory of a process takes a third as long as to write a part.
  for await (const part of questions.rows({}, { asOf, order: 'oldest' })) {
    csv.text(part);
    most = Math.max(most, anonymousMb(process.pid));
  }
  if (count !== rows) throw new Error(`${count} of ${rows} rows came`);
  report(
    `${rows.toLocaleString('en')} rows as CSV, over 50,000/s`,
    `${perSecond(rate)}, ${Math.round(bytes / 1e6)} MB`,
    rate / 50_000,
    { atLeast: 1 },
  );
  report('memory that it took, in MB over 100 MB', `${most - before} MB`, (most - before) / 100, { atMost: 1 });
}

async function lag(store: EventStore, index: HistoryIndex): Promise<void> {
  const waits: number[] = [];
  const end = performance.now() + LAG_SECONDS * 1_000;
  let number = 10_000_000;
  while (performance.now() < end) {
    const turn = performance.now();
    const puts = Array.from({ length: EVENTS_PER_SECOND / 30 }, () => viewed(number++)).flat();
    for (const { stream, event } of puts) {
      const named = { ...event, id: randomUUID(), metadata: JSON.parse(metadata.toString()) };
      await store.append(stream as never, 'any', [named as never]);
    }
    const acknowledged = performance.now();
    const position = (await store.newestOfLedger()) ?? -1n;
    // Without hurrying it, as `until` would.
    while (index.position < position) await delay(5);
    waits.push(performance.now() - acknowledged);
    await delay(Math.max(0, 100 - (performance.now() - turn)));
  }
  const p99 = quantile(waits, 0.99);
  report(
    `an event in the index after its acknowledgement, at up to ${EVENTS_PER_SECOND} events/s, in s over 1 s`,
    `p50 ${Math.round(median(waits))} ms, p99 ${Math.round(p99)} ms`,
    p99 / 1_000,
    { atMost: 1 },
  );
}

try {
  if (parts.some((part) => part !== 'views')) await overOneStore();
  if (parts.includes('views'))
    await viewsWith('the index', { on: { HISTORY_INDEX: 'on' }, off: { HISTORY_INDEX: 'off' } }, ROUNDS, NO_SLOWER);
} finally {
  await rm(dir, { recursive: true, force: true });
}
