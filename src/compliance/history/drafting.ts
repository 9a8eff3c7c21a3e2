import { type LedgerEvent, patientStreams, viewerStreams } from '../../../events/categories.ts';
import type { Recorded } from '../../../events/event.ts';
import { type HistoryRow, participationIn, rowsOf } from '../../../projections/history.ts';
import { latest } from '../../flow/latest.ts';
import type { Position } from '../../ledger/catch-up.ts';
import type { Anchor, Unread } from '../../ledger/event-store.ts';
import { isIntended } from '../../second-key/raw-event.ts';
import type { HistoryBatch, HistoryFile, Verdict } from './history-file.ts';
import { type KeptRow, keyOf, type RecordingFacts } from './layout.ts';

export type Taken = Recorded<LedgerEvent> | Unread;

/** A store with a short memory for ids may hold an event twice: a fact that comes again within so many rows is the same. */
const SAME_WITHIN = 50_000;
const VIEWS_KEPT = 50_000;
const RECORDINGS_KEPT = 50_000;

/** What the file says of the ids of a batch, as JSON in the statement's one value. */
type Read = <Row>(statement: string, ids: readonly string[]) => Promise<Row[]>;

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The rows of one event after the other, without those of a fact that was told. */
export class Rows {
  /** Number of the row that told a fact first: those of late, and those before them, which are let go together. */
  private recent: Map<string, number>;
  private earlier = new Map<string, number>();
  private turnedAt: number;

  constructor(told: Iterable<readonly [fact: string, n: number]> = [], n = 0) {
    this.recent = new Map(told);
    this.turnedAt = n;
  }

  /** @param n of the first of them */
  of(event: Taken, n: number): Mutable<KeptRow>[] {
    if ('unreadable' in event) return [unreadRow(event, n)];
    const rows = rowsOf(event);
    const [first] = rows;
    if (!first || this.isTold(first, n)) return [];
    return rows.map((row, i) => kept(row, n + i));
  }

  private isTold({ eventId, transferId }: HistoryRow, n: number): boolean {
    const fact = transferId ?? eventId;
    const before = this.recent.get(fact) ?? this.earlier.get(fact);
    if (before !== undefined && n - before < SAME_WITHIN) return true;
    if (n - this.turnedAt >= SAME_WITHIN) {
      this.earlier = this.recent;
      this.recent = new Map();
      this.turnedAt = n;
    }
    this.recent.set(fact, n);
    return false;
  }
}

/** So many events are written together at most. */
export const BATCH = 5_000;

/** What some events say, without what earlier ones say of it. */
class Draft {
  events = 0;
  last: Anchor | undefined;
  readonly rows: Mutable<KeptRow>[] = [];
  readonly recordings: RecordingFacts[] = [];
  readonly participation: object[] = [];
}

/** Makes batches of events that come in the order of the log, with what earlier rows must know of them and they of earlier events. A failed one is not used again. */
export class Drafting {
  /** Number of the row of a view, until its verdict. */
  private readonly views = latest<string, number>(VIEWS_KEPT);
  private readonly recordings = latest<string, RecordingFacts>(RECORDINGS_KEPT);
  private readonly drafts: Draft[] = [];
  /** Of the next row. */
  private next: number;

  private constructor(
    private readonly file: HistoryFile,
    private readonly rows: Rows,
  ) {
    this.next = file.rows;
  }

  /** Continues where the file ends. */
  static async after(file: HistoryFile): Promise<Drafting> {
    const recent = await file.read<{ fact: string; n: number }>(
      `SELECT coalesce("transferId", "eventId") AS "fact", min("n") AS "n" FROM history WHERE "n" >= $1::UBIGINT
       GROUP BY "fact" ORDER BY "n"`,
      [BigInt(Math.max(0, file.rows - SAME_WITHIN))],
    );
    return new Drafting(
      file,
      new Rows(
        recent.map(({ fact, n }) => [fact, n] as const),
        file.rows,
      ),
    );
  }

  /** How many events were taken, and are in no batch yet. */
  get waiting(): number {
    return this.drafts.reduce((sum, { events }) => sum + events, 0);
  }

  /** Drafts what an event says as it comes: a batch drafted as a whole would hold up what comes behind it, and its events would be kept for it. */
  take(event: Taken, { commit, prepare }: Position): void {
    const draft = this.open();
    const rows = this.rows.of(event, this.next);
    this.next += rows.length;
    draft.events += 1;
    draft.last = { stream: event.stream, revision: event.revision, id: event.id, commit, prepare };
    draft.rows.push(...rows);
    if ('unreadable' in event) return;
    draft.participation.push(...participationOf(event));
    if (event.type === 'RecordingStored') draft.recordings.push(this.stored(event.data));
  }

  private open(): Draft {
    const newest = this.drafts.at(-1);
    if (newest && newest.events < BATCH) return newest;
    const draft = new Draft();
    this.drafts.push(draft);
    return draft;
  }

  /**
   * The earliest events that were taken, as they are to be written.
   * @param written when every batch before is: rows of them that are not remembered are read from the file only then
   */
  async batch(written: Promise<void>): Promise<HistoryBatch> {
    const { rows, recordings, participation, last } = this.drafts.shift() ?? new Draft();
    if (!last) throw new Error('nothing was taken');
    const read: Read = async (statement, ids) => {
      await written;
      return await this.file.read(statement, [JSON.stringify(ids)]);
    };
    await this.addSeconds(rows, read);
    return { rows, verdicts: await this.judge(rows, read), recordings, participation, checkpoint: last };
  }

  private stored({ recordingId, bytes, durationSeconds }: RecordingFacts): RecordingFacts {
    const facts = { recordingId, bytes, durationSeconds };
    this.recordings.set(recordingId, facts);
    return facts;
  }

  private async addSeconds(rows: readonly Mutable<KeptRow>[], read: Read): Promise<void> {
    const played = rows.filter(({ kind, recordingId }) => kind === 'played' && recordingId !== undefined);
    const missing = [...new Set(played.map(({ recordingId }) => recordingId as string))].filter(
      (recordingId) => !this.recordings.has(recordingId),
    );
    if (missing.length > 0)
      for (const facts of await read<RecordingFacts>(
        'SELECT * FROM recordings WHERE "recordingId" IN (SELECT unnest(from_json($1::VARCHAR, \'["VARCHAR"]\')))',
        missing,
      ))
        this.recordings.set(facts.recordingId, facts);
    for (const row of played) addSeconds(row, this.recordings.get(row.recordingId as string));
  }

  /** Tells each opened row of its verdict: those of this batch at once, earlier ones by the verdicts given back. */
  private async judge(rows: readonly Mutable<KeptRow>[], read: Read): Promise<Verdict[]> {
    const here = new Map<string, Mutable<KeptRow>>();
    const verdictsOn = new Map<string, Mutable<Omit<Verdict, 'n'>>>();
    for (const row of rows) {
      if (row.kind === 'opened' && row.viewId !== undefined) here.set(row.viewId, row);
      const viewId = judgedBy(row);
      if (viewId === undefined) continue;
      const about = here.get(viewId) ?? verdictsOn.get(viewId) ?? {};
      addVerdict(about, row);
      if (!here.has(viewId)) verdictsOn.set(viewId, about);
    }
    for (const [viewId, { n, clearedAt, flaggedAt }] of here)
      if (clearedAt === undefined && flaggedAt === undefined) this.views.set(viewId, n);
    const places = await this.placesOf([...verdictsOn.keys()], read);
    return [...verdictsOn].flatMap(([viewId, verdict]) => {
      const n = places.get(viewId);
      return n === undefined ? [] : [{ n, ...verdict }];
    });
  }

  private async placesOf(viewIds: readonly string[], read: Read): Promise<ReadonlyMap<string, number>> {
    const places = new Map<string, number>();
    const missing = viewIds.filter((viewId) => {
      const n = this.views.get(viewId);
      if (n !== undefined) places.set(viewId, n);
      return n === undefined;
    });
    if (missing.length > 0)
      for (const { viewId, n } of await read<{ viewId: string; n: number }>(
        `SELECT "viewId", "n" FROM history WHERE "kind" = 'opened' AND "viewId" IN (SELECT unnest(from_json($1::VARCHAR, '["VARCHAR"]')))`,
        missing,
      ))
        places.set(viewId, n);
    return places;
  }
}

/** As the second key: who takes part by an event that says something else than the request that led to it, does not. */
export const participationOf = (event: Recorded<LedgerEvent>): readonly object[] =>
  isIntended(event.type, event.data as never, event.metadata.intent)
    ? participationIn(event).map((one) => ({ ...one, position: Number(one.position) }))
    : [];

/** Bytes are all that is known of a transfer; of a recording with an even rate they are its seconds. */
export const addSeconds = (row: Mutable<KeptRow>, recording: RecordingFacts | undefined): void => {
  const { bytes = 0, durationSeconds = null } = recording ?? {};
  if (row.kind !== 'played' || durationSeconds === null || bytes === 0) return;
  row.secondsPlayed = Math.round(((row.bytesServed ?? 0) / bytes) * durationSeconds * 1_000) / 1_000;
};

/** The view that a verdict is on. */
export const judgedBy = ({ kind, viewId, breachId }: KeptRow): string | undefined =>
  kind === 'cleared' ? viewId : kind === 'flagged' ? breachId : undefined;

/** The first of its kind stands. */
export const addVerdict = (
  about: Mutable<Omit<Verdict, 'n'>>,
  { kind, position, severity, rule, contentReleased }: KeptRow,
) => {
  if (kind === 'cleared') {
    about.clearedAt ??= position;
    return;
  }
  if (about.flaggedAt !== undefined) return;
  about.flaggedAt = position;
  if (severity !== undefined) about.severity = severity;
  if (rule !== undefined) about.rule = rule;
  if (contentReleased !== undefined) about.contentReleased = contentReleased;
};

/** Every column by its name, as in `rowsOf`: a spread copy with further fields is kept as a dictionary, which costs tens of microseconds. */
const kept = (row: HistoryRow, n: number): Mutable<KeptRow> => {
  const { viewerRoles, recordingIds, patientId, viewerId, consultationId, recordingId } = row;
  const answer: { [F in keyof Required<KeptRow>]: KeptRow[F] | undefined } = {
    n,
    position: Number(row.position),
    part: row.part,
    at: row.at,
    kind: row.kind,
    viewerId,
    viewerRoles: viewerRoles && JSON.stringify(viewerRoles),
    patientId,
    consultationId,
    recordingId,
    recordingIds: recordingIds && JSON.stringify(recordingIds),
    viewId: row.viewId,
    breachId: row.breachId,
    purpose: row.purpose,
    source: row.source,
    severity: row.severity,
    rule: row.rule,
    reason: row.reason,
    contentReleased: row.contentReleased,
    occurredAt: row.occurredAt,
    bytesServed: row.bytesServed,
    transferId: row.transferId,
    outcome: row.outcome,
    actorId: row.actorId,
    exportId: row.exportId,
    recipient: row.recipient,
    recipientAddress: row.recipientAddress,
    sealedRecipient: row.sealedRecipient,
    clientRelease: row.clientRelease,
    clientId: row.clientId,
    appVersion: row.appVersion,
    eventId: row.eventId,
    stream: row.stream,
    revision: row.revision,
    secondsPlayed: undefined,
    clearedAt: undefined,
    flaggedAt: undefined,
    patientKey: keyOfAny(patientId),
    viewerKey: keyOfAny(viewerId),
    consultationKey: keyOfAny(consultationId),
    recordingKey: keyOfAny(recordingId),
  };
  return answer as Mutable<KeptRow>;
};

const keyOfAny = (id: string | undefined): number | undefined => (id === undefined ? undefined : keyOf(id));

/** What it says is not known; that there is something must not be hidden from who asks about this patient or viewer. */
const unreadRow = ({ id, stream, revision, at, recordedAt }: Unread, n: number): KeptRow => {
  const patientId = patientStreams.idIn(stream);
  const viewerId = viewerStreams.idIn(stream);
  const row: HistoryRow = {
    ...{ position: at.commit, part: 0, at: recordedAt, kind: 'unreadable' },
    ...(patientId !== undefined && { patientId }),
    ...(viewerId !== undefined && { viewerId }),
    ...{ actorId: '', appVersion: '', eventId: id, stream, revision },
  };
  return kept(row, n);
};
