import type { ThrottlerStorage } from '@nestjs/throttler';
import { DomainError } from '../errors.ts';
import { latest } from '../flow/latest.ts';

/** Callers are counted for as long as they are among the latest this many; a flood of addresses costs no more memory than that. */
const MAX_CALLERS = 100_000;

export const RATE_WINDOW_MS = 60_000;

/** The caller made more requests in a minute than it may. */
export class RateLimited extends DomainError {
  readonly code = 'rate-limited';
  constructor(override readonly retryAfterSeconds: number) {
    super(`more requests than allowed; ask again in ${retryAfterSeconds} s`);
  }
}

/**
 * Counts requests per caller in fixed windows. The throttler's own storage keeps the time of every single hit and sorts
 * through them on each request: a service at its limit of 60,000 a minute would pay for all of them every time.
 * Counts are per instance of the application.
 */
export class CallerWindows implements ThrottlerStorage {
  private readonly windows = latest<string, { hits: number; readonly endsAt: number }>(MAX_CALLERS);

  async increment(
    key: string,
    ttl: number,
    limit: number,
  ): Promise<Awaited<ReturnType<ThrottlerStorage['increment']>>> {
    const now = Date.now();
    let window = this.windows.get(key);
    if (!window || window.endsAt <= now) {
      window = { hits: 0, endsAt: now + ttl };
      this.windows.set(key, window);
    }
    window.hits++;
    const secondsLeft = Math.max(1, Math.ceil((window.endsAt - now) / 1_000));
    const isBlocked = window.hits > limit;
    return {
      totalHits: window.hits,
      timeToExpire: secondsLeft,
      isBlocked,
      timeToBlockExpire: isBlocked ? secondsLeft : 0,
    };
  }
}
