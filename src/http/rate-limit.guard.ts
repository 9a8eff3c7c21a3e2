import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import type { GuardedRequest } from '../request/guarded-request.ts';
import { callerKey } from './caller-counts.ts';
import { RateLimited } from './rate-limit.ts';

/** One count per caller over all routes. It comes after the guard that finds out who is asking. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  /** The caller is not known on public routes: health checks and metrics must answer when all else is busy. */
  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    return context.getType() !== 'http' || context.switchToHttp().getRequest<GuardedRequest>().user === undefined;
  }

  protected override async getTracker({ user, ip }: GuardedRequest): Promise<string> {
    return user ? callerKey(user.actor.id) : `address ${ip}`;
  }

  protected override generateKey(_context: ExecutionContext, caller: string): string {
    return caller;
  }

  protected override async throwThrottlingException(
    _context: ExecutionContext,
    { timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    throw new RateLimited(timeToBlockExpire);
  }
}
