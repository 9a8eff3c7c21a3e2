import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { TrackedDrill } from '../../projections/drill.ts';
import { Commands } from '../command-path/commands.ts';
import { CauseOf } from '../http/cause.ts';
import { etag } from '../http/conditional.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { sends } from '../http/response-headers.ts';
import { encodeCursor } from '../http/schemas.ts';
import type { Cause } from '../ledger/ledger.ts';
import { BeginDrill, RequestDrill } from './commands.ts';
import { Drills } from './drills.ts';
import { DrillBody, DrillList, DrillListSchema, DrillParams, DrillSchema } from './schemas.ts';

type Params = z.output<typeof DrillParams>;

const one = { status: 200, description: 'the drill as it is now', standardSchema: DrillSchema, headers: sends('ETag') };

/** Drills: breaches that are made to happen to synthetic patients, to see whether they are noticed, and how soon people act. */
@ApiTags('Incidents')
@Controller('v1/drills')
export class DrillsController {
  constructor(
    private readonly commands: Commands,
    private readonly drills: Drills,
  ) {}

  @Post()
  @Operation({
    id: 'requestDrill',
    summary: 'Ask for a drill',
    description: 'Asks for a breach that is made to happen to synthetic patients. A second person begins it.',
  })
  @ApiResponse({
    ...one,
    status: 201,
    description: 'it waits for a second person to begin it',
    headers: sends('ETag', 'Location'),
  })
  async request(
    @Body({ schema: DrillBody }) body: z.output<typeof DrillBody>,
    @CauseOf() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const tracked = await this.commands.execute(new RequestDrill(body, cause));
    reply.header('location', `/v1/drills/${tracked.drill.drillId}`);
    return shown(tracked, reply);
  }

  @Get()
  @Operation({ id: 'listDrills', summary: 'List drills', description: 'Answers a page of drills, newest first.' })
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: DrillListSchema })
  list(@Query({ schema: DrillList }) { status, cursor, limit }: z.output<typeof DrillList>) {
    const { items, next } = this.drills.list({ status, before: cursor, limit });
    return { items: items.map(itemOf), next: next === null ? null : encodeCursor(next) };
  }

  @Get(':drillId')
  @Operation({
    id: 'getDrill',
    summary: 'Get a drill',
    description: 'Answers the drill and, once it is over, how soon it was noticed and acted on.',
    refuses: ['drill-not-found'],
  })
  @ApiResponse(one)
  async get(@Param({ schema: DrillParams }) { drillId }: Params, @Res({ passthrough: true }) reply: FastifyReply) {
    return shown(await this.drills.get(drillId), reply);
  }

  @Post(':drillId/begin')
  @HttpCode(200)
  @Operation({
    id: 'beginDrill',
    summary: 'Begin a drill',
    description: 'A second person begins the drill: its views are made, and the clock of those on call runs.',
    refuses: ['own-case', 'drill-not-found', 'drill-closed'],
  })
  @ApiResponse({ ...one, description: 'the drill, which runs from now on' })
  async begin(
    @Param({ schema: DrillParams }) params: Params,
    @CauseOf() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return shown(await this.commands.execute(new BeginDrill(params, cause)), reply);
  }
}

const shown = (tracked: TrackedDrill, reply: FastifyReply) => {
  reply.header('etag', etag(tracked.revision));
  return itemOf(tracked);
};

const itemOf = ({ drill: { carriedOut, report, ...drill } }: TrackedDrill): z.output<typeof DrillSchema> => ({
  ...drill,
  ...(carriedOut && { views: carriedOut.views.map((view) => ({ ...view })) }),
  ...(report && { report: { ...report, reasons: [...report.reasons] } }),
});
