import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FromHost, ToHost } from './host.ts';

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
  RATE_LIMIT_SERVICE_PER_MINUTE: '0',
  // Strangers ask for everything here; being noticed for that is not what stopped them.
  PROBING_PATIENTS: '0',
  PROBING_MISSES: '0',
  RELEASE_TIMEOUT_MS: '1500',
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
  private child: ChildProcess | undefined;
  private started = 0;

  /** @throws when it does not come up: with a bug in it that is one way to show nothing */
  async start(folder: string, dataDir: string): Promise<Application> {
    if (this.started++ % VARIANTS_PER_PROCESS === 0) await this.end();
    const env = { ...settings, DATA_DIR: dataDir };
    const { url } = await this.ask({ start: { folder, env } }, 'started', START_MS);
    const credentials = await readFile(join(dataDir, 'eventstore', 'access', 'credentials-admin.json'), 'utf8');
    const { connectionString } = JSON.parse(credentials) as { connectionString: string };
    return { url, connectionString, stop: () => this.stop() };
  }

  private async stop(): Promise<void> {
    await this.ask('stop', 'stopped', STOP_MS).catch(() => this.end());
  }

  async end(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  private async ask<K extends FromHost['kind']>(what: ToHost, kind: K, limitMs: number) {
    this.child ??= this.spawn();
    const { child } = this;
    const waiting = new AbortController();
    const { signal } = waiting;
    const late = setTimeout(() => waiting.abort(new Error(`no answer in ${limitMs} ms`)), limitMs);
    const answer = once(child, 'message', { signal }) as Promise<[FromHost]>;
    const gone = once(child, 'exit', { signal }).then(() => {
      throw new Error('the application ended');
    });
    for (const outcome of [answer, gone]) outcome.catch(() => undefined);
    try {
      if (!child.connected) throw new Error('the application ended');
      child.send(what);
      const [told] = await Promise.race([answer, gone]);
      if (told.kind === kind) return told as Extract<FromHost, { kind: K }>;
      throw new Error('why' in told ? told.why : `it said ${told.kind}`);
    } catch (error) {
      await this.end();
      throw error;
    } finally {
      clearTimeout(late);
      waiting.abort();
    }
  }

  private spawn(): ChildProcess {
    const child = fork(fileURLToPath(new URL('./host.js', import.meta.url)), {
      env: { PATH: process.env.PATH, ...(process.env.MUTANTS_LOG && { MUTANTS_LOG: '1' }) },
    });
    child.on('error', () => undefined);
    return child;
  }
}
