import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { breachStreams, categoryOf, type LedgerEvent, patientStreams, viewerStreams } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import { recorded } from '../../events/gate.ts';
import { type HistoryRow, rowsOf } from '../../projections/history.ts';
import { HistoryInUse } from '../../src/compliance/history/errors.ts';
import { HistoryFile } from '../../src/compliance/history/history-file.ts';
import { HistoryIndex, type HistoryReport } from '../../src/compliance/history/history-index.ts';
import { type AnsweredRow, type HistoryQuestion, HistoryQuestions } from '../../src/compliance/history/questions.ts';
import { verifyHistory } from '../../src/compliance/history/verify.ts';
import { EventStore } from '../../src/ledger/event-store.ts';
import { LiveFeed } from '../../src/ledger/live-feed.ts';
import { eventually } from '../support/eventually.ts';
import { startTestNode, type TestNode } from '../support/node.ts';

const metadata = {
  actor: { id: 'test', roles: ['clinician'] },
  ...{ $correlationId: 'request', $causationId: 'request', requestId: 'request', appVersion: '1.0.0' },
};

let node: TestNode;
let store: EventStore;
let feed: LiveFeed;
const dirs: string[] = [];
const indexes: HistoryIndex[] = [];

beforeEach(async () => {
  node = await startTestNode({ args: ['--remember-ids', '0'] });
  store = new EventStore(node.connectionString);
  feed = new LiveFeed(store, () => {});
  await feed.start();
});
afterEach(async () => {
  await Promise.all(indexes.splice(0).map((index) => index.stop()));
  await feed.stop();
  await store.close();
  await node.stop();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const folder = () => {
  const dir = mkdtempSync(join(tmpdir(), 'history-'));
  dirs.push(dir);
  return dir;
};
const begin = (dir: string) => {
  const reports: HistoryReport[] = [];
  const index = new HistoryIndex(store, feed, { dir, memoryMb: 128 }, (what) => reports.push(what));
  indexes.push(index);
  index.start();
  return { index, reports };
};
const end = async (index: HistoryIndex) => {
  indexes.splice(indexes.indexOf(index), 1);
  await index.stop();
};
const caughtUp = async (index: HistoryIndex) => {
  expect(await index.current(20_000)).toBe(true);
  expect(await index.until((await store.newestOfLedger()) ?? -1n, 20_000)).toBe(true);
};
const put = (event: LedgerEvent, id = randomUUID() as string) =>
  store.append(categoryOf0(event), 'any', [{ ...event, id, metadata } as never]);
const categoryOf0 = (event: LedgerEvent) => {
  const { patientId, viewerId, breachId } = event.data as { patientId: string; viewerId: string; breachId: string };
  return (
    'viewRevision' in event.data && viewerId
      ? viewerStreams.of(viewerId)
      : event.type.startsWith('Breach')
        ? breachStreams.of(breachId)
        : event.type === 'ConsultationsListed'
          ? viewerStreams.of(viewerId)
          : patientStreams.of(patientId)
  ) as never;
};

/** Numbers that are the same in each run. */
const random = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed / 2_147_483_648;
};

/** A few patients, viewed, refused, listed and played at random; some verdicts late, some twice, some never. */
const happenings = (count: number, seed: number): (LedgerEvent & { id: string })[] => {
  const next = random(seed);
  const one = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const events: (LedgerEvent & { id: string })[] = [];
  const unjudged: Extract<LedgerEvent, { type: 'RecordingViewed' }>['data'][] = [];
  const push = (event: LedgerEvent, id = randomUUID() as string) => events.push({ ...event, id });
  for (const patientId of ['pat-1', 'pat-2', 'pat-3'])
    push({
      type: 'RecordingStored',
      data: {
        ...{ patientId, consultationId: `con-of-${patientId}`, recordingId: `rec-of-${patientId}` },
        ...{ mediaSessionId: 'room-1', sha256: 'a'.repeat(64), bytes: 1_000, contentType: 'video/webm' },
        durationSeconds: 100,
      },
    });
  for (let i = 0; i < count; i++) {
    const patientId = one(['pat-1', 'pat-2', 'pat-3']);
    const viewerId = one(['doc-1', 'doc-2', 'doc-3', 'doc-4']);
    const ids = { patientId, consultationId: `con-of-${patientId}`, recordingId: `rec-of-${patientId}` };
    const view = { ...ids, viewId: `view-${seed}-${i}`, viewerId };
    const what = next();
    if (what < 0.4) {
      const data = { ...view, viewerRoles: ['clinician'], purpose: 'treatment', source: 'mediated' } as const;
      push({ type: 'RecordingViewed', data: { ...data, viewerRoles: ['clinician'] } });
      unjudged.push({ ...data, viewerRoles: ['clinician'] });
    } else if (what < 0.7 && unjudged.length > 0) {
      const [judged] = unjudged.splice(Math.floor(next() * unjudged.length), 1);
      if (!judged || next() < 0.1) continue;
      const { viewerRoles: _, ...data } = judged;
      const id = randomUUID();
      const verdict = { ...data, viewRevision: 0 };
      const times = next() < 0.2 ? 2 : 1;
      for (let j = 0; j < times; j++)
        // Twice the same event, with the same id, which no event of the other type has.
        if (next() < 0.5) push({ type: 'ViewCleared', data: verdict }, `${id.slice(0, -1)}c`);
        else
          push(
            {
              type: 'ViewFlagged',
              data: { ...verdict, severity: 'critical', rule: one(['rule-a', 'rule-b']), released: false },
            },
            `${id.slice(0, -1)}${j}`,
          );
    } else if (what < 0.85)
      push({
        type: 'RecordingPlayed',
        data: { ...view, transferId: `transfer-${i}`, bytesServed: 500, ranges: [[0, 499]], outcome: 'completed' },
      });
    else
      push({
        type: 'ConsultationsListed',
        data: {
          viewerId,
          shown: ['pat-1', 'pat-2'].map((shown) => ({
            ...{ patientId: shown, consultationId: `con-of-${shown}`, recordingIds: [`rec-of-${shown}`] },
          })),
          digest: 'b'.repeat(64),
        },
      });
  }
  return events;
};

const all = async (): Promise<Recorded<LedgerEvent>[]> => {
  const events: Recorded<LedgerEvent>[] = [];
  for await (const { event } of store.raw.readAll())
    if (event && categoryOf(event.streamId)) events.push(recorded(event as never));
  return events;
};

/** What is to be answered, worked out from all events again for each question. */
const expectedRows = (events: readonly Recorded<LedgerEvent>[], question: HistoryQuestion, asOf: number) => {
  const told = new Set<string>();
  const known = events.filter(({ position }) => Number(position) <= asOf);
  const verdictOn = (viewId: string | undefined) => {
    const of = (type: string) =>
      known.find((event) => event.type === type && 'viewId' in event.data && event.data.viewId === viewId);
    const flagged = of('ViewFlagged');
    return { flagged: flagged?.data as { rule: string } | undefined, cleared: of('ViewCleared') };
  };
  const rows: { row: HistoryRow; verdict: string | undefined; rule: string | undefined }[] = [];
  for (const event of known) {
    const told0 = rowsOf(event);
    const fact = told0[0]?.transferId ?? event.id;
    if (told.has(fact)) continue;
    told.add(fact);
    for (const row of told0) {
      const { flagged, cleared } = verdictOn(row.viewId);
      const opened = flagged ? 'flagged' : cleared ? 'cleared' : 'pending';
      const verdict = row.kind === 'opened' ? opened : ['cleared', 'flagged'].includes(row.kind) ? row.kind : undefined;
      rows.push({ row, verdict, rule: row.kind === 'opened' ? flagged?.rule : row.rule });
    }
  }
  return rows
    .filter(
      ({ row, verdict }) =>
        (question.patientId === undefined || row.patientId === question.patientId) &&
        (question.viewerId === undefined || row.viewerId === question.viewerId) &&
        (question.recordingId === undefined ||
          row.recordingId === question.recordingId ||
          (row.recordingIds ?? []).includes(question.recordingId)) &&
        (question.kind === undefined || question.kind.includes(row.kind)) &&
        (question.verdict === undefined || verdict === question.verdict),
    )
    .map(({ row, verdict, rule }) => [Number(row.position), row.part, row.kind, verdict, rule]);
};
const shown = ({ position, part, kind, verdictThen, rule }: AnsweredRow) => [position, part, kind, verdictThen, rule];

const asked = async (file: HistoryFile, question: HistoryQuestion, asOf: number, atOnce?: number) => {
  const rows: AnsweredRow[] = [];
  const part = { asOf, order: 'oldest' as const, ...(atOnce !== undefined && { atOnce }) };
  for await (const found of new HistoryQuestions(file).rows(question, part)) rows.push(...found);
  return rows;
};

describe('the index of the access history', () => {
  it('answers every question as of any position as a fold of all events up to there', async () => {
    for (const event of happenings(150, 7)) await put(event, event.id);
    const { index } = begin(folder());
    await caughtUp(index);
    const events = await all();
    const next = random(11);
    const questions: HistoryQuestion[] = [
      {},
      { patientId: 'pat-1' },
      { viewerId: 'doc-2', kind: ['opened', 'played'] },
      { recordingId: 'rec-of-pat-2' },
      { verdict: 'flagged' },
      { verdict: 'pending' },
      { verdict: 'cleared', patientId: 'pat-3' },
    ];
    for (let i = 0; i < 35; i++) {
      const asOf = Number(events[Math.floor(next() * events.length)]?.position ?? 0);
      const question = questions[i % questions.length] as HistoryQuestion;
      const rows = await asked(index.opened(), question, asOf, 1 + Math.floor(next() * 40));
      expect(rows.map(shown)).toEqual(expectedRows(events, question, asOf));
    }
    expect(expectedRows(events, { verdict: 'flagged' }, Number.MAX_SAFE_INTEGER).length).toBeGreaterThan(10);
  });

  it('continues at its checkpoint, and is what it would be if it were built anew', async () => {
    const dir = folder();
    const [first, second, third] = [happenings(60, 1), happenings(60, 2), happenings(60, 3)];
    for (const event of first) await put(event, event.id);
    const before = begin(dir);
    await caughtUp(before.index);
    // Half of it while the index follows, by the live feed.
    for (const event of second) await put(event, event.id);
    await caughtUp(before.index);
    await end(before.index);
    for (const event of [...third, ...second.slice(0, 5)]) await put(event, event.id);

    const { index, reports } = begin(dir);
    await caughtUp(index);

    expect(reports.map(({ kind }) => kind)).not.toContain('building');
    const { index: anew } = begin(folder());
    await caughtUp(anew);
    const rowsOfFile = (file: HistoryFile) => file.read('SELECT * FROM history ORDER BY "n"');
    expect(await rowsOfFile(index.opened())).toEqual(await rowsOfFile(anew.opened()));
    expect(await verifyHistory(index.opened(), store)).toEqual({ rows: index.rows, differences: [] });
  });

  it('is compared with the log row by row', async () => {
    const dir = folder();
    for (const event of happenings(40, 4)) await put(event, event.id);
    const consultation = { patientId: 'pat-1', consultationId: 'con-of-pat-1' };
    const schedule = { scheduledStart: '2026-05-04T09:00:00.000Z', scheduledEnd: '2026-05-04T09:30:00.000Z' };
    await put({
      type: 'ConsultationBooked',
      data: { ...consultation, ...schedule, clinicianId: 'test', medium: 'video' },
    });
    await put({ type: 'ParticipantInvited', data: { ...consultation, personId: 'doc-2', capacity: 'specialist' } });
    const { index } = begin(dir);
    await caughtUp(index);
    expect((await verifyHistory(index.opened(), store)).differences).toEqual([]);
    await end(index);
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(join(dir, 'history.duckdb'));
    const connection = await instance.connect();
    await connection.run(`UPDATE history SET "viewerId" = 'doc-9' WHERE "n" = 3`);
    await connection.run(`UPDATE history SET "clearedAt" = NULL, "flaggedAt" = NULL WHERE "kind" = 'opened'`);
    await connection.run(`DELETE FROM history WHERE "n" = 20`);
    await connection.run(`UPDATE participation SET "hostId" = NULL WHERE "personId" = 'doc-2'`);
    connection.closeSync();
    instance.closeSync();

    const file = await HistoryFile.open(dir, { memoryMb: 128 });
    const { differences } = await verifyHistory(file, store);
    await file.close();

    expect(differences).toContainEqual(expect.stringMatching(/^row 3 .*: viewerId differs$/));
    expect(differences.filter((one) => one.startsWith('who takes part'))).toEqual(['who takes part, fact 2: differs']);
    expect(differences).toContainEqual(expect.stringMatching(/^row 20 .*: missing in the index$/));
    expect(differences).toContainEqual(expect.stringMatching(/opened.*(clearedAt|flaggedAt) differs$/));
  });

  it('is not compared with a log that ends before it', async () => {
    for (const event of happenings(10, 9)) await put(event, event.id);
    const { index } = begin(folder());
    await caughtUp(index);
    const other = await startTestNode();
    const otherStore = new EventStore(other.connectionString);
    try {
      await expect(verifyHistory(index.opened(), otherStore)).rejects.toThrow(/^the log ends at position/);
    } finally {
      await otherStore.close();
      await other.stop();
    }
  });

  it('shows an event that this release cannot read to who asks about its patient', async () => {
    await store.append(patientStreams.of('pat-1'), 'any', [
      { id: randomUUID(), type: 'RecordingTeleported', data: { patientId: 'pat-1' }, metadata } as never,
    ]);
    const { index, reports } = begin(folder());
    await caughtUp(index);
    await eventually(() => index.rows === 1);
    const rows = await asked(index.opened(), { patientId: 'pat-1' }, Number.MAX_SAFE_INTEGER);
    expect(rows).toEqual([expect.objectContaining({ kind: 'unreadable', stream: 'patient-pat-1', revision: 0 })]);
    expect(reports).toContainEqual(expect.objectContaining({ kind: 'unreadable' }));
  });

  it('is built anew where it is damaged, or of another store', async () => {
    const dir = folder();
    for (const event of happenings(10, 5)) await put(event, event.id);
    writeFileSync(join(dir, 'history.duckdb'), 'no database at all'.repeat(1_000));
    const damaged = begin(dir);
    await caughtUp(damaged.index);
    expect(damaged.reports).toContainEqual(expect.objectContaining({ kind: 'building' }));
    await end(damaged.index);

    const other = await startTestNode();
    const otherStore = new EventStore(other.connectionString);
    const otherFeed = new LiveFeed(otherStore, () => {});
    try {
      await otherFeed.start();
      const reports: HistoryReport[] = [];
      const index = new HistoryIndex(otherStore, otherFeed, { dir, memoryMb: 128 }, (what) => reports.push(what));
      index.start();
      expect(await index.current(20_000)).toBe(true);
      expect(index.rows).toBe(0);
      await index.stop();
      expect(reports).toContainEqual({ kind: 'building', why: expect.stringContaining('another store') });
    } finally {
      await otherFeed.stop();
      await otherStore.close();
      await other.stop();
    }
  });

  it('is kept where processes died soon after they opened it, and it does no harm', async () => {
    const dir = folder();
    for (const event of happenings(10, 6)) await put(event, event.id);
    const before = begin(dir);
    await caughtUp(before.index);
    await end(before.index);
    writeFileSync(join(dir, 'deaths'), '3');
    const { index, reports } = begin(dir);
    await caughtUp(index);
    expect(reports.map(({ kind }) => kind)).not.toContain('building');
  });

  it('stops in whatever it is doing', async () => {
    for (const event of happenings(20, 8)) await put(event, event.id);
    const dir = folder();
    for (const pauseTurns of [0, 1, 2, 5, 20, 100]) {
      const { index } = begin(dir);
      for (let turn = 0; turn < pauseTurns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await end(index);
    }
    const { index } = begin(dir);
    await caughtUp(index);
  });
});

describe('the file of the index', () => {
  it('reaches no other file and no network, whatever is asked', async () => {
    const file = await HistoryFile.open(folder(), { memoryMb: 64 });
    try {
      await expect(file.read(`SELECT * FROM read_csv('/etc/passwd')`)).rejects.toThrow('did not answer');
      await expect(file.read(`SELECT * FROM 'https://example.org/x.parquet'`)).rejects.toThrow('did not answer');
    } finally {
      await file.close();
    }
  });

  it('is left alone while another process has it open, and used as soon as that ends', async () => {
    const dir = folder();
    for (const event of happenings(10, 6)) await put(event, event.id);
    const before = begin(dir);
    await caughtUp(before.index);
    const { rows } = before.index;
    await end(before.index);
    const hold = `
      import { DuckDBInstance } from '@duckdb/node-api';
      const instance = await DuckDBInstance.create(process.argv[1]);
      console.log('open');
      process.stdin.on('end', () => process.exit(0)).resume();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', hold, join(dir, 'history.duckdb')]);
    await once(child.stdout, 'data');

    await expect(HistoryFile.open(dir, { memoryMb: 64 })).rejects.toThrow(HistoryInUse);
    const { index, reports } = begin(dir);
    await eventually(() => reports.some(({ kind }) => kind === 'unusable'));
    expect(() => index.opened()).toThrow('another process has the index open');
    const exited = once(child, 'exit');
    child.stdin.end();
    await exited;

    await caughtUp(index);
    expect(index.rows).toBe(rows);
    expect(reports.map(({ kind }) => kind)).not.toContain('building');
  });
});
