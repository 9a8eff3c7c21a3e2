import { join } from 'node:path';
import { Child } from './child.ts';
import type { FromHost, ToHost } from './host.ts';
import type { FromStore, ToStore } from './store-host.ts';

const START_MS = 30_000;
const STOP_MS = 8_000;
/** What a variant loads stays in the memory of its process. */
const VARIANTS_PER_PROCESS = 12;

export const settings = {
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'error',
  RATE_LIMIT_PER_MINUTE: '0',
  // A recording filed with the wrong patient is to be stopped by where it comes from, and not by its bytes alone.
  RECORDING_SAME_BYTES: 'keep',
  // The clinic books in 2031.
  BOOKING_MAX_DAYS_AHEAD: '0',
  RATE_LIMIT_SERVICE_PER_MINUTE: '0',
  // Strangers ask for everything here; being noticed for that is not what stopped them.
  PROBING_PATIENTS: '0',
  PROBING_MISSES: '0',
  RELEASE_TIMEOUT_MS: '5000',
  VIEW_TTL_SECONDS: '86400',
  SHUTDOWN_TIMEOUT_MS: '0',
} as const;

export type Application = {
  readonly url: string;
  /** For the official client, on the application's own embedded node. */
  readonly connectionString: string;
  readonly stop: () => Promise<void>;
};

/** Runs variants of the application, one at a time. */
export class Host {
  private readonly variants = new Child<ToHost, FromHost>(new URL('./host.js', import.meta.url));
  private readonly store = new Child<ToStore, FromStore>(new URL('./store-host.js', import.meta.url));
  private started = 0;

  /** @throws when it does not come up: with a bug in it that is one way to show nothing */
  async start(folder: string, dataDir: string): Promise<Application> {
    if (this.started++ % VARIANTS_PER_PROCESS === 0) await this.end();
    const dir = join(dataDir, 'eventstore');
    const { connectionString } = await this.store.ask({ dir }, 'started', START_MS);
    const env = { ...settings, DATA_DIR: dataDir, STORE_URL: connectionString };
    try {
      const { url } = await this.variants.ask({ folder, env }, 'started', START_MS);
      return { url, connectionString, stop: () => this.stop() };
    } catch (error) {
      await this.store.end();
      throw error;
    }
  }

  private async stop(): Promise<void> {
    await this.variants.ask('stop', 'stopped', STOP_MS).catch(() => undefined);
    await this.store.ask('stop', 'stopped', STOP_MS).catch(() => undefined);
  }

  async end(): Promise<void> {
    await Promise.all([this.variants.end(), this.store.end()]);
  }
}
