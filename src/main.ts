import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { type Config, ConfigError, readConfig } from './config/config.ts';
import { endAfter } from './flow/watchdog.ts';
import type { EmbeddedNode } from './ledger/embedded-node.ts';
import { StoreDamaged, StoreFolderUnusable } from './ledger/errors.ts';
import type { EventStore } from './ledger/event-store.ts';
import { LOGGER } from './telemetry/logger.ts';

/** sysexits.h: a supervisor need not start it again before the configuration was changed. */
const EXIT_CONFIG = 78;
/** sysexits.h: nor before an operator has checked the embedded store's files, and put back those that are damaged. */
const EXIT_DATA = 65;
/** Of a shutdown that did not come to its end. Every event that was acknowledged is in the ledger all the same. */
const EXIT_LATE = 75;
/** After requests had their time: for closing the ledger and the embedded node. */
const TEARDOWN_MS = 5_000;
/** And for this process to end itself, before another one ends it. */
const LAST_WORDS_MS = 1_000;

/** Whatever this process and the node that it starts make is for this user alone. */
process.umask(0o077);

const run = async (): Promise<void> => {
  const config = readConfig();
  // Most of a start is loading: a setting that is wrong is told before, and the node starts while the application is loaded.
  const { prepareDataDir } = await import('./config/data-dir.ts');
  const { embeddedNode } = await import('./ledger/embedded-node.ts');
  await prepareDataDir(config);
  const node = embeddedNode(config);
  const [{ createApp }, { EventStore }] = await Promise.all([
    import('./create-app.ts'),
    import('./ledger/event-store.ts'),
    // Where it does not start, that is the whole story.
    node?.start(),
  ]);
  const app = await createApp({ config, node });
  const logger = app.get<Logger>(LOGGER);
  stopOnSignal(app, node, config, logger);
  exitOnUnexpectedError(logger, app.get(EventStore));
  await listen(app, config);
  const url = await app.getUrl();
  for (const { before, now } of config.outdated) logger.warn(`${before} is called ${now} now: rename it`);
  logger.info({ url, docs: `${url}/docs`, keys: config.tokens.issuer ? 'issuer' : 'development' }, 'listening');
  if (!config.tokens.issuer) welcome(url);
};

/** A port that is taken is the commonest failure of a start; the embedded node, started before it, must not stay behind. */
const listen = async (app: NestFastifyApplication, { http }: Config): Promise<void> => {
  try {
    await app.listen(http.port, http.host);
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new ConfigError([
      { setting: 'PORT', message: `${http.port} is taken on ${http.host}; stop what listens there or set another` },
    ]);
  }
};

/** Only with development keys, where a person is looking; with an issuer there is nothing but the log. */
const welcome = (url: string): void => {
  const dataDir = process.env.DATA_DIR ? `DATA_DIR=${process.env.DATA_DIR} ` : '';
  process.stdout.write(`
Consultation Ledger
  console ${url}/console
  docs    ${url}/docs
  token   ${dataDir}npm run -s token -- --sub pat-1 --role patient

`);
};

/**
 * Nest closes in this order: readiness turns 503, the server finishes requests under way, then ledger and node end. Where one of them hangs,
 * the node is killed and the process ends all the same.
 */
const stopOnSignal = (
  app: NestFastifyApplication,
  node: EmbeddedNode | undefined,
  { http }: Config,
  logger: Logger,
): void => {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'shutting down');
    const lateAfterMs = http.shutdownDrainMs + http.shutdownTimeoutMs + TEARDOWN_MS;
    endAfter(lateAfterMs + LAST_WORDS_MS);
    const late = setTimeout(() => {
      node?.kill();
      logger.fatal('the shutdown did not come to an end in time: something in this process hangs');
      process.exit(EXIT_LATE);
    }, lateAfterMs);
    try {
      await app.close();
      logger.info('shut down');
      process.exitCode = 0;
    } catch (error) {
      logger.fatal({ err: error }, 'the shutdown failed');
      process.exitCode = 1;
    } finally {
      clearTimeout(late);
      process.exit();
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
};

/** After an unexpected error the process state is unknown; exit and let the supervisor restart. The ledger holds every acknowledged event. */
const exitOnUnexpectedError = (logger: Logger, store: EventStore): void => {
  const exit = (error: unknown): void => {
    if (store.recoversFrom(error)) {
      logger.error({ err: error }, "an error of the store's client");
      return;
    }
    logger.fatal({ err: error }, 'unexpected error');
    process.exit(1);
  };
  process.on('unhandledRejection', exit);
  process.on('uncaughtException', exit);
};

const exitCodeOf = (error: unknown): number => {
  if (error instanceof ConfigError || error instanceof StoreFolderUnusable) return EXIT_CONFIG;
  return error instanceof StoreDamaged ? EXIT_DATA : 1;
};

run().catch((error: unknown) => {
  const code = exitCodeOf(error);
  const isPlain = error instanceof Error && code !== 1;
  process.stderr.write(
    `${isPlain ? error.message : `cannot start: ${error instanceof Error ? error.stack : error}`}\n`,
  );
  process.exit(code);
});
