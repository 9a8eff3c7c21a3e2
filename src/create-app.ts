import helmet from '@fastify/helmet';
import { type DynamicModule, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { DestinationStream } from 'pino';
import { appModule } from './app.module.ts';
import type { Config } from './config/config.ts';
import { prepareDataDir } from './config/data-dir.ts';
import { servePages } from './console/pages.ts';
import { serveDocumentation } from './http/documentation.ts';
import { createAdapter } from './http/fastify.ts';
import { serveFirstPage } from './http/first-page.ts';
import { exposedHeaders } from './http/response-headers.ts';
import { SocketAdapter } from './http/socket-adapter.ts';
import { type EmbeddedNode, embeddedNode } from './ledger/embedded-node.ts';
import { HttpGate } from './second-key/http-gate.ts';
import { SocketGate } from './second-key/socket-gate.ts';
import { createLogger, LOGGER, nestLogger } from './telemetry/logger.ts';
import { Metrics } from './telemetry/metrics.ts';
import { observeRequests } from './telemetry/request-telemetry.ts';

/** How Nest makes an application of a module. */
export type Assemble = (
  module: DynamicModule,
  adapter: FastifyAdapter,
  options: NestApplicationOptions,
) => Promise<NestFastifyApplication>;

const assembleAsShipped: Assemble = (module, adapter, options) => NestFactory.create(module, adapter, options);

/** Answers are data; no page may be made of them, frame them or load anything for them. */
const API_POLICY = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  crossOriginResourcePolicy: { policy: 'same-site' },
  referrerPolicy: { policy: 'no-referrer' },
} as const;

/** Swagger UI: its own scripts, inline styles, pictures as data; nothing from another host. */
const DOCS_POLICY = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
} as const;

export type AppOptions = {
  readonly config: Config;
  /** The embedded node, where the caller has started it; ended with the application. */
  readonly node?: EmbeddedNode | undefined;
  /** Where log lines go; standard output when not given. */
  readonly logTo?: DestinationStream;
  /** False only in tests of the HTTP server alone, which have no ledger to ask what may leave. */
  readonly guarded?: boolean;
  /** For tests and the demo, which put a provider in another's place. Nothing that ships gives one. */
  readonly assemble?: Assemble;
};

/**
 * The application, ready to `listen`. The caller of this function closes it.
 * @throws ConfigError when `DATA_DIR` cannot be used
 */
export const createApp = async ({
  config,
  node = embeddedNode(config),
  logTo,
  guarded = true,
  assemble = assembleAsShipped,
}: AppOptions): Promise<NestFastifyApplication> => {
  await prepareDataDir(config);
  const logger = createLogger(config, logTo);
  const adapter = createAdapter(config);
  const app = await assemble(appModule(config, logger, node), adapter, {
    logger: nestLogger(logger),
    // The adapter has its own parsers; Nest's would add forms, which any foreign page can send.
    bodyParser: false,
    // Errors of the start are the caller's: main prints them and ends the process.
    abortOnError: false,
    forceCloseConnections: false,
    ...(config.http.corsOrigins.length > 0 && { cors: corsFor(config) }),
  });
  app.useWebSocketAdapter(new SocketAdapter(app, config, guarded ? app.get(SocketGate, { strict: false }) : undefined));
  await secure(adapter);
  if (guarded) app.get(HttpGate, { strict: false }).attach(adapter.getInstance());
  observeRequests(adapter.getInstance(), app.get(LOGGER), app.get(Metrics));
  serveFirstPage(adapter.getInstance());
  await servePages(adapter.getInstance());
  serveDocumentation(app, adapter.getInstance());
  return app;
};

const corsFor = ({ http }: Config) => ({
  origin: [...http.corsOrigins],
  // For the cookie of a permitted view, which opens nothing but that view's content. That of a console session counts for no page but the console's own.
  credentials: true,
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
  exposedHeaders: [...exposedHeaders],
  maxAge: 600,
});

const secure = async (adapter: FastifyAdapter): Promise<void> => {
  const server = adapter.getInstance<FastifyInstance>();
  server.addHook('onRoute', (route) => {
    if (/^\/docs(\/|$)/.test(route.url)) route.helmet = DOCS_POLICY;
  });
  await server.register(helmet, API_POLICY);
};
