import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { Commands } from '../command-path/commands.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import type { Cause } from '../ledger/ledger.ts';
import { ApproveRuleChange, ProposeRuleChange, RejectRuleChange } from './commands.ts';
import { type RuleStanding, Rules, versionInForce } from './rules.ts';
import { ChangeBody, ChangeParams, ChangeSchema, RejectBody, RuleListSchema, RuleParams } from './schemas.ts';

type Params = z.output<typeof ChangeParams>;
type Shown = z.input<typeof RuleListSchema>['items'][number];

const change = { description: 'the change as it is now', standardSchema: ChangeSchema };

/** A rule that is confirmed less often than this, of so many, is a burden on those who look. */
const NOISY = { below: 0.05, closed: 50 };

/** Rules beyond one patient: what they find, how they are set, and changes of that. */
@ApiTags('Rules')
@Controller('v1/rules')
export class RulesController {
  constructor(
    private readonly commands: Commands,
    private readonly rules: Rules,
  ) {}

  @Get()
  @Operation({
    id: 'listRules',
    summary: 'List the rules beyond one patient',
    description:
      'Answers every rule with its settings, how often it hit, how often it was confirmed, and the changes that were proposed.',
    refuses: ['rules-unavailable'],
  })
  @ApiResponse({ status: 200, description: 'every rule as it is set', standardSchema: RuleListSchema })
  async list(): Promise<z.input<typeof RuleListSchema>> {
    return { items: (await this.rules.list()).map(shown) };
  }

  @Post(':name/changes')
  @Operation({
    id: 'proposeRuleChange',
    summary: 'Propose a change of a rule',
    description: 'Proposes other settings for a rule. A second officer approves them.',
    refuses: ['rule-not-found', 'backtest-needed', 'rule-change-empty'],
  })
  @ApiResponse({ status: 201, ...change })
  propose(
    @Param({ schema: RuleParams }) params: z.output<typeof RuleParams>,
    @Body({ schema: ChangeBody }) body: z.output<typeof ChangeBody>,
    @CauseOf() cause: Cause,
  ) {
    return this.commands.execute(new ProposeRuleChange({ ...params, ...body }, cause));
  }

  @Post(':name/changes/:changeId/approve')
  @HttpCode(200)
  @Operation({
    id: 'approveRuleChange',
    summary: 'Approve a change of a rule',
    description:
      'A second officer approves a change, which then holds for what happens from then on. No officer approves a change of their own.',
    refuses: ['own-case', 'step-up-needed', 'rule-not-found', 'rule-change-not-found', 'rule-change-closed'],
  })
  @ApiResponse({ status: 200, ...change })
  approve(@Param({ schema: ChangeParams }) params: Params, @CauseOf() cause: Cause) {
    return this.commands.execute(new ApproveRuleChange(params, cause));
  }

  @Post(':name/changes/:changeId/reject')
  @HttpCode(200)
  @Operation({
    id: 'rejectRuleChange',
    summary: 'Reject a change of a rule',
    description: 'Closes a proposed change without applying it.',
    refuses: ['rule-not-found', 'rule-change-not-found', 'rule-change-closed'],
  })
  @ApiResponse({ status: 200, ...change })
  reject(
    @Param({ schema: ChangeParams }) params: Params,
    @Body({ schema: RejectBody }) body: z.output<typeof RejectBody>,
    @CauseOf() cause: Cause,
  ) {
    return this.commands.execute(new RejectRuleChange({ ...params, reason: body?.reason }, cause));
  }
}

const shown = (standing: RuleStanding): Shown => {
  const { rule, inForce, tally, changes } = standing;
  const { name, says, about, settings, suppressedBy } = rule;
  const { enabled = false, severity = rule.severity, points = rule.points, numbers = {} } = inForce ?? {};
  const { hits, explained, closed, confirmed } = tally;
  const precision = closed === 0 ? null : confirmed / closed;
  return {
    ...{ name, version: versionInForce(standing), says, about, enabled, severity, points },
    numbers: Object.entries(settings).map(([called, { preset, min, max, says: what }]) => ({
      ...{ name: called, value: numbers[called] ?? preset, preset, min, max, says: what },
    })),
    suppressedBy: [...suppressedBy],
    ...{ hits, explained, closed, confirmed, precision },
    noisy: closed >= NOISY.closed && confirmed / closed < NOISY.below,
    changes: [...changes],
  };
};
