import { Module } from '@nestjs/common';
import { HttpModule } from '../../http/http.module.ts';
import { AccessHistory } from './access-history.ts';
import { Auditors } from './auditors.ts';
import { HistoryController } from './history.controller.ts';

/** What anybody was shown, opened, received or was refused, to ask about and to export. */
@Module({
  imports: [HttpModule],
  controllers: [HistoryController],
  providers: [AccessHistory, Auditors],
  exports: [AccessHistory, Auditors],
})
export class HistoryModule {}
