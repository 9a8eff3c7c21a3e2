import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { Commands } from '../../command-path/commands.ts';
import { CauseOf } from '../../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../../http/documented.ts';
import { sends } from '../../http/response-headers.ts';
import type { Cause } from '../../ledger/ledger.ts';
import { Backtests } from './backtests.ts';
import { BeginBacktest } from './commands.ts';
import { BacktestBody, BacktestParams, BacktestSchema } from './schemas.ts';

/** The history under other rules than it was judged by: for compliance, before rules are changed. */
@ApiTags('Compliance')
@Controller('v1/backtests')
export class BacktestsController {
  constructor(
    private readonly commands: Commands,
    private readonly backtests: Backtests,
  ) {}

  @Post()
  @HttpCode(202)
  @Operation({
    id: 'beginBacktest',
    summary: 'Begin a backtest',
    description: 'Judges the views of the past by other rules, in the background, before rules are changed.',
    refuses: ['rule-not-found', 'rule-change-empty', 'backtest-under-way', 'backtest-store-unavailable'],
  })
  @ApiResponse({
    status: 202,
    description: 'it is under way; its place is in `Location`',
    standardSchema: BacktestSchema,
    headers: sends('Location'),
  })
  async begin(
    @Body({ schema: BacktestBody }) body: z.output<typeof BacktestBody>,
    @CauseOf() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.commands.execute(new BeginBacktest(body, cause));
    reply.header('location', `/v1/backtests/${answer.backtestId}`);
    return answer;
  }

  @Get(':backtestId')
  @Operation({
    id: 'getBacktest',
    summary: 'Get a backtest',
    description: 'Answers how far the backtest is, or which verdicts would have been others.',
    refuses: ['backtest-not-found'],
  })
  @ApiResponse({ status: 200, description: 'how far it is, or what it found', standardSchema: BacktestSchema })
  get(@Param({ schema: BacktestParams }) { backtestId }: z.output<typeof BacktestParams>) {
    return this.backtests.get(backtestId);
  }
}
