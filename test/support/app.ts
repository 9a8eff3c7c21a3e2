import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Logger } from 'pino';
import { devToken } from '../../src/auth/dev-token.ts';
import { type Config, readConfig } from '../../src/config/config.ts';
import { createApp } from '../../src/create-app.ts';
import type { Role } from '../../src/request/actor.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { hostedStore } from './hosted-stores.ts';
import { watchMessages, watchProblems } from './told.ts';

// The application must not need a store that remembers ids of events: after a restart or a change of leader EventStoreDB knows none.
process.env.EMBEDDED_REMEMBER_IDS ??= '0';

/** Whether stores of this project's suites are hosted (`jest.config.js`). */
const { hostsStores = false } = globalThis as { readonly hostsStores?: boolean };

export type RunningApp = {
  readonly app: NestFastifyApplication;
  readonly config: Config;
  readonly url: string;
  /** Every line logged so far, as written. */
  readonly logged: readonly string[];
  /** A development token; `ttlSeconds` may be negative. */
  token(id: string, roles?: readonly Role[], ttlSeconds?: number): Promise<string>;
  /** `fetch` on this app, with a token for `as` if given. */
  call(path: string, request?: RequestInit & { as?: string; roles?: readonly Role[] }): Promise<Response>;
  close(): Promise<void>;
};

/** An application as its callers know it: this process's own, or another one. */
export type Callable = Pick<RunningApp, 'call'>;

export type AppSetup = {
  /**
   * Settings over the defaults: a free port, a temporary data folder, no rate limit. In `npm test` its store is a hosted one, with `npm run test:cluster` the
   * server that is set, and with an empty STORE_URL the embedded node as the application starts it.
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Controllers that only the test has. */
  readonly controllers?: readonly Type[];
  /** Hears of every route that is registered, as `GET /v1/views/:viewId/content`. */
  readonly onRoute?: (route: string) => void;
  /** Only these modules in place of the whole application. */
  readonly modules?: (config: Config, logger: Logger) => readonly (DynamicModule | Type)[];
  /** Adds to the HTTP server what a faulty release might, before the application does. */
  readonly onServer?: (server: FastifyInstance) => void;
  /** The suite sends sockets messages of its own making, as a faulty release might. */
  readonly tellsAnything?: boolean;
  /** Puts providers in others' places. */
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
};

/** The real application over real HTTP, on a free port and a data folder of its own. */
export const startApp = async ({
  env = {},
  controllers = [],
  modules,
  onRoute,
  onServer,
  tellsAnything = false,
  override = (builder) => builder,
}: AppSetup = {}): Promise<RunningApp> => {
  const dataDir = env.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'ledger-app-')));
  const asked = env.STORE_URL ?? (process.env.STORE_URL || undefined);
  const store = asked === undefined && hostsStores ? await hostedStore(join(dataDir, 'eventstore')) : undefined;
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_SERVICE_PER_MINUTE: '0',
    // The index costs each application a native library; the suites about it ask for it.
    HISTORY_INDEX: 'off',
    RECORDING_SAME_BYTES: 'keep',
    // Tests book in 2036, so that no consultation begins while they run, and a few hours ago where one has to have begun. What
    // production does, the suite about booking rules asks for: an empty value is the default.
    BOOKING_MAX_DAYS_AHEAD: '0',
    BOOKING_MAX_PAST_MINUTES: '1440',
    ...env,
    STORE_URL: store?.url ?? asked,
    DATA_DIR: dataDir,
  });
  const logged: string[] = [];

  @Module({ controllers: [...controllers] })
  class OnlyInTests {}

  let untold: () => readonly string[] = () => [];
  const logTo = { write: (line: string) => void logged.push(line) };
  const app: NestFastifyApplication = await createApp({
    config,
    logTo,
    guarded: modules === undefined,
    assemble: async (module, adapter, options) => {
      adapter.getInstance().addHook('onRoute', ({ method, url }: RouteOptions) => {
        for (const each of [method].flat()) onRoute?.(`${each} ${url}`);
      });
      untold = watchProblems(adapter.getInstance(), () => app);
      onServer?.(adapter.getInstance());
      const builder = override(
        Test.createTestingModule({
          imports: [...(modules?.(config, createLogger(config, logTo)) ?? [module]), OnlyInTests],
        }),
      );
      if (options.logger) builder.setLogger(options.logger as never);
      return (await builder.compile()).createNestApplication(adapter, options);
    },
  });
  await app.listen(config.http.port, config.http.host);
  const unsaid = tellsAnything ? () => [] : watchMessages(app);
  const url = await app.getUrl();
  const token: RunningApp['token'] = (id, roles = [], ttlSeconds = 300) => devToken(config, { id, roles }, ttlSeconds);
  return {
    app,
    config,
    url,
    logged,
    token,
    call: async (path, { as, roles, headers, ...request } = {}) => {
      const all = new Headers(headers);
      if (as !== undefined) all.set('authorization', `Bearer ${await token(as, roles)}`);
      return fetch(new URL(path, url), { ...request, headers: all });
    },
    close: async () => {
      await app.close().finally(() => store?.stop());
      if (env.DATA_DIR === undefined) await rm(dataDir, { recursive: true, force: true });
      if (untold().length > 0)
        throw new Error(`answered with problems that the OpenAPI document does not name: ${untold().join(', ')}`);
      if (unsaid().length > 0)
        throw new Error(`told sockets what the AsyncAPI document does not have: ${unsaid().join(', ')}`);
    },
  };
};
