import { type Logger, pino } from 'pino';
import { isCommand, type NodeConfiguration, nodeConfiguration } from './configuration.ts';
import { damageIn } from './log/damage.ts';
import { DiskWrites, type SlowWrite, WRITE_BOUNDS } from './log/disk-writes.ts';

/*
 * The embedded node as a process.
 *
 *   node main.js --dir <folder> [--port <n>] [--host <loopback>] [--insecure] [--parent] [--max-append-size <bytes>]
 *                [--remember-ids <n>]
 *   node main.js verify --dir <folder>
 *   node main.js compact --dir <folder>
 *   node main.js backup --dir <folder> <file>
 *   node main.js restore --dir <folder> <file>
 *
 * The node is closed to others (access/closed-access.ts) unless --insecure is given. Standard output carries one JSON
 * line when it is ready, without any password; standard error carries JSON log lines. SIGTERM and SIGINT stop
 * it cleanly; with --parent the end of standard input does too, so the node dies with the process that started it, even
 * when that process was killed. That process is also told, in further lines on standard output, how long the disk took.
 */

// What a start needs is loaded when it is known to be needed: a word that is wrong is answered at once.

const LAST_WORDS_MS = 500;

/** A parent that is suspended reads nothing: its pipe takes some 200 lines, twenty minutes, before it would make the node wait. */
const MEASURED_EVERY_MS = 5_000;

/** sysexits.h: the files are damaged, another format's or another store's, and starting again changes nothing about it. */
const EXIT_DATA = 65;
/** And the folder cannot be used: another node has it, or this user may not. */
const EXIT_CONFIG = 78;
const UNUSABLE = new Set<unknown>(['data-folder-in-use', 'data-folder-unusable']);

const run = async (configuration: NodeConfiguration, logger: Logger): Promise<void> => {
  const { dir, port, host, maxAppendSize, rememberIds } = configuration;
  const { startNode } = await import('./server.ts');
  const diskWrites = new DiskWrites(tellSlow(dir, logger));
  const node = await startNode({
    dir,
    port,
    host,
    logger,
    rememberIds,
    diskWrites,
    // Only a restart shows what reached the disk; the supervisor of this process gives it one. Callers are told first.
    onUncertain: (error) => setTimeout(() => exitWith(error, logger), LAST_WORDS_MS),
    ...(configuration.insecure
      ? {}
      : { access: async (log) => (await import('./access/closed-access.ts')).closedAccess(dir, log) }),
    ...(maxAppendSize === undefined ? {} : { maxAppendSize }),
  });
  let stopping = false;
  const stop = (why: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ why }, 'stopping');
    node.stop().then(
      () => process.exit(0),
      (error: unknown) => exitWith(error, logger),
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (configuration.parent) {
    process.stdin.on('end', () => stop('the parent process is gone'));
    process.stdin.on('error', () => stop('the parent process is gone'));
    process.stdin.resume();
    process.stdout.on('error', () => stop('the parent process is gone'));
  }
  const { connectionString, credentialsFile } = node;
  const ready = { ready: true, port: node.port, pid: process.pid, connectionString, credentialsFile };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  if (configuration.parent) tellTimes(diskWrites);
};

/** Tells the parent how long the disk took, whenever there is something new. */
const tellTimes = (diskWrites: DiskWrites): void => {
  let told = '';
  const tell = () => {
    const line = JSON.stringify({ diskWrites: { bounds: WRITE_BOUNDS, ...diskWrites.sums } });
    if (line === told) return;
    told = line;
    process.stdout.write(`${line}\n`);
  };
  setInterval(tell, MEASURED_EVERY_MS).unref();
};

const tellSlow =
  (dir: string, logger: Logger) =>
  ({ write, seconds, others }: SlowWrite): void =>
    logger.warn(
      { dir, write, seconds, others },
      `the disk took ${seconds.toFixed(1)} s to store events in ${dir}: it is slow, and appends wait for it. ` +
        'Find out what else uses it (iostat -x), or move the folder to a faster disk',
    );

const exitWith = (error: unknown, logger: Logger): never => {
  const damage = damageIn(error);
  logger.fatal({ err: error }, damage ?? (error instanceof Error ? error.message : String(error)));
  process.exit(damage === undefined ? (UNUSABLE.has((error as { code?: unknown }).code) ? EXIT_CONFIG : 1) : EXIT_DATA);
};

const logger = pino({ level: process.env.LOG_LEVEL ?? 'info' }, pino.destination({ dest: 2, sync: true }));
// lmdb writes what it meets to the console; here it belongs into the log.
console.error = (...what: unknown[]) => logger.error({ what: what.map(String) }, 'the storage library reports');
// What this process writes is for its user alone.
process.umask(0o077);
const args = process.argv.slice(2);
try {
  if (isCommand(args)) process.exitCode = await (await import('./operate.ts')).operate(args);
  else await run(nodeConfiguration(args, process.env), logger);
} catch (error) {
  exitWith(error, logger);
}
