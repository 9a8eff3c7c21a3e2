import { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Id } from '../../events/values.ts';
import { AuthModule } from '../../src/auth/auth.module.ts';
import { Caller } from '../../src/auth/caller.decorator.ts';
import { ROUTE_ROLES, type RouteRoles, routeRoles } from '../../src/auth/route-roles.ts';
import { configModule } from '../../src/config/config.module.ts';
import { DomainError } from '../../src/errors.ts';
import { type ConditionalCause, ConditionalCauseOf } from '../../src/http/cause.ts';
import { MinRevision } from '../../src/http/conditional.ts';
import { HttpModule } from '../../src/http/http.module.ts';
import { encodeCursor, paging, Time } from '../../src/http/schemas.ts';
import type { Actor } from '../../src/request/actor.ts';
import { telemetryModule } from '../../src/telemetry/telemetry.module.ts';
import { type AppSetup, type RunningApp, startApp } from './app.ts';

class OutOfOrder extends DomainError {
  readonly code = 'ledger-unavailable';
  override readonly retryAfterSeconds = 7;
}

const Note = z.strictObject({ start: Time, size: z.number().int().min(1), tag: Id.optional() });
const List = z.strictObject({
  ...paging(z.tuple([z.string(), z.int()])),
  status: z.enum(['open', 'closed']).optional(),
});

/** Routes with nothing behind them, to see what the shell does before and after a handler. */
@Controller('probe')
export class ProbeController {
  @Get('me')
  me(@Caller() actor: Actor) {
    return { ...actor };
  }

  @Get('clinic')
  clinic() {
    return {};
  }

  @Get('unlisted')
  unlisted() {
    return {};
  }

  @Post('notes/:noteId')
  @HttpCode(200)
  async note(
    @Param('noteId', { schema: Id }) noteId: string,
    @Body({ schema: Note }) note: z.output<typeof Note>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    await new Promise(setImmediate);
    return { noteId, note, ifMatch, cause };
  }

  @Get('list')
  list(@Query({ schema: List }) query: z.output<typeof List>, @MinRevision() minRevision?: number) {
    return { query, minRevision, next: encodeCursor(['a', 1]) };
  }

  @Post('bytes')
  @HttpCode(200)
  async bytes(@Req() request: FastifyRequest) {
    if (!(request.body instanceof Readable)) return { stream: false };
    let bytes = 0;
    for await (const chunk of request.body) bytes += (chunk as Buffer).length;
    return { stream: true, bytes, requestId: request.id };
  }

  @Post('refuse-bytes')
  refuse() {
    throw new OutOfOrder('nothing is stored now');
  }

  @Get('broken')
  broken() {
    throw new Error('SELECT * FROM people WHERE name = Erika /etc/secret');
  }

  @Get('outage')
  outage() {
    throw new OutOfOrder('the store is away', { cause: new Error('connect ECONNREFUSED') });
  }
}

/** The application without what it is for: config, log, authentication, HTTP, and the routes above. No store is started. */
export const startShell = ({
  routes = {},
  ...setup
}: Omit<AppSetup, 'modules' | 'override'> & { routes?: RouteRoles } = {}): Promise<RunningApp> =>
  startApp({
    ...setup,
    controllers: [ProbeController, ...(setup.controllers ?? [])],
    modules: (config, logger) => [configModule(config), telemetryModule(logger), AuthModule, HttpModule],
    override: (builder) =>
      builder.overrideProvider(ROUTE_ROLES).useValue({
        ...routeRoles,
        'GET /probe/me': 'anyone',
        'GET /probe/clinic': ['clinician', 'service'],
        'POST /probe/notes/:noteId': 'anyone',
        'GET /probe/list': 'anyone',
        'POST /probe/bytes': ['service'],
        'POST /probe/refuse-bytes': ['service'],
        'GET /probe/broken': 'public',
        'GET /probe/outage': 'public',
        ...routes,
      }),
  });
