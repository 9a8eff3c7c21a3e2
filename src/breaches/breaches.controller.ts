import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { BreachItem, TrackedBreach } from '../../projections/breach-board.ts';
import { Commands } from '../command-path/commands.ts';
import { CauseOf, type ConditionalCause, ConditionalCauseOf } from '../http/cause.ts';
import { etag } from '../http/conditional.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { sends } from '../http/response-headers.ts';
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

const one = {
  status: 200,
  description: 'the breach as it is now',
  standardSchema: BreachItemSchema,
  headers: sends('ETag'),
};

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
  @Operation({
    id: 'listBreaches',
    summary: 'List breaches',
    description: 'Answers a page of breaches, newest first, of one status or of all.',
  })
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: BreachListSchema })
  async list(@Query({ schema: BreachList }) { status, cursor, limit }: z.output<typeof BreachList>) {
    const { items, next } = await this.board.list({ status, before: cursor, limit });
    return { items, next: next === null ? null : encodeCursor(next) };
  }

  @Get(':breachId')
  @Operation({
    id: 'getBreach',
    summary: 'Get a breach',
    description: 'Answers the breach with the steps that were taken on it.',
    refuses: ['breach-not-found'],
  })
  @ApiResponse(one)
  async get(
    @Param({ schema: BreachParams }) { breachId }: Params,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BreachItem> {
    return answered(reply, await this.breaches.get(breachId));
  }

  /** The one free text of the ledger, for the desk: who reads it is on record before it is shown. */
  @Get(':breachId/justification')
  @Operation({
    id: 'readJustification',
    summary: 'Read the reason given for an emergency',
    description:
      'Answers the text with which a clinician opened a recording in an emergency. Who reads it is on record before it is shown.',
    refuses: ['own-case', 'breach-not-found'],
  })
  @ApiResponse({ status: 200, description: 'the reason that was given', standardSchema: JustificationSchema })
  justification(@Param({ schema: BreachParams }) { breachId }: Params, @CauseOf() cause: Cause) {
    return this.commands.execute(new changes.ReadJustification({ breachId }, cause));
  }

  @Post(':breachId/acknowledge')
  @HttpCode(200)
  @Operation({
    id: 'acknowledgeBreach',
    summary: 'Acknowledge a breach',
    description: 'Says that a person works on the breach.',
    refuses: ['own-case', 'breach-not-found', 'breach-closed'],
  })
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
  @Operation({
    id: 'containBreach',
    summary: 'Contain a breach',
    description: 'Puts on record that the breach is contained.',
    refuses: ['own-case', 'breach-not-found', 'breach-closed'],
  })
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
  @Operation({
    id: 'dismissBreach',
    summary: 'Dismiss a breach',
    description: 'Closes the breach as none. A critical one needs a reason code.',
    refuses: ['own-case', 'breach-not-found', 'breach-closed', 'containment-needed'],
  })
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
  @Operation({
    id: 'recordPatientNotified',
    summary: 'Record that the patient was told',
    description: 'Puts on record that the patient was told of the breach. The ledger tells no patient by itself.',
    refuses: ['own-case', 'breach-not-found', 'breach-closed'],
  })
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
  @Operation({
    id: 'recordRegulatorNotified',
    summary: 'Record that the authority was told',
    description:
      'Puts on record that the supervisory authority was told of the breach. The ledger tells no authority by itself.',
    refuses: ['own-case', 'breach-not-found', 'breach-closed'],
  })
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
  @Operation({
    id: 'closeBreach',
    summary: 'Close a breach',
    description: 'Closes the breach as handled. A critical one that is not contained needs a reason code.',
    refuses: ['own-case', 'breach-not-found', 'breach-closed', 'containment-needed'],
  })
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
