import { type ExecutionContext, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { hasRole } from '../auth/actor.ts';
import { CallerGuard, type GuardedRequest } from '../auth/caller.guard.ts';
import { ROUTE_ROLES, routeRoles } from '../auth/route-roles.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { AnsweredProblems } from './answered-problems.ts';
import { ProblemFilter } from './problem.filter.ts';
import { RateLimitGuard } from './rate-limit.guard.ts';
import { CallerWindows, RATE_WINDOW_MS } from './rate-limit.ts';
import { SchemaPipe } from './schema.pipe.ts';
import { Shutdown } from './shutdown.ts';

const limitFor =
  ({ http }: Config) =>
  (context: ExecutionContext): number => {
    const actor = context.switchToHttp().getRequest<GuardedRequest>().user?.actor;
    return actor && hasRole(actor, 'service') ? http.serviceRateLimitPerMinute : http.rateLimitPerMinute;
  };

/** What every route goes through, in this order: who is asking, how often, is the input valid; and what becomes of errors. */
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [CONFIG],
      useFactory: (config: Config) => {
        const limit = limitFor(config);
        return {
          throttlers: [{ ttl: RATE_WINDOW_MS, limit }],
          skipIf: (context) => limit(context) === 0,
          storage: new CallerWindows(),
        };
      },
    }),
  ],
  providers: [
    Shutdown,
    AnsweredProblems,
    { provide: ROUTE_ROLES, useValue: routeRoles },
    { provide: APP_GUARD, useClass: CallerGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
    { provide: APP_PIPE, useClass: SchemaPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [ROUTE_ROLES, AnsweredProblems],
})
export class HttpModule {}
