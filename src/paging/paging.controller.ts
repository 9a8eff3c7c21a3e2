import { Body, Controller, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Clock } from '../clock.ts';
import { Commands } from '../command-path/commands.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import type { Cause } from '../ledger/ledger.ts';
import { HearPagerDuty, TestPaging } from './commands.ts';
import { Escalator, PAGING } from './escalator.ts';
import { FollowedIncidents } from './followed-incidents.ts';
import { Pager } from './pager.ts';
import type { Policy } from './policy.ts';
import type { Paging } from './policy-file.ts';
import { onCall, shifts } from './schedule.ts';
import { EscalationSchema, PagerDutyEvent, PagingTestSchema, ScheduleListSchema } from './schemas.ts';

const SHOWN_MS = 28 * 86_400_000;
const MOST_DUE = 1_000;

/** Who is paged, when and through what. */
@ApiTags('Paging')
@Controller('v1')
export class PagingController {
  constructor(
    private readonly commands: Commands,
    private readonly clock: Clock,
    private readonly followed: FollowedIncidents,
    private readonly escalator: Escalator,
    private readonly pager: Pager,
    @Inject(PAGING) private readonly paging: Paging,
  ) {}

  @Get('on-call/schedule')
  @Operation({
    id: 'getOnCallSchedule',
    summary: 'Get the on-call schedule',
    description: 'Answers who is on call by each schedule now and for the days to come.',
  })
  @ApiResponse({
    status: 200,
    description: 'who is on call, now and for four weeks',
    standardSchema: ScheduleListSchema,
  })
  schedule(): z.input<typeof ScheduleListSchema> {
    const now = this.clock.now();
    const schedules = Object.entries(this.paging.policy.schedules).map(([name, schedule]) => ({
      ...{ name, timeZone: schedule.timeZone, personId: onCall(schedule, now) ?? null },
      shifts: shifts(schedule, now, now + SHOWN_MS).map(({ from, to, person }) => ({
        ...{ from: iso(from), to: iso(to), personId: person },
      })),
    }));
    return { schedules };
  }

  @Get('escalation')
  @Operation({
    id: 'getEscalation',
    summary: 'Get the escalation policy',
    description: 'Answers the policy of paging, the state of its channels, and the steps to come.',
  })
  @ApiResponse({
    status: 200,
    description: 'the policy, its channels, and the steps to come',
    standardSchema: EscalationSchema,
  })
  escalation(): z.input<typeof EscalationSchema> {
    const states = this.pager.states();
    const channels = Object.entries(this.paging.channels).map(([name, { kind }]) => {
      const state = states.get(name);
      if (state?.kind !== 'failing') return { name, kind, state: 'healthy' as const };
      const { since, why, code, status } = state;
      return {
        ...{ name, kind, state: 'failing' as const, since: iso(since), why },
        ...(code !== undefined && { code }),
        ...(status !== undefined && { status }),
      };
    });
    const due = this.followed
      .all()
      .flatMap((incident) => {
        const at = this.escalator.dueOf(incident);
        return at === undefined ? [] : [{ incidentId: incident.incidentId, at }];
      })
      .sort((one, other) => one.at - other.at)
      .slice(0, MOST_DUE)
      .map(({ incidentId, at }) => ({ incidentId, at: iso(at) }));
    return { policy: shown(this.paging.policy), channels, due };
  }

  @Post('paging/test')
  @HttpCode(200)
  @Operation({
    id: 'testPaging',
    summary: 'Send a test page',
    description: 'Sends a page marked TEST through every channel and answers what each receiver said.',
    refuses: ['paging-unavailable'],
  })

  @ApiResponse({ status: 200, description: 'what each receiver answered', standardSchema: PagingTestSchema })
  async test(@CauseOf() cause: Cause): Promise<z.input<typeof PagingTestSchema>> {
    const { testId, channels } = await this.commands.execute(new TestPaging(undefined, cause));
    return {
      testId,
      channels: channels.map(({ channel, kind, outcome: { kind: outcome, ...more } }) => ({
        ...{ channel, kind, outcome },
        ...('why' in more && { why: more.why }),
        ...('code' in more && more.code !== undefined && { code: more.code }),
        ...(more.status !== undefined && { status: more.status }),
      })),
    };
  }

  /** A message that means nothing here is taken all the same: it would come again. */
  @Post('hooks/pagerduty')
  @HttpCode(204)
  @Operation({
    id: 'receivePagerDutyEvent',
    summary: 'Receive an event of PagerDuty',
    description:
      'Takes webhooks (V3) of PagerDuty: an acknowledgement on the phone is one here. Each message is signed by its sender; one that means nothing here is taken all the same.',
    refuses: ['unauthenticated', 'ledger-unavailable', 'ledger-contention', 'ledger-read-only', 'paging-unavailable'],
  })

  @ApiResponse({ status: 204, description: 'taken' })
  async heardFromPagerDuty(
    @Req() request: FastifyRequest,
    @Body({ schema: PagerDutyEvent }) event: z.output<typeof PagerDutyEvent>,
  ): Promise<void> {
    const signature = String(request.headers['x-pagerduty-signature'] ?? '');
    const input = { signature, body: request.signedBody ?? '', event };
    const cause: Cause = { actor: { id: 'pagerduty', roles: [] }, requestId: request.id };
    await this.commands.execute(new HearPagerDuty(input, cause));
  }
}

const iso = (ms: number) => new Date(ms).toISOString();
const clock = (minutes: number) =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');

const shown = (policy: Policy): z.input<typeof EscalationSchema>['policy'] => {
  const { name, groupWindowMs, remindEveryMs, acknowledgementMs, repeatAfterMs, loops, steps, review, targets } =
    policy;
  const { quiet } = review;
  const auto = policy.autoContainment;
  return {
    ...{ name, groupWindowMs, remindEveryMs, acknowledgementMs, repeatAfterMs, loops },
    critical: steps.map(({ afterMs, targets: to }) => ({ afterMs, targets: [...to] })),
    review: {
      targets: [...review.targets],
      quietHours: quiet ? { from: clock(quiet.from), to: clock(quiet.to), timeZone: quiet.timeZone } : null,
    },
    autoContainment: auto ? { ...auto, kinds: [...auto.kinds] } : null,
    targets: Object.entries(targets).map(([key, { channels, ifFails, schedule }]) => ({
      ...{ name: key, channels: [...channels], ifFails: [...ifFails] },
      ...(schedule !== undefined && { schedule }),
    })),
  };
};
