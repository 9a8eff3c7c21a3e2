import { mkdirSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement, DuckDBValue } from '@duckdb/node-api';
import { z } from 'zod';
import { Deaths, type Trial } from '../../flow/deaths.ts';
import { refusalOfDisk } from '../../flow/disk.ts';
import { InTurn } from '../../flow/in-turn.ts';
import type { Anchor } from '../../ledger/event-store.ts';
import { KeptAnchor, keptAnchor } from '../../ledger/kept-anchor.ts';
import { HistoryHindered, HistoryInUse, HistoryUnavailable, HistoryUnusable } from './errors.ts';
import {
  CREATE,
  FORMAT,
  historyColumns,
  insertInto,
  type KeptRow,
  participationColumns,
  type RecordingFacts,
  recordingColumns,
} from './layout.ts';

/** What later events say of a row that is there already. */
export type Verdict = Pick<KeptRow, 'n' | 'clearedAt' | 'flaggedAt' | 'severity' | 'rule' | 'contentReleased'>;

/** Written together: all or nothing. */
export type HistoryBatch = {
  readonly rows: readonly KeptRow[];
  readonly verdicts: readonly Verdict[];
  readonly recordings: readonly RecordingFacts[];
  /** Positions as numbers, as JSON has them. */
  readonly participation: readonly object[];
  /** Everything up to this event is in the index after it. */
  readonly checkpoint: Anchor;
};

const About = z.object({
  format: z.literal(FORMAT),
  rows: z.int().nonnegative(),
  checkpoint: KeptAnchor,
});

/** A long question holds a thread of the pool that files are read with; these leave some for recordings. */
const READERS = 2;
const WAITING_READS = 100;

const verdictColumns = {
  n: 'UBIGINT',
  clearedAt: 'UBIGINT',
  flaggedAt: 'UBIGINT',
  severity: 'VARCHAR',
  rule: 'VARCHAR',
  contentReleased: 'BOOLEAN',
} as const satisfies Record<keyof Verdict, string>;

/** The first verdict of its kind stands. */
const JUDGE = `
  UPDATE history SET
    "clearedAt" = coalesce(history."clearedAt", v."clearedAt"),
    "flaggedAt" = coalesce(history."flaggedAt", v."flaggedAt"),
    "severity" = CASE WHEN history."flaggedAt" IS NULL THEN v."severity" ELSE history."severity" END,
    "rule" = CASE WHEN history."flaggedAt" IS NULL THEN v."rule" ELSE history."rule" END,
    "contentReleased" = CASE WHEN history."flaggedAt" IS NULL THEN v."contentReleased" ELSE history."contentReleased" END
  FROM (SELECT unnest(from_json($1::VARCHAR, '${JSON.stringify([verdictColumns])}'), recursive := true)) v
  WHERE history."n" = v."n" AND history."n" BETWEEN $2::UBIGINT AND $3::UBIGINT`;

/**
 * The index file. A batch is one durable transaction, so that a process killed at any moment leaves the index as some batch left it, with the
 * checkpoint of that batch. DuckDB checks each block against its checksum; what it refuses is thrown away and built again.
 */
export class HistoryFile {
  private readonly readers: { readonly connection: DuckDBConnection; busy: number }[];
  private readonly turns = new InTurn<DuckDBConnection>(
    WAITING_READS,
    () => new HistoryUnavailable('too many questions at once'),
  );
  private readonly reading = new Set<Promise<unknown>>();
  private readonly prepared = new Map<string, DuckDBPreparedStatement>();
  private closed = false;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly writer: DuckDBConnection,
    readers: readonly DuckDBConnection[],
    private about: z.output<typeof About> | undefined,
  ) {
    this.readers = readers.map((connection) => ({ connection, busy: 0 }));
  }

  /**
   * Opens or makes the index.
   * @param dir of the index alone
   * @throws HistoryUnusable for a file that is damaged or of another format: `discard` it; HistoryHindered while the disk or another process stands in the way
   */
  static async open(dir: string, { memoryMb }: { readonly memoryMb: number }): Promise<HistoryFile> {
    let opened: DuckDBInstance | undefined;
    let deaths: Deaths | undefined;
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const file = join(dir, 'history.duckdb');
      deaths = await Deaths.before(join(dir, 'deaths'), trialOf(file, memoryMb));
      // Loaded when it is needed: it is 70 MB of native code.
      const { DuckDBInstance: Instance } = await import('@duckdb/node-api');
      const instance = await Instance.create(file, {
        memory_limit: `${memoryMb}MiB`,
        threads: '1',
        // Each checkpoint writes the newest rows anew: at DuckDB's own 16 MiB, a third of what the index costs.
        checkpoint_threshold: '64MiB',
        // What a question says is data; should a part of one ever be read as a statement, it reaches no file and no network.
        enable_external_access: 'false',
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      });
      opened = instance;
      await chmod(file, 0o600);
      const writer = await instance.connect();
      const about = await readAbout(writer);
      await writer.run('SET lock_configuration = true');
      const readers = await Promise.all(Array.from({ length: READERS }, () => instance.connect()));
      // From here on a process that dies does so for a reason of its own: what DuckDB reads later it checks against its checksum.
      deaths.survived();
      return new HistoryFile(instance, writer, readers, about);
    } catch (error) {
      opened?.closeSync();
      deaths?.survived();
      throw unusable(error);
    }
  }

  /** Throws away whatever is kept there. */
  static discard(dir: string): void {
    rmSync(dir, { recursive: true, force: true });
  }

  /** How many rows there are. */
  get rows(): number {
    return this.about?.rows ?? 0;
  }

  /** Undefined: nothing was taken in so far. */
  get checkpoint(): Anchor | undefined {
    return this.about?.checkpoint;
  }

  /** One at a time. @throws HistoryUnusable */
  async write({ rows, verdicts, recordings, participation, checkpoint }: HistoryBatch): Promise<void> {
    const about = { format: FORMAT, rows: this.rows + rows.length, checkpoint } as const;
    const insert = async (table: string, columns: Readonly<Record<string, string>>, values: readonly object[]) => {
      if (values.length > 0) await this.run(insertInto(table, columns), [JSON.stringify(values)]);
    };
    try {
      await this.writer.run('BEGIN');
      await insert('recordings', recordingColumns, recordings);
      await insert('participation', participationColumns, participation);
      await insert('history', historyColumns, rows);
      if (verdicts.length > 0) {
        const numbers = verdicts.map(({ n }) => n);
        const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
        await this.run(JUDGE, [JSON.stringify(verdicts), BigInt(least), BigInt(most)]);
      }
      const json = JSON.stringify({ ...about, checkpoint: keptAnchor(checkpoint) });
      await this.run(this.about ? 'UPDATE about SET json = $1::VARCHAR' : 'INSERT INTO about VALUES ($1::VARCHAR)', [
        json,
      ]);
      await this.writer.run('COMMIT');
    } catch (error) {
      await this.writer.run('ROLLBACK').catch(() => undefined);
      throw unusable(error);
    }
    this.about = about;
  }

  /** A statement of each batch: DuckDB plans it once. */
  private async run(statement: string, values: readonly (string | bigint)[]): Promise<void> {
    const prepared = this.prepared.get(statement) ?? (await this.writer.prepare(statement));
    this.prepared.set(statement, prepared);
    prepared.bind([...values]);
    await prepared.run();
  }

  /**
   * The rows that a statement gives, parsed. Its values are bound, never written into it.
   * @param select of a statement that selects
   * @throws HistoryUnavailable, HistoryUnusable
   */
  async read<Row>(select: string, values: readonly DuckDBValue[] = []): Promise<Row[]> {
    return (await this.parsed('to_json(t)', select, values)) as Row[];
  }

  /** The same, of each row its values in the order in which they are selected: most of a row would be names. */
  async lists(select: string, values: readonly DuckDBValue[] = []): Promise<unknown[][]> {
    return (await this.parsed('json_array(*COLUMNS(*))', select, values)) as unknown[][];
  }

  /** All rows leave DuckDB as one text: each value that crosses over costs the event loop more than its part of a text. */
  private async parsed(row: string, select: string, values: readonly DuckDBValue[]): Promise<unknown[]> {
    if (this.closed) throw new HistoryUnavailable('the index is closed');
    // The one with the shortest queue.
    const reader = this.readers.reduce((least, one) => (one.busy < least.busy ? one : least));
    const { connection } = reader;
    reader.busy += 1;
    const read = this.turns.run(connection, async () => {
      const answer = await connection.runAndReadAll(
        `SELECT string_agg(line, ',') FROM (SELECT ${row}::VARCHAR AS line FROM (${select}) t)`,
        [...values],
      );
      return answer.getColumns()[0]?.[0] as string | null | undefined;
    });
    this.reading.add(read);
    try {
      return JSON.parse(`[${(await read) ?? ''}]`) as unknown[];
    } catch (error) {
      throw error instanceof HistoryUnavailable ? error : failed(error);
    } finally {
      reader.busy -= 1;
      this.reading.delete(read);
    }
  }

  /** Waits for questions under way. Nothing may be written meanwhile. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.reading);
    for (const { connection } of this.readers) connection.closeSync();
    for (const prepared of this.prepared.values()) prepared.destroySync();
    this.writer.closeSync();
    this.instance.closeSync();
  }
}

/** Opens a file as this process would: that is where one has died. */
const trialOf = (file: string, memoryMb: number): Trial => ({
  args: [createRequire(import.meta.url).resolve('@duckdb/node-api'), file, `${memoryMb}MiB`],
  script: `
    const [, duckdb, path, memory_limit] = process.argv;
    require(duckdb)
      .DuckDBInstance.create(path, { memory_limit, threads: '1', enable_external_access: 'false' })
      .then((instance) => instance.closeSync());`,
});

const readAbout = async (connection: DuckDBConnection): Promise<z.output<typeof About> | undefined> => {
  const tables = await connection.runAndReadAll('SELECT count(*) FROM duckdb_tables()');
  if (Number(tables.getRows()[0]?.[0]) === 0) {
    await connection.run('BEGIN');
    for (const statement of CREATE) await connection.run(statement);
    await connection.run('COMMIT');
    return undefined;
  }
  const [row] = (await connection.runAndReadAll('SELECT json FROM about')).getRows();
  if (row === undefined) return undefined;
  const about = About.safeParse(JSON.parse(String(row[0])));
  if (!about.success) throw new HistoryUnusable('it is of another format');
  return about.data;
};

/** A question that failed says nothing of the index, unless it met damage. */
const failed = (error: unknown): Error => {
  const why = error instanceof Error ? error.message : String(error);
  return /fatal|corrupt|checksum|invalidated/i.test(why)
    ? new HistoryUnusable(why, { cause: error })
    : new HistoryUnavailable(refusalOfDisk(error) ?? 'the index did not answer', { cause: error });
};

const unusable = (error: unknown): Error => {
  if (error instanceof HistoryUnusable) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/could not set lock/i.test(message)) return new HistoryInUse('another process has the index open');
  const refusal = refusalOfDisk(error);
  return refusal === undefined
    ? new HistoryUnusable(message, { cause: error })
    : new HistoryHindered(refusal, { cause: error });
};
