import { type ExecutionContext, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { ROUTE_ROLES, routeRoles } from '../auth/route-roles.ts';
import { CONFIG, type Config } from '../config/config.ts';
import type { GuardedRequest } from '../request/guarded-request.ts';
import { AnsweredProblems } from './answered-problems.ts';
import { CallerGuard } from './caller.guard.ts';
import { CallerCounts, limitOf } from './caller-counts.ts';
import { CallsUnderWay } from './calls-under-way.ts';
import { HealthController } from './health.controller.ts';
import { MetricsController } from './metrics.controller.ts';
import { ProblemFilter } from './problem.filter.ts';
import { RateLimitGuard } from './rate-limit.guard.ts';
import { CallerWindows, RATE_WINDOW_MS } from './rate-limit.ts';
import { SchemaPipe } from './schema.pipe.ts';
import { Shutdown } from './shutdown.ts';
import { SocketDoor } from './sockets.ts';

const limitFor = (config: Config) => (context: ExecutionContext) =>
  limitOf(config, context.switchToHttp().getRequest<GuardedRequest>().user?.actor);

/**
 * What every route goes through, in this order: who is asking, how often, how many at once, is the input valid; and what becomes of
 * errors. Sockets are counted with it. And the two routes that need nothing else: health and metrics.
 */
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
  controllers: [HealthController, MetricsController],
  providers: [
    Shutdown,
    AnsweredProblems,
    CallerCounts,
    CallsUnderWay,
    SocketDoor,
    { provide: ROUTE_ROLES, useValue: routeRoles },
    { provide: APP_GUARD, useClass: CallerGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
    { provide: APP_GUARD, useExisting: CallsUnderWay },
    { provide: APP_INTERCEPTOR, useExisting: CallsUnderWay },
    { provide: APP_PIPE, useClass: SchemaPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [ROUTE_ROLES, AnsweredProblems, SocketDoor],
})
export class HttpModule {}
