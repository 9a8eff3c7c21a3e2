import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Commands } from '../command-path/commands.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import type { Cause } from '../ledger/ledger.ts';
import { Reactors } from '../ledger/react/reactors.ts';
import type { Standing } from '../ledger/react/running-reactor.ts';
import { ReplayParked } from '../operations/commands.ts';
import { ONCE_THE_MONITOR } from '../telemetry/metrics.ts';
import { HaltPlayback, ReinstateViewer, ResumePlayback, RevokeView, SuspendViewer } from './commands.ts';
import { MonitorMinutes } from './monitor/minutes.ts';
import { Playback } from './playing/playback.ts';
import { PlayingNow } from './playing/playing-now.ts';
import {
  InUseQuery,
  InUseSchema,
  MonitorMinutesSchema,
  MonitorSchema,
  PlaybackSchema,
  ReasonBody,
  RevokeBody,
  RevokedSchema,
  SwitchBody,
  ViewerParams,
  ViewerStandingSchema,
  ViewParams,
} from './schemas.ts';

type Viewer = z.output<typeof ViewerParams>;
type Reason = z.output<typeof ReasonBody>;

const standing = { status: 200, description: 'the viewer’s standing now', standardSchema: ViewerStandingSchema };
const playback = { status: 200, description: 'the switch as it is now', standardSchema: PlaybackSchema };

const monitor = { status: 200, description: 'how far the access monitor is', standardSchema: MonitorSchema };

/** What stops people from watching, each at once and on every instance, also where a transfer is under way. */
@ApiTags('Access')
@Controller('v1')
export class ControlsController {
  constructor(
    private readonly commands: Commands,
    private readonly playback: Playback,
    private readonly playing: PlayingNow,
    private readonly minutes: MonitorMinutes,
    private readonly reactors: Reactors,
  ) {}

  @Post('viewers/:viewerId/suspend')
  @HttpCode(200)
  @Operation({
    id: 'suspendViewer',
    summary: 'Suspend a viewer',
    description:
      'Keeps a person from viewing any recording, at once and on every instance; transfers under way are cut.',
  })
  @ApiResponse(standing)
  async suspend(
    @Param({ schema: ViewerParams }) { viewerId }: Viewer,
    @Body({ schema: ReasonBody }) { reason }: Reason,
    @CauseOf() cause: Cause,
  ) {
    await this.commands.execute(new SuspendViewer({ viewerId, reason }, cause));
    return { viewerId, suspended: true };
  }

  @Post('viewers/:viewerId/reinstate')
  @HttpCode(200)
  @Operation({
    id: 'reinstateViewer',
    summary: 'Reinstate a viewer',
    description: 'Ends the suspension of a person. Views that were revoked meanwhile stay revoked.',
    refuses: ['own-case'],
  })
  @ApiResponse(standing)
  async reinstate(
    @Param({ schema: ViewerParams }) { viewerId }: Viewer,
    @Body({ schema: ReasonBody }) { reason }: Reason,
    @CauseOf() cause: Cause,
  ) {
    await this.commands.execute(new ReinstateViewer({ viewerId, reason }, cause));
    return { viewerId, suspended: false };
  }

  @Post('views/:viewId/revoke')
  @HttpCode(200)
  @Operation({
    id: 'revokeView',
    summary: 'Revoke a view',
    description: 'Ends one view, at once and on every instance; a transfer under way is cut.',
    refuses: ['view-not-found'],
  })
  @ApiResponse({ status: 200, description: 'nothing flows under this view any more', standardSchema: RevokedSchema })
  async revoke(
    @Param({ schema: ViewParams }) { viewId }: z.output<typeof ViewParams>,
    @Body({ schema: RevokeBody }) { viewerId, reason }: z.output<typeof RevokeBody>,
    @CauseOf() cause: Cause,
  ) {
    await this.commands.execute(new RevokeView({ viewId, viewerId, reason }, cause));
    return { viewId, viewerId, revoked: true as const };
  }

  @Get('playback')
  @Operation({
    id: 'getPlayback',
    summary: 'Get the switch of all playback',
    description: 'Answers whether playback is halted, for every instance or for instances of single releases.',
  })
  @ApiResponse(playback)
  async state() {
    return this.answered();
  }

  @Get('playback/in-use')
  @Operation({
    id: 'getPlaybackInUse',
    summary: 'Tell what a halt would stop',
    description:
      'Answers, in numbers, the open views and the transfers under way on all instances, or those of one release of the ledger, and of how many people they are. For a person who is about to halt it.',
  })
  @ApiResponse({ status: 200, description: 'what a halt would stop now', standardSchema: InUseSchema })
  async inUse(@Query({ schema: InUseQuery }) { release }: z.output<typeof InUseQuery>) {
    return this.playing.inUse(release);
  }

  @Post('playback/halt')
  @HttpCode(200)
  @Operation({
    id: 'haltPlayback',
    summary: 'Halt playback',
    description:
      'Stops all playback on every instance, or on instances of one release of the ledger. Transfers under way are cut.',
    refuses: ['step-up-needed'],
  })
  @ApiResponse(playback)
  async halt(@Body({ schema: SwitchBody }) body: z.output<typeof SwitchBody>, @CauseOf() cause: Cause) {
    await this.commands.execute(new HaltPlayback(body, cause));
    return this.answered();
  }

  @Post('playback/resume')
  @HttpCode(200)
  @Operation({
    id: 'resumePlayback',
    summary: 'Resume playback',
    description: 'Lets recordings be played again, on every instance or on instances of one release.',
  })
  @ApiResponse(playback)
  async resume(@Body({ schema: SwitchBody }) body: z.output<typeof SwitchBody>, @CauseOf() cause: Cause) {
    await this.commands.execute(new ResumePlayback(body, cause));
    return this.answered();
  }

  private async answered() {
    const { all, releases } = await this.playback.state();
    return { halted: all, releases: [...releases.keys()].sort() };
  }

  @Get('access-monitor')
  @Operation({
    id: 'getAccessMonitor',
    summary: 'Tell how far the access monitor is',
    description:
      'Answers whether the second key judges views here, how many events wait for it, and how many it has parked.',
  })
  @ApiResponse(monitor)
  async monitorStanding() {
    const both = await Promise.all(ONCE_THE_MONITOR.map((name) => this.reactors.of(name).standing()));
    const sum = (of: (one: Standing) => number) => both.reduce((total, one) => total + of(one), 0);
    return {
      available: both.every(({ available }) => available),
      waiting: sum(({ waiting }) => waiting),
      parked: sum(({ parked }) => parked),
    };
  }

  @Get('access-monitor/minutes')
  @Operation({
    id: 'getAccessMonitorMinutes',
    summary: 'Tell how fast views are judged',
    description:
      'Answers the last hour minute by minute: verdicts of the second key, how long they took, and how long it took until a flagged view was a breach on record.',
  })
  @ApiResponse({ status: 200, description: 'the last hour', standardSchema: MonitorMinutesSchema })
  async monitorMinutes() {
    return this.minutes.lastHour();
  }

  /** The operator decides nothing by hand: parked events are judged by the rules like any other, once they can be read. */
  @Post('access-monitor/replay-parked')
  @HttpCode(202)
  @Operation({
    id: 'replayParkedViews',
    summary: 'Replay parked views',
    description:
      'Gives the events that the access monitor could not judge to its rules again. No verdict can be entered by hand.',
  })
  @ApiResponse({ ...monitor, status: 202 })
  async replayParked(@CauseOf() cause: Cause) {
    await this.commands.execute(new ReplayParked({ reactors: ONCE_THE_MONITOR }, cause));
    return this.monitorStanding();
  }
}
