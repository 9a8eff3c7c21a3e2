import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { refusalOfDisk } from '../../flow/disk.ts';
import { ExportStoreUnavailable } from '../errors.ts';
import { historyColumns } from '../history/layout.ts';

/** As they are answered: without what the index keeps for itself. */
const { n: _n, transferId: _t, clearedAt: _c, flaggedAt: _f, sealedRecipient: _s, ...columns } = historyColumns;
const answeredColumns = { ...columns, viewerRoles: 'VARCHAR[]', recordingIds: 'VARCHAR[]', verdictThen: 'VARCHAR' };

const STALE_MS = 86_400_000;

/**
 * A Parquet file of rows in NDJSON. DuckDB writes Parquet to files alone: an instance of its own, in memory, which can reach the one folder
 * that is made for this and nothing else; neither the folder nor the instance outlives the call.
 * @param dir where the folder is made
 * @throws ExportStoreUnavailable where the disk refuses
 */
export async function* parquetOf(
  lines: AsyncIterable<string>,
  { dir, memoryMb, signal }: { readonly dir: string; readonly memoryMb: number; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  let folder: string | undefined;
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    folder = await mkdtemp(join(dir, 'parquet-'));
    const [rows, file] = [join(folder, 'rows.ndjson'), join(folder, 'rows.parquet')];
    await pipeline(Readable.from(lines), createWriteStream(rows, { mode: 0o600 }), { signal });
    await convert(rows, file, folder, memoryMb, signal);
    yield* createReadStream(file, { signal });
  } catch (error) {
    const refusal = refusalOfDisk(error);
    throw refusal === undefined ? error : new ExportStoreUnavailable(refusal, { cause: error });
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Removes what a process left that died at it. */
export const sweepParquet = async (dir: string, now: number): Promise<void> => {
  for (const name of await readdir(dir).catch(() => [])) {
    const folder = join(dir, name);
    const { mtimeMs } = await stat(folder);
    if (now - mtimeMs > STALE_MS) await rm(folder, { recursive: true, force: true });
  }
};

const convert = async (rows: string, file: string, folder: string, memoryMb: number, signal: AbortSignal) => {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    ...{ memory_limit: `${memoryMb}MiB`, threads: '1' },
    ...{ autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' },
  });
  try {
    const connection = await instance.connect();
    const interrupt = () => connection.interrupt();
    signal.addEventListener('abort', interrupt);
    try {
      await connection.run(`SET allowed_directories = [${quoted(folder)}]`);
      await connection.run(`SET temp_directory = ${quoted(join(folder, 'spilled'))}`);
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      const typed = Object.entries(answeredColumns).map(([name, type]) => `${quoted(name)}: '${type}'`);
      await connection.run(
        `COPY (SELECT * FROM read_json(${quoted(rows)}, format = 'newline_delimited', columns = {${typed.join(', ')}}))
         TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd)`,
      );
      signal.throwIfAborted();
    } finally {
      signal.removeEventListener('abort', interrupt);
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
};

/** Paths are this instance's own; no part of one comes from a caller. */
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
