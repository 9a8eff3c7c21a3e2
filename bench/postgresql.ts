import { execFileSync, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const DEBIAN = '/usr/lib/postgresql';
const START_MS = 20_000;

export type Postgresql = {
  readonly connection: pg.PoolConfig;
  /** Stops the server and removes its files. */
  stop(): Promise<void>;
};

/** No PostgreSQL to measure with; the message says how to get one. */
export class PostgresqlMissing extends Error {
  constructor() {
    super(
      `There is no PostgreSQL under ${DEBIAN}. On Debian: apt-get install --no-install-recommends postgresql (no server of it needs to run).`,
    );
  }
}

/**
 * Starts a PostgreSQL of this process's own in a folder, reached through a socket in there and by nobody else. Settings
 * are those that initdb leaves. PostgreSQL refuses to run as root, so root starts it as the user `postgres`.
 *
 * It ends, and its files go, with this process, however that ends: a shell beside it waits for the end of its standard
 * input.
 * @param connections the most that a pool on `connection` opens
 * @throws PostgresqlMissing; Error with the end of the server's log when it doesn't start
 */
export const startPostgresql = async (folder: string, connections: number): Promise<Postgresql> => {
  const bin = binaries();
  const owner = unprivileged();
  await mkdir(folder, { mode: 0o700 });
  if (owner !== undefined) {
    await chmod(join(folder, '..'), 0o711);
    await chown(folder, owner.uid, owner.gid);
  }
  const data = join(folder, 'data');
  const asOwner: SpawnOptions = { cwd: folder, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' }, ...owner };
  const made = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'bench', '--auth=trust'], {
    ...asOwner,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);

  const logFile = join(folder, 'log');
  const log = await open(logFile, 'w');
  const supervisor = spawn(
    '/bin/sh',
    [
      '-c',
      '"$1" -D "$2/data" -k "$2" -c listen_addresses= & server=$!; cat; kill -INT $server; wait $server; rm -rf "$2/data"',
      'sh',
      join(bin, 'postgres'),
      folder,
    ],
    { ...asOwner, detached: true, stdio: ['pipe', log.fd, log.fd] },
  );
  await log.close();
  const stop = async () => {
    if (supervisor.exitCode !== null) return;
    const exited = once(supervisor, 'exit');
    supervisor.stdin?.end();
    await exited;
  };
  const connection = { host: folder, user: 'bench', database: 'postgres', max: connections };
  try {
    await answering(connection);
  } catch (error) {
    await stop();
    throw new Error(`PostgreSQL did not start: ${(await readFile(logFile, 'utf8')).slice(-1_000)}`, { cause: error });
  }
  return { connection, stop };
};

/** The newest version's. */
const binaries = (): string => {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).filter((name) => /^\d+$/.test(name)) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN, version, 'bin'))[0];
  if (newest === undefined || !existsSync(join(newest, 'initdb'))) throw new PostgresqlMissing();
  return newest;
};

const unprivileged = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
};

const answering = async (connection: pg.PoolConfig): Promise<void> => {
  const until = performance.now() + START_MS;
  for (;;) {
    const client = new pg.Client(connection);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(100);
    }
  }
};
