import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import type { GuardedRequest } from '../auth/caller.guard.ts';
import { accessTo } from '../auth/route-roles.ts';
import { RateLimited } from './rate-limit.ts';

/** One count per caller over all routes. Health checks and metrics are not counted: they must answer when all else is busy. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const { method, routeOptions } = context.switchToHttp().getRequest<GuardedRequest>();
    return accessTo(method, routeOptions.url ?? '') === 'public';
  }

  protected override async getTracker(request: GuardedRequest): Promise<string> {
    return request.user ? `caller ${request.user.actor.id}` : `address ${request.ip}`;
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
