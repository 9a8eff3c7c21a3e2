import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.ts';
import { HttpModule } from '../http/http.module.ts';
import { pagingCommands } from './commands.ts';
import { Escalator, PAGING } from './escalator.ts';
import { FollowedIncidents } from './followed-incidents.ts';
import { Heartbeat } from './heartbeat.ts';
import { PAGING_PACE, pace } from './pace.ts';
import { Pager } from './pager.ts';
import { Pages } from './pages.ts';
import { PagingController } from './paging.controller.ts';
import { Phone } from './phone.ts';
import { readPaging } from './policy-file.ts';
import { TestPages } from './test-pages.ts';

/** Who is told of an incident, until a person takes it on. */
@Module({
  imports: [HttpModule],
  controllers: [PagingController],
  providers: [
    { provide: PAGING, useFactory: (config: Config) => readPaging(config), inject: [CONFIG] },
    { provide: PAGING_PACE, useValue: pace },
    ...[FollowedIncidents, Escalator, Pages, Pager, Heartbeat, TestPages, Phone],
    ...pagingCommands,
  ],
  exports: [PAGING, Escalator, FollowedIncidents],
})
export class PagingModule {}
