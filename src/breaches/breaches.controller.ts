import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { BreachItem, TrackedBreach } from '../../projections/breach-board.ts';
import { Commands } from '../command-path/commands.ts';
import { CauseOf, type ConditionalCause, ConditionalCauseOf } from '../http/cause.ts';
import { etag } from '../http/conditional.ts';
import { ApiResponse, ApiTags } from '../http/documented.ts';
import { encodeCursor } from '../http/schemas.ts';
import type { Cause } from '../ledger/ledger.ts';
import { BreachBoard } from './board.ts';
import { Breaches } from './breaches.ts';
import * as changes from './commands.ts';
import {
  BreachItemSchema,
  BreachList,
  BreachListSchema,
  BreachParams,
  JustificationSchema,
  StepBody,
} from './schemas.ts';

type Params = z.output<typeof BreachParams>;
type Input = z.output<typeof StepBody>;

const one = { status: 200, description: 'the breach as it is now', standardSchema: BreachItemSchema };

const answered = (reply: FastifyReply, { item, revision }: TrackedBreach): BreachItem => {
  reply.header('etag', etag(revision));
  return item;
};

@ApiTags('Breaches')
@Controller('v1/breaches')
export class BreachesController {
  constructor(
    private readonly commands: Commands,
    private readonly breaches: Breaches,
    private readonly board: BreachBoard,
  ) {}

  @Get()
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: BreachListSchema })
  async list(@Query({ schema: BreachList }) { status, cursor, limit }: z.output<typeof BreachList>) {
    const { items, next } = await this.board.list({ status, before: cursor, limit });
    return { items, next: next === null ? null : encodeCursor(next) };
  }

  @Get(':breachId')
  @ApiResponse(one)
  async get(
    @Param({ schema: BreachParams }) { breachId }: Params,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BreachItem> {
    return answered(reply, await this.breaches.get(breachId));
  }

  /** The one free text of the ledger, for the desk: who reads it is on record before it is shown. */
  @Get(':breachId/justification')
  @ApiResponse({ status: 200, description: 'the reason that was given', standardSchema: JustificationSchema })
  justification(@Param({ schema: BreachParams }) { breachId }: Params, @CauseOf() cause: Cause) {
    return this.commands.execute(new changes.ReadJustification({ breachId }, cause));
  }

  @Post(':breachId/acknowledge')
  @HttpCode(200)
  @ApiResponse(one)
  acknowledge(
    @Param({ schema: BreachParams }) params: Params,
    @Body({ schema: StepBody }) body: Input,
    @ConditionalCauseOf() cause: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.take(changes.AcknowledgeBreach, params, body, cause, reply);
  }

  @Post(':breachId/contain')
  @HttpCode(200)
  @ApiResponse(one)
  contain(
    @Param({ schema: BreachParams }) params: Params,
    @Body({ schema: StepBody }) body: Input,
    @ConditionalCauseOf() cause: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.take(changes.ContainBreach, params, body, cause, reply);
  }

  @Post(':breachId/dismiss')
  @HttpCode(200)
  @ApiResponse(one)
  dismiss(
    @Param({ schema: BreachParams }) params: Params,
    @Body({ schema: StepBody }) body: Input,
    @ConditionalCauseOf() cause: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.take(changes.DismissBreach, params, body, cause, reply);
  }

  @Post(':breachId/notify-patient')
  @HttpCode(200)
  @ApiResponse(one)
  notifyPatient(
    @Param({ schema: BreachParams }) params: Params,
    @Body({ schema: StepBody }) body: Input,
    @ConditionalCauseOf() cause: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.take(changes.NotifyPatient, params, body, cause, reply);
  }

  @Post(':breachId/notify-regulator')
  @HttpCode(200)
  @ApiResponse(one)
  notifyRegulator(
    @Param({ schema: BreachParams }) params: Params,
    @Body({ schema: StepBody }) body: Input,
    @ConditionalCauseOf() cause: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.take(changes.NotifyRegulator, params, body, cause, reply);
  }

  @Post(':breachId/close')
  @HttpCode(200)
  @ApiResponse(one)
  close(
    @Param({ schema: BreachParams }) params: Params,
    @Body({ schema: StepBody }) body: Input,
    @ConditionalCauseOf() cause: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.take(changes.CloseBreach, params, body, cause, reply);
  }

  private async take(
    kind: typeof changes.StepOfBreach,
    { breachId }: Params,
    body: Input,
    { cause, ifMatch }: ConditionalCause,
    reply: FastifyReply,
  ): Promise<BreachItem> {
    const step = { breachId, reason: body?.reason };
    return answered(reply, await this.commands.execute(new kind(step, cause, ifMatch)));
  }
}
