import type { EventStore } from '../../ledger/event-store.ts';
import { addSeconds, addVerdict, judgedBy, type Mutable, participationOf, Rows, type Taken } from './drafting.ts';
import type { HistoryFile, Verdict } from './history-file.ts';
import { historyColumns, type KeptRow, participationColumns, type RecordingFacts } from './layout.ts';

export type HistoryVerified = {
  readonly rows: number;
  /** One line each: which row, and in what it differs from the log; never what it says. */
  readonly differences: readonly string[];
};

const AT_ONCE = 5_000;
const READ_AT_ONCE = 1_000;
/** More than this and the index is of another ledger: there is no use in going on. */
const MOST_DIFFERENCES = 1_000;
/** Added to a row by later events; compared when all of them are known. */
const LATER: readonly (keyof KeptRow)[] = ['clearedAt', 'flaggedAt', 'severity', 'rule', 'contentReleased'];

type Later = Omit<Verdict, 'n'>;

/**
 * Folds the log itself, from its first event to where the index says it ends, and compares every row. It keeps the verdict on every view in
 * memory, and the size of every recording; nothing is looked up in the index.
 * @param progress hears of every position
 * @throws LedgerUnavailable, HistoryUnusable
 */
export const verifyHistory = async (
  file: HistoryFile,
  store: EventStore,
  progress: (position: bigint) => void = () => {},
): Promise<HistoryVerified> => {
  const differences: string[] = [];
  const recordings = new Map<string, RecordingFacts>();
  const participation = new ParticipationCheck(file);
  const verdicts = new Map<string, Mutable<Later>>();
  const rows = new Rows();
  let expected: KeptRow[] = [];
  let compared = 0;
  const compare = async () => {
    const kept = await file.read<KeptRow>(
      'SELECT * FROM history WHERE "n" >= $1::UBIGINT AND "n" < $2::UBIGINT ORDER BY "n"',
      [BigInt(compared), BigInt(compared + expected.length)],
    );
    const keptBy = new Map(kept.map((row) => [row.n, row]));
    for (const row of expected) differences.push(...differencesOf(row, keptBy.get(row.n)));
    compared += expected.length;
    expected = [];
    if (differences.length > MOST_DIFFERENCES) throw new TooManyDifferences();
  };
  try {
    for await (const event of eventsUpTo(store, file.checkpoint?.commit ?? -1n)) {
      progress('unreadable' in event ? event.at.commit : event.position);
      if (!('unreadable' in event) && event.type === 'RecordingStored') {
        const { recordingId, bytes, durationSeconds } = event.data;
        recordings.set(recordingId, { recordingId, bytes, durationSeconds });
      }
      if (!('unreadable' in event)) await participation.take(participationOf(event));
      for (const row of rows.of(event, compared + expected.length)) {
        addSeconds(row, recordings.get(row.recordingId ?? ''));
        expected.push(row);
        const viewId = judgedBy(row);
        if (row.kind === 'opened' && row.viewId !== undefined) verdicts.set(row.viewId, {});
        const verdict = viewId === undefined ? undefined : verdicts.get(viewId);
        if (verdict) addVerdict(verdict, row);
      }
      if (expected.length >= AT_ONCE) await compare();
    }
    await compare();
    differences.push(...(await participation.end()));
    if (compared !== file.rows) differences.push(`the index has ${file.rows} rows, the log makes ${compared}`);
    for (let from = 0; from < compared; from += AT_ONCE) {
      const opened = await file.read<KeptRow>(
        `SELECT * FROM history WHERE "n" >= $1::UBIGINT AND "n" < $2::UBIGINT AND "kind" = 'opened' ORDER BY "n"`,
        [BigInt(from), BigInt(from + AT_ONCE)],
      );
      for (const row of opened) differences.push(...laterDifferences(verdicts.get(row.viewId ?? '') ?? {}, row));
    }
  } catch (error) {
    if (!(error instanceof TooManyDifferences)) throw error;
  }
  return { rows: compared, differences: differences.slice(0, MOST_DIFFERENCES) };
};

class TooManyDifferences extends Error {}

/** Who takes part, as the index keeps it in the order of the log: an exposure is told apart by it. */
class ParticipationCheck {
  private expected: object[] = [];
  private compared = 0;
  private differs: string[] = [];

  constructor(private readonly file: HistoryFile) {}

  async take(facts: readonly object[]): Promise<void> {
    this.expected.push(...facts);
    if (this.expected.length >= AT_ONCE) await this.compare();
  }

  /** The differences; of a thousand there is no use in more. */
  async end(): Promise<readonly string[]> {
    await this.compare();
    const [count] = await this.file.read<{ kept: number }>('SELECT count(*) AS "kept" FROM participation');
    if (count?.kept !== this.compared)
      this.differs.push(`the index has ${count?.kept} facts of who takes part, the log makes ${this.compared}`);
    return this.differs;
  }

  private async compare(): Promise<void> {
    const kept = await this.file.read<Record<string, unknown>>(
      'SELECT * FROM participation ORDER BY rowid LIMIT $1 OFFSET $2',
      [BigInt(this.expected.length), BigInt(this.compared)],
    );
    for (const [i, fact] of this.expected.entries()) {
      const names = Object.keys(participationColumns);
      const valuesOf = (from: object | undefined) =>
        JSON.stringify(names.map((name) => (from as Record<string, unknown> | undefined)?.[name] ?? null));
      if (valuesOf(fact) !== valuesOf(kept[i]) && this.differs.length < MOST_DIFFERENCES)
        this.differs.push(`who takes part, fact ${this.compared + i}: differs`);
    }
    this.compared += this.expected.length;
    this.expected = [];
  }
}

/**
 * Every event of the ledger from the first to a position, one after the other.
 * @throws an Error where the log ends before: from a part nothing can be concluded
 */
async function* eventsUpTo(store: EventStore, end: bigint): AsyncGenerator<Taken> {
  for (let last = -1n; last < end; ) {
    const page = await store.afterInAll(last < 0n ? undefined : last, READ_AT_ONCE);
    for (const { at, event } of page) {
      if (at > end) return;
      last = at;
      if (event) yield event;
    }
    if (page.length === 0) throw new Error(`the log ends at position ${last}, the index at ${end}: build it anew`);
  }
}

const fields = Object.keys(historyColumns) as (keyof KeptRow)[];

const differencesOf = (expected: KeptRow, kept: KeptRow | undefined): string[] => {
  const place = `row ${expected.n} (${expected.kind}, position ${expected.position})`;
  if (!kept) return [`${place}: missing in the index`];
  const differing = fields.filter(
    (field) => !(expected.kind === 'opened' && LATER.includes(field)) && (expected[field] ?? null) !== kept[field],
  );
  return differing.map((field) => `${place}: ${field} differs`);
};

const laterDifferences = (expected: Later, kept: KeptRow): string[] =>
  LATER.filter((field) => (expected[field as keyof Later] ?? null) !== kept[field]).map(
    (field) => `row ${kept.n} (opened, position ${kept.position}): ${field} differs`,
  );
