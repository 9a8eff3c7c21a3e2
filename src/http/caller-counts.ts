import { Inject, Injectable } from '@nestjs/common';
import { InjectThrottlerStorage, type ThrottlerStorage } from '@nestjs/throttler';
import { CONFIG, type Config } from '../config/config.ts';
import { type Actor, hasRole } from '../request/actor.ts';
import { RATE_WINDOW_MS, RateLimited } from './rate-limit.ts';

/** How often a caller may ask in a minute; 0 is no limit. */
export const limitOf = ({ http }: Config, actor: Actor | undefined): number =>
  actor && hasRole(actor, 'service') ? http.serviceRateLimitPerMinute : http.rateLimitPerMinute;

/** The name of a caller's window. */
export const callerKey = (id: string): string => `caller ${id}`;

/** The windows that requests and sockets are counted in together, so that a caller does not have one allowance for each. */
@Injectable()
export class CallerCounts {
  constructor(
    @InjectThrottlerStorage() private readonly windows: ThrottlerStorage,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * A caller who is known asked for something.
   * @throws RateLimited
   */
  countRequest(actor: Actor): Promise<void> {
    return this.count(callerKey(actor.id), limitOf(this.config, actor));
  }

  /**
   * Callers without a valid token are known by their address alone, and only their failures count against it: a hospital shares one.
   * @throws RateLimited
   */
  countRefusal(address: string): Promise<void> {
    return this.count(`refused ${address}`, this.config.http.rateLimitPerMinute);
  }

  private async count(key: string, limit: number): Promise<void> {
    if (limit === 0) return;
    const hit = await this.windows.increment(key, RATE_WINDOW_MS, limit, RATE_WINDOW_MS, 'callers');
    if (hit.isBlocked) throw new RateLimited(hit.timeToBlockExpire);
  }
}
