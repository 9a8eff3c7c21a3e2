import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LedgerEvent } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import { Drafting } from '../../src/compliance/history/drafting.ts';
import { HistoryFile } from '../../src/compliance/history/history-file.ts';

const ids = { patientId: 'pat-1', consultationId: 'con-1', recordingId: 'rec-1' };
const view = (n: number) => ({ ...ids, viewId: `view-${n}`, viewerId: 'doc-1' });
const why = { purpose: 'treatment', source: 'mediated' } as const;
const verdict = (n: number) => ({ ...view(n), ...why, viewRevision: 0 });

const happened: LedgerEvent[] = [
  {
    type: 'RecordingStored',
    data: {
      ...{ ...ids, mediaSessionId: 'room-1', sha256: 'a'.repeat(64), bytes: 1_000, contentType: 'video/webm' },
      durationSeconds: 100,
    },
  },
  { type: 'RecordingViewed', data: { ...view(1), ...why, viewerRoles: ['clinician'] } },
  { type: 'ViewCleared', data: verdict(1) },
  { type: 'RecordingViewed', data: { ...view(2), ...why, viewerRoles: ['clinician'] } },
  {
    type: 'RecordingPlayed',
    data: { ...view(1), transferId: 'transfer-1', bytesServed: 500, ranges: [[0, 499]], outcome: 'completed' },
  },
  { type: 'ViewFlagged', data: { ...verdict(1), severity: 'critical', rule: 'rule-a', released: true } },
  { type: 'ViewFlagged', data: { ...verdict(2), severity: 'review', rule: 'rule-b', released: false } },
  { type: 'ViewFlagged', data: { ...verdict(1), severity: 'review', rule: 'rule-c', released: false } },
];
const events = happened.map(
  (event, n) =>
    ({
      ...event,
      ...{ id: `event-${n}`, stream: 'patient-pat-1', revision: n, position: BigInt((n + 1) * 10) },
      recordedAt: '2026-05-04T09:00:00.000Z',
      metadata: {
        ...{ actor: { id: 'app', roles: ['service'] }, $correlationId: 'c', $causationId: 'c', requestId: 'r' },
        appVersion: '1.0.0',
      },
    }) as Recorded<LedgerEvent>,
);

const dirs: string[] = [];
const files: HistoryFile[] = [];
afterEach(async () => {
  for (const file of files.splice(0)) await file.close();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});
const opened = async () => {
  const dir = mkdtempSync(join(tmpdir(), 'drafting-'));
  dirs.push(dir);
  const file = await HistoryFile.open(dir, { memoryMb: 64 });
  files.push(file);
  return { file, drafting: await Drafting.after(file) };
};
const take = (drafting: Drafting, event: Recorded<LedgerEvent>) =>
  drafting.take(event, { commit: event.position, prepare: event.position });
const rowsIn = (file: HistoryFile) => file.read('SELECT * FROM history ORDER BY "n"');

describe('batches of the access history', () => {
  it('say the same, whether one is drafted while those before it are still written or all are one', async () => {
    const one = await opened();
    for (const event of events) take(one.drafting, event);
    expect(one.drafting.waiting).toBe(events.length);
    await one.file.write(await one.drafting.batch(Promise.resolve()));
    expect(one.drafting.waiting).toBe(0);

    const many = await opened();
    let written: Promise<void> = Promise.resolve();
    let mayWrite: () => void = () => {};
    // The first is of a view and its verdict: the second has another one on it, which is not remembered.
    for (let n = 0; n < events.length; n += 3) {
      for (const event of events.slice(n, n + 3)) take(many.drafting, event);
      const drafted = many.drafting.batch(written);
      // The batch before is written only once this one is being drafted.
      mayWrite();
      const batch = await drafted;
      const before = written;
      const turn = new Promise<void>((resolve) => {
        mayWrite = resolve;
      });
      written = turn.then(() => before).then(() => many.file.write(batch));
    }
    mayWrite();
    await written;

    expect(await rowsIn(many.file)).toEqual(await rowsIn(one.file));
    expect(many.file.checkpoint).toEqual(one.file.checkpoint);
    const [first, second] = await many.file.read<{ clearedAt: number; rule: string }>(
      `SELECT "clearedAt", "rule" FROM history WHERE "kind" = 'opened' ORDER BY "n"`,
    );
    expect([first?.clearedAt, first?.rule, second?.rule]).toEqual([30, 'rule-a', 'rule-b']);
  });

  it('are none where nothing was taken', async () => {
    const { drafting } = await opened();
    await expect(drafting.batch(Promise.resolve())).rejects.toThrow('nothing was taken');
  });
});
