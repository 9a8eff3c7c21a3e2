import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import { MonitoringService } from '@eventstore/db-client/generated/monitoring_grpc_pb.js';
import { OperationsService } from '@eventstore/db-client/generated/operations_grpc_pb.js';
import { ProjectionsService } from '@eventstore/db-client/generated/projections_grpc_pb.js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import { UsersService } from '@eventstore/db-client/generated/users_grpc_pb.js';
import { Server, type ServerCredentials } from '@grpc/grpc-js';
import { type Logger, pino } from 'pino';
import { type Access, authority, insecureAccess, type Published } from './access/access.ts';
import { gossipOfOne } from './discovery/gossip.ts';
import { notHere } from './discovery/not-here.ts';
import { serverFeatures } from './discovery/server-features.ts';
import { writeFirstEvents } from './first-events.ts';
import type { DiskWrites } from './log/disk-writes.ts';
import { EventLog } from './log/event-log.ts';
import { PersistentSubscriptions } from './persistent/persistent-subscriptions.ts';
import { persistentSubscriptionsDefinition, persistentSubscriptionsService } from './persistent/service.ts';
import { Streams, streamsDefinition } from './streams/service.ts';
import { coalescedWrites } from './wire/coalesced-writes.ts';

export type NodeOptions = {
  /** Data folder; made when it isn't there. */
  readonly dir: string;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** A loopback address; 127.0.0.1 unless told. */
  readonly host?: string;
  /** Bytes of event data in one append; 1 MiB unless told, as in EventStoreDB. */
  readonly maxAppendSize?: number;
  /** How many ids of events it remembers; all of them, for ever, unless told. See the log's options. */
  readonly rememberIds?: number | undefined;
  /** Hears how long each durable write took. */
  readonly diskWrites?: DiskWrites;
  /** Who may do what; made once the folder is this node's. Open to all callers unless told. */
  readonly access?: (log: EventLog) => Promise<Access>;
  readonly logger?: Logger;
  /** Called when it is unknown whether a commit is stored: nothing more is written, so the process should end. */
  readonly onUncertain?: (error: Error) => void;
  /** A log that is already open, in place of the one in `dir`; it is closed with the node. */
  readonly log?: EventLog;
};

export type RunningNode = Published & {
  readonly port: number;
  /** Takes nothing new, answers what reached the log, closes the files. */
  stop(): Promise<void>;
};

const DEFAULT_MAX_APPEND_SIZE = 1_048_576;
/** EventStoreDB's bound, and what it may at most be told to take in one append. */
const MAX_MESSAGE_BYTES = 16_767_216;
const KEEPALIVE_MS = 10_000;
/** A reader that takes nothing can't be told goodbye; after this long it is cut off. */
const GOODBYE_MS = 2_000;

/**
 * Starts a node on a data folder.
 * @throws DataFolderInUse, DataFolderUnusable, DataFormatRefused; Error when the port is taken
 */
export const startNode = async (options: NodeOptions): Promise<RunningNode> => {
  const host = options.host ?? '127.0.0.1';
  const logger = options.logger ?? pino({ level: 'silent' });
  const log = options.log ?? (await EventLog.open(options.dir, options));
  try {
    const access = options.access === undefined ? insecureAccess() : await options.access(log);
    await writeFirstEvents(log);
    const streams = new Streams({
      log,
      guard: access.guard,
      maxAppendSize: options.maxAppendSize ?? DEFAULT_MAX_APPEND_SIZE,
    });
    const subscriptions = PersistentSubscriptions.open(log, logger);
    const server = new Server({
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': -1,
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_MS,
      interceptors: [...access.interceptors, coalescedWrites],
    });
    let port = options.port ?? 0;
    server.addService(streamsDefinition, streams.handlers);
    server.addService(persistentSubscriptionsDefinition, persistentSubscriptionsService(subscriptions, logger, access));
    addSmallServices(server, () => ({ host, port }));
    port = await bind(server, host, port, access.credentials);
    logger.info({ port, dir: options.dir, lastPosition: String(log.lastPosition) }, 'node ready');
    return {
      port,
      ...access.publish({ host, port }),
      stop: async () => {
        const quiet = closed(server);
        streams.shutDown();
        await subscriptions.close();
        await log.close();
        await quiet;
        logger.info('node stopped');
      },
    };
  } catch (error) {
    await log.close();
    throw error;
  }
};

const addSmallServices = (server: Server, endpoint: () => { host: string; port: number }): void => {
  const absent = [
    [ProjectionsService, 'it runs no projections.'],
    [UsersService, 'its users are set in its data folder.'],
    [OperationsService, 'it is operated through its process and its command line.'],
    [MonitoringService, 'it keeps no statistics.'],
  ] as const;
  for (const [definition, reason] of absent) server.addService(definition, notHere(definition, reason));
  server.addService(GossipService, gossipOfOne(endpoint));
  server.addService(
    ServerFeaturesService,
    serverFeatures([
      streamsDefinition,
      persistentSubscriptionsDefinition,
      GossipService,
      ...absent.map(([definition]) => definition),
    ]),
  );
};

const bind = (server: Server, host: string, port: number, credentials: ServerCredentials): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(authority({ host, port }), credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });

/** Takes no new calls, and resolves once the ones there are have ended or have been cut off. */
const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const cutOff = setTimeout(() => {
      server.forceShutdown();
      // Not waited for: a TLS connection whose client was killed while it was written to doesn't close (Node 20).
      resolve();
    }, GOODBYE_MS);
    server.tryShutdown(() => {
      clearTimeout(cutOff);
      resolve();
    });
  });
