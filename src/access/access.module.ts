import { Module } from '@nestjs/common';
import { ConsultationsModule } from '../consultations/consultations.module.ts';
import { HttpModule } from '../http/http.module.ts';
import { accessCommands } from './commands.ts';
import { ControlsController } from './controls.controller.ts';
import { Listings } from './egress/listings.ts';
import { MonitorMinutes } from './monitor/minutes.ts';
import { AccessMonitor } from './monitor/monitor.ts';
import { Cuts } from './playing/cuts.ts';
import { Permits } from './playing/permits.ts';
import { Playback } from './playing/playback.ts';
import { PlayingNow } from './playing/playing-now.ts';
import { Viewers } from './viewers/viewers.ts';
import { AccessPolicy } from './views/policy.ts';
import { RecentViews } from './views/recent-views.ts';
import { Refusals } from './views/refusals.ts';
import { Verdicts } from './views/verdicts.ts';
import { ViewsController } from './views/views.controller.ts';
import { Views } from './views/views.ts';

/** Who may watch what: two keys, the verdicts, and what ends a transfer. */
@Module({
  imports: [ConsultationsModule, HttpModule],
  controllers: [ViewsController, ControlsController],
  providers: [
    Listings,
    AccessPolicy,
    AccessMonitor,
    MonitorMinutes,
    Viewers,
    Playback,
    PlayingNow,
    Verdicts,
    Cuts,
    Permits,
    Views,
    RecentViews,
    Refusals,
    ...accessCommands,
  ],
  exports: [Permits, AccessMonitor, Viewers, Verdicts, Views, Playback],
})
export class AccessModule {}
