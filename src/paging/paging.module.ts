import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.ts';
import { HttpModule } from '../http/http.module.ts';
import { KeyRing } from '../keys/keys.module.ts';
import { Ledger } from '../ledger/ledger.ts';
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
    {
      provide: PAGING,
      // The ledger first: it compares the ids that there are with those of this configuration.
      inject: [CONFIG, KeyRing, Ledger],
      useFactory: async (config: Config, { ids }: KeyRing) => {
        const paging = readPaging(config);
        // Of the people in it some may never have been heard of.
        await ids?.keep(JSON.stringify(paging.policy));
        return paging;
      },
    },
    { provide: PAGING_PACE, useValue: pace },
    ...[FollowedIncidents, Escalator, Pages, Pager, Heartbeat, TestPages, Phone],
    ...pagingCommands,
  ],
  exports: [PAGING, Escalator, FollowedIncidents],
})
export class PagingModule {}
