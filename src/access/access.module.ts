import { Module } from '@nestjs/common';
import { ConsultationsModule } from '../consultations/consultations.module.ts';
import { HttpModule } from '../http/http.module.ts';
import { AccessesController } from './accesses.controller.ts';
import { Accesses } from './accesses.ts';
import { accessCommands } from './commands.ts';
import { ControlsController } from './controls.controller.ts';
import { Cuts } from './cuts.ts';
import { Incidents } from './incidents.ts';
import { Listings } from './listings.ts';
import { AccessMonitor } from './monitor.ts';
import { Playback } from './playback.ts';
import { AccessPolicy } from './policy.ts';
import { RecentViews } from './recent-views.ts';
import { Refusals } from './refusals.ts';
import { Releases } from './release.ts';
import { Verdicts } from './verdicts.ts';
import { Viewers } from './viewers.ts';
import { ViewsController } from './views.controller.ts';
import { Views } from './views.ts';

/** Who may watch what: two keys, the verdicts, and what ends a transfer. */
@Module({
  imports: [ConsultationsModule, HttpModule],
  controllers: [ViewsController, ControlsController, AccessesController],
  providers: [
    Listings,
    Accesses,
    AccessPolicy,
    AccessMonitor,
    Incidents,
    Viewers,
    Playback,
    Verdicts,
    Cuts,
    Releases,
    Views,
    RecentViews,
    Refusals,
    ...accessCommands,
  ],
  exports: [Releases, AccessMonitor, Viewers, Playback, Incidents],
})
export class AccessModule {}
