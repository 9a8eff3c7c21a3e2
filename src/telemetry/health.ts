import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { within } from '../flow/within.ts';
import { LOGGER } from './logger.ts';

const CHECK_TIMEOUT_MS = 2_000;
/** Readiness needs no token: however often it is asked, the dependencies are asked once in this time. */
const FRESH_MS = 500;
/** Before this instance was ready for the first time: it is waited for, and changes from one moment to the next. */
const FRESH_AT_START_MS = 25;

/** Resolves when the dependency can do its work now, with a word when it does so in an unusual way (`halted`); rejects otherwise. */
export type HealthCheck = () => unknown;

/** Each check's outcome: `ok`, `failed`, or the word that the check gave. */
export type Readiness = { readonly ready: boolean; readonly checks: Readonly<Record<string, string>> };

/** What must work for this instance to take requests; the module that owns a dependency registers its check. */
@Injectable()
export class HealthRegistry {
  private readonly checks = new Map<string, HealthCheck>();
  private latest: { until: number; readonly readiness: Promise<Readiness> } | undefined;
  private wasReady = false;
  private readonly loggedAt = new Map<string, number>();
  private draining = false;

  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  /** @param name shown to every caller, without a token: `store`, `monitor`, `recordings` */
  register(name: string, check: HealthCheck): void {
    if (this.checks.has(name)) throw new Error(`there is a health check "${name}" already`);
    this.checks.set(name, check);
  }

  /** From the first moment of a shutdown, so that no new requests are sent here. */
  drain(): void {
    this.draining = true;
  }

  /** Asks all dependencies at once; one that does not answer in two seconds has failed. */
  async readiness(): Promise<Readiness> {
    if (this.draining) return { ready: false, checks: { server: 'failed' } };
    const now = performance.now();
    if (!this.latest || now > this.latest.until) {
      const latest = { until: now + FRESH_MS, readiness: this.ask() };
      this.latest = latest;
      const { ready } = await latest.readiness;
      this.wasReady ||= ready;
      if (!this.wasReady) latest.until = performance.now() + FRESH_AT_START_MS;
    }
    return this.latest.readiness;
  }

  private async ask(): Promise<Readiness> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => {
        try {
          const word = await within(Promise.resolve().then(check), CHECK_TIMEOUT_MS, noAnswer);
          return [name, typeof word === 'string' ? word : 'ok'] as const;
        } catch (error) {
          this.log(name, error);
          return [name, 'failed'] as const;
        }
      }),
    );
    return { ready: results.every(([, result]) => result !== 'failed'), checks: Object.fromEntries(results) };
  }

  /** As often as checks are asked once the instance was ready, and not for each time that a start is. */
  private log(check: string, error: unknown): void {
    const now = performance.now();
    if (now - (this.loggedAt.get(check) ?? Number.NEGATIVE_INFINITY) < FRESH_MS) return;
    this.loggedAt.set(check, now);
    this.logger.warn({ check, err: error }, 'a health check failed');
  }
}

const noAnswer = () => new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`);
