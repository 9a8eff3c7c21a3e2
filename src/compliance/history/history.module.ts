import { Module } from '@nestjs/common';
import { HttpModule } from '../../http/http.module.ts';
import { AccessHistory } from './access-history.ts';
import { Auditors } from './auditors.ts';
import { HistoryController } from './history.controller.ts';
import { VerdictsNow } from './verdicts-now.ts';

/** The access history: kept in an index, asked about by compliance officers. */
@Module({
  imports: [HttpModule],
  controllers: [HistoryController],
  providers: [AccessHistory, Auditors, VerdictsNow],
  exports: [AccessHistory, Auditors],
})
export class HistoryModule {}
