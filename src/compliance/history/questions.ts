import type { DuckDBValue } from '@duckdb/node-api';
import type { Purpose, Severity } from '../../../events/values.ts';
import type { HistoryKind, HistoryRow } from '../../../projections/history.ts';
import { exposedWhere } from './entitlement.ts';
import type { HistoryFile } from './history-file.ts';
import { historyColumns, keyColumns, keyOf } from './layout.ts';

/** Which rows are asked for; a field that is missing restricts nothing. */
export type HistoryQuestion = {
  readonly patientId?: string | undefined;
  readonly viewerId?: string | undefined;
  readonly recordingId?: string | undefined;
  readonly consultationId?: string | undefined;
  /** Of the app that asked or of the ledger that served. */
  readonly release?: string | undefined;
  readonly kind?: readonly HistoryKind[] | undefined;
  readonly verdict?: VerdictThen | undefined;
  readonly severity?: Severity | undefined;
  readonly purpose?: Purpose | undefined;
  /** Whether the viewer took part in the consultation then: with it, rows of other kinds than shown, opened and played are none. */
  readonly entitled?: boolean | undefined;
  /** Record times, ISO-8601 UTC; from is inclusive, to is not. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

export type VerdictThen = 'cleared' | 'flagged' | 'pending';
/** `unknown`: the evidence is not believed, or there is none, as for a view in a consultation that the ledger does not know. */
export type VerdictNow = 'cleared' | 'flagged' | 'unknown';
export type HistoryOrder = 'newest' | 'oldest';
/** A row of the log's order: the event's position, and which of its rows. */
export type HistoryPlace = readonly [position: number, part: number];

/** A row as it was known at a position. Fields that do not apply are missing; of an event that cannot be read no actor is known. */
export type AnsweredRow = Omit<HistoryRow, 'position' | 'transferId' | 'actorId' | 'appVersion'> &
  Partial<Pick<HistoryRow, 'actorId' | 'appVersion'>> & {
    readonly position: number;
    readonly verdictThen?: VerdictThen;
    /** By the rules that were asked for. */
    readonly verdictNow?: VerdictNow;
    readonly secondsPlayed?: number;
  };

/** Of the index alone. */
const UNTOLD: ReadonlySet<string> = new Set([
  'n',
  'clearedAt',
  'flaggedAt',
  'transferId',
  ...Object.values(keyColumns),
]);
const TOLD = Object.keys(historyColumns).filter((name) => !UNTOLD.has(name));

/** How many rows are read in one go: as many as DuckDB hands on, and few enough to be let go before the next ones come. */
export const ROWS_AT_ONCE = 2_000;

/** How many parts are read ahead: each takes several turns of the event loop, which the one that writes rows out holds for longer than they take. */
const AHEAD = 3;

/** Values are numbered as they are bound, and never become part of a statement. */
class Bound {
  readonly values: DuckDBValue[] = [];

  of(value: DuckDBValue): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  /** As the column has it: a number of another type is compared as a third one, and no block of the file is passed over. */
  number(value: number, type: 'UBIGINT' | 'UINTEGER'): string {
    return `${this.of(BigInt(value))}::${type}`;
  }
}

/** The verdict on a view as known at a position; verdicts are later than the view. */
const verdictAt = (asOf: string) => `
  CASE "kind"
    WHEN 'cleared' THEN 'cleared'
    WHEN 'flagged' THEN 'flagged'
    WHEN 'opened' THEN CASE WHEN "flaggedAt" <= ${asOf} THEN 'flagged' WHEN "clearedAt" <= ${asOf} THEN 'cleared' ELSE 'pending' END
  END`;
/** Of an opened row: filled by the event that flagged it. */
const knownAt = (asOf: string, column: string) =>
  `CASE WHEN "kind" = 'opened' AND NOT coalesce("flaggedAt" <= ${asOf}, false) THEN NULL ELSE "${column}" END`;

const ofVerdict: ReadonlySet<string> = new Set(['severity', 'rule', 'contentReleased']);

/** A question with the ids that its patient had then. */
type OfPatients = Omit<HistoryQuestion, 'patientId'> & { readonly patientIds?: readonly string[] | undefined };

/** @param asOf gives the bound position; a value that no condition needs must not be bound */
const conditions = (question: OfPatients, asOf: () => string, bound: Bound): string[] => {
  const { patientIds, recordingId, release, kind, verdict, severity, from, to } = question;
  const equal = (['viewerId', 'consultationId'] as const).flatMap((name) => {
    const id = question[name];
    return id === undefined
      ? []
      : [`"${keyColumns[name]}" = ${bound.number(keyOf(id), 'UINTEGER')}`, `"${name}" = ${bound.of(id)}`];
  });
  return [
    ...(patientIds === undefined
      ? []
      : [
          `"${keyColumns.patientId}" IN (${patientIds.map((id) => bound.number(keyOf(id), 'UINTEGER')).join(', ')})`,
          `"patientId" IN (${patientIds.map((id) => bound.of(id)).join(', ')})`,
        ]),
    ...equal,
    ...(question.purpose === undefined ? [] : [`"purpose" = ${bound.of(question.purpose)}`]),
    ...(recordingId === undefined
      ? []
      : [
          `("recordingKey" = ${bound.number(keyOf(recordingId), 'UINTEGER')}
            OR contains("recordingIds", ${bound.of(JSON.stringify(recordingId))}))`,
        ]),
    ...(release === undefined ? [] : [`(${bound.of(release)} IN ("clientRelease", "appVersion"))`]),
    ...(kind === undefined ? [] : [`"kind" IN (${kind.map((one) => bound.of(one)).join(', ')})`]),
    ...(verdict === undefined ? [] : [`${verdictAt(asOf())} = ${bound.of(verdict)}`]),
    ...(severity === undefined ? [] : [`${knownAt(asOf(), 'severity')} = ${bound.of(severity)}`]),
    ...(from === undefined ? [] : [`"at" >= ${bound.of(from)}`]),
    ...(to === undefined ? [] : [`"at" < ${bound.of(to)}`]),
  ];
};

/** The columns of a row that are answered, in the order in which they are read, behind its number. */
const toldAt = (asOf: string): string[] => [
  ...TOLD.map((name) => (ofVerdict.has(name) ? knownAt(asOf, name) : `"${name}"`)),
  verdictAt(asOf),
];
const ANSWERED = [...TOLD, 'verdictThen'];

/** The rows asked for, as `asked`. */
const rowsWhere = ({ entitled }: OfPatients, where: string, asOf: () => string): string =>
  entitled === undefined
    ? `WITH asked AS (SELECT * FROM history WHERE ${where})`
    : `WITH ${exposedWhere(where, asOf())},
         asked AS (SELECT * EXCLUDE ("entitled") FROM exposed WHERE ${entitled ? '' : 'NOT '}"entitled")`;

/** Questions on the index as of a position: later events change no answer. */
export class HistoryQuestions {
  constructor(private readonly file: HistoryFile) {}

  /** The last position before the first event that was recorded after a time; undefined where there is no such event yet. */
  async positionAt(time: string): Promise<number | undefined> {
    const [first] = await this.file.read<{ position: number | null }>(
      'SELECT min("position") AS "position" FROM history WHERE "at" > $1',
      [time],
    );
    const position = first?.position ?? undefined;
    return position === undefined ? undefined : position - 1;
  }

  /** How many rows there are as of a position, and of which patients: what leaves with the whole answer. */
  async extent(asked: HistoryQuestion, asOf: number): Promise<{ rows: number; patientIds: readonly string[] }> {
    const question = await this.ofPatients(asked, asOf);
    const bound = new Bound();
    const end = bound.number(await this.endAt(asOf), 'UBIGINT');
    const where = [
      `"n" < ${end}`,
      ...conditions(question, () => bound.number(asOf, 'UBIGINT'), bound),
      // Rows of another recording with the same key are left out where they are read; here nothing else would.
      ...(question.recordingId === undefined
        ? []
        : [`("recordingId" IS NULL OR "recordingId" = ${bound.of(question.recordingId)})`]),
    ].join(' AND ');
    const counts = await this.file.read<{ patientId: string | null; rows: number }>(
      `${rowsWhere(question, where, () => bound.number(asOf, 'UBIGINT'))}
       SELECT "patientId", count(*) AS "rows" FROM asked GROUP BY "patientId" ORDER BY "patientId"`,
      bound.values,
    );
    return {
      rows: counts.reduce((sum, { rows }) => sum + rows, 0),
      patientIds: counts.flatMap(({ patientId }) => (patientId === null ? [] : [patientId])),
    };
  }

  /**
   * The rows as of a position, in parts of at most `ROWS_AT_ONCE`. Memory is bounded by one part, and the next is read when it is asked for.
   * @param after continues behind this row, in the order asked for
   */
  async *rows(
    asked: HistoryQuestion,
    {
      asOf,
      order,
      after,
      atOnce = ROWS_AT_ONCE,
    }: {
      readonly asOf: number;
      readonly order: HistoryOrder;
      readonly after?: HistoryPlace | undefined;
      readonly atOnce?: number;
    },
  ): AsyncGenerator<readonly AnsweredRow[]> {
    const question = await this.ofPatients(asked, asOf);
    const end = await this.endAt(asOf);
    let [low, high] = [0, end];
    if (after) {
      const behind = await this.numberBehind(after);
      if (order === 'newest') high = Math.min(high, behind - 1);
      else low = behind;
    }
    // Where all rows are asked for, no others than those that are answered are touched; where few are, one look through all of them finds them
    // sooner than two.
    let window = isOfOne(question) ? end : atOnce;
    const under: Promise<Found[]>[] = [];
    /** Of a window that holds more rows than a part, which ones are left is known once the part is. */
    let isLeft = false;
    const begin = (): boolean => {
      if (isLeft || low >= high) return false;
      const [from, to] =
        order === 'newest' ? [Math.max(low, high - window), high] : [low, Math.min(high, low + window)];
      isLeft = to - from > atOnce;
      if (order === 'newest') high = from;
      else low = to;
      const found = this.part(question, { asOf, from, to, order, limit: atOnce });
      // Awaited where it is asked for; a caller that has enough leaves it behind.
      found.catch(() => {});
      under.push(found);
      return true;
    };
    // Ahead of a caller who came back for more: a page has enough with what it is given first.
    let isAhead = false;
    for (;;) {
      if (under.length === 0) begin();
      const found = await under.shift();
      if (!found) return;
      const last = found.at(-1);
      if (isLeft && under.length === 0) {
        isLeft = false;
        if (found.length === atOnce && last) [low, high] = order === 'newest' ? [low, last.n] : [last.n + 1, high];
      }
      // Few of them: to plan and begin each further read costs more than to look through all that is left.
      if (found.length < atOnce / 4) window = end;
      const rows = found.flatMap(({ row }) => (isAbout(row, question) ? [row] : []));
      if (rows.length === 0) continue;
      while (isAhead && under.length < AHEAD && begin());
      yield rows;
      isAhead = true;
    }
  }

  /** A person's history is that of each id that was merged into theirs, as of the position; rows say under which. */
  private async ofPatients({ patientId, ...question }: HistoryQuestion, asOf: number): Promise<OfPatients> {
    if (patientId === undefined) return question;
    const merged = await this.file.read<{ patientId: string }>(
      `SELECT "patientId" FROM participation
       WHERE "personId" = $1 AND "capacity" IN ('merged', 'unmerged') AND "position" <= $2::UBIGINT
       GROUP BY "patientId" HAVING arg_max("capacity", "position") = 'merged' ORDER BY "patientId"`,
      [patientId, BigInt(Math.max(0, asOf))],
    );
    return { ...question, patientIds: [patientId, ...merged.map((one) => one.patientId)] };
  }

  /** How many rows are no later than a position: their numbers are below that. */
  private async endAt(position: number): Promise<number> {
    if (position >= Number(this.file.checkpoint?.commit ?? -1n)) return this.file.rows;
    const [row] = await this.file.read<{ end: number }>(
      'SELECT coalesce(max("n") + 1, 0) AS "end" FROM history WHERE "position" <= $1::UBIGINT',
      [BigInt(Math.max(0, position))],
    );
    return position < 0 ? 0 : (row?.end ?? 0);
  }

  private async numberBehind([position, part]: HistoryPlace): Promise<number> {
    const [row] = await this.file.read<{ behind: number }>(
      `SELECT coalesce(max("n") + 1, 0) AS "behind" FROM history
       WHERE "position" <= $1::UBIGINT AND ("position" < $1::UBIGINT OR "part" <= $2::UINTEGER)`,
      [BigInt(position), BigInt(part)],
    );
    return row?.behind ?? 0;
  }

  private async part(
    question: OfPatients,
    { asOf, from, to, order, limit }: { asOf: number; from: number; to: number; order: HistoryOrder; limit: number },
  ): Promise<Found[]> {
    const bound = new Bound();
    const known = bound.number(asOf, 'UBIGINT');
    const where = [
      `"n" >= ${bound.number(from, 'UBIGINT')}`,
      `"n" < ${bound.number(to, 'UBIGINT')}`,
      ...conditions(question, () => known, bound),
    ];
    const direction = order === 'newest' ? -1 : 1;
    // As many numbers as rows are wanted are put in order here, which costs a tenth of what it costs there.
    const first = to - from <= limit ? '' : `ORDER BY "n" ${direction < 0 ? 'DESC' : 'ASC'} LIMIT ${limit}`;
    const rows = await this.file.lists(
      `${rowsWhere(question, where.join(' AND '), () => known)}
       SELECT "n", ${toldAt(known).join(', ')} FROM asked ${first}`,
      bound.values,
    );
    return rows.map(found).sort((one, other) => (one.n - other.n) * direction);
  }
}

type Found = { readonly n: number; readonly row: AnsweredRow };

/** Whether it is about one person, one consultation or one recording, which have few of all rows. */
const isOfOne = ({ patientId, viewerId, consultationId, recordingId }: HistoryQuestion): boolean =>
  (patientId ?? viewerId ?? consultationId ?? recordingId) !== undefined;

/** Two recordings may share a key. */
const isAbout = ({ recordingId, recordingIds }: AnsweredRow, asked: OfPatients): boolean =>
  asked.recordingId === undefined || recordingId === asked.recordingId || recordingIds !== undefined;

const LISTS: ReadonlySet<string> = new Set(['viewerRoles', 'recordingIds']);
/** How a value becomes a field of a row. */
const FIELDS = ANSWERED.map((name, place) => ({ name, place: place + 1, isList: LISTS.has(name) }));
/** All rows have the same fields in the same order, undefined where they do not apply: objects of one shape are read several times as fast. */
const NOTHING: Record<string, unknown> = Object.fromEntries(ANSWERED.map((name) => [name, undefined]));

const found = (values: readonly unknown[]): Found => {
  const row = { ...NOTHING };
  for (const { name, place, isList } of FIELDS) {
    const value = values[place];
    if (value !== null && value !== '') row[name] = isList ? JSON.parse(value as string) : value;
  }
  return { n: values[0] as number, row: row as AnsweredRow };
};
