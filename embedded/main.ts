import { type Logger, pino } from 'pino';
import { isCommand, type NodeConfiguration, nodeConfiguration } from './configuration.ts';
import { damageIn } from './log/damage.ts';

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
 * when that process was killed.
 */

// What a start needs is loaded when it is known to be needed: a word that is wrong is answered at once.

const LAST_WORDS_MS = 500;

/** sysexits.h: the files are damaged, another format's or another store's, and starting again changes nothing about it. */
const EXIT_DATA = 65;

const run = async (configuration: NodeConfiguration, logger: Logger): Promise<void> => {
  const { dir, port, host, maxAppendSize, rememberIds } = configuration;
  const { startNode } = await import('./server.ts');
  const node = await startNode({
    dir,
    port,
    host,
    logger,
    rememberIds,
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
  }
  const { connectionString, credentialsFile } = node;
  const ready = { ready: true, port: node.port, pid: process.pid, connectionString, credentialsFile };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
};

const exitWith = (error: unknown, logger: Logger): never => {
  const damage = damageIn(error);
  logger.fatal({ err: error }, damage ?? (error instanceof Error ? error.message : String(error)));
  process.exit(damage === undefined ? 1 : EXIT_DATA);
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
