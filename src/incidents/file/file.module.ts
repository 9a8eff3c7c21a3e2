import { Module } from '@nestjs/common';
import { HistoryModule } from '../../compliance/history/history.module.ts';
import { ClockWatch } from '../clocks/watch.ts';
import { IncidentsModule } from '../incidents.module.ts';
import { BreachFiles } from './breach-files.ts';
import { BreachFileController } from './file.controller.ts';
import { FileVersions } from './file-versions.ts';

/** What the law asks for after a breach: files, the register, and clocks that are watched. */
@Module({
  imports: [HistoryModule, IncidentsModule],
  controllers: [BreachFileController],
  providers: [BreachFiles, FileVersions, ClockWatch],
  exports: [BreachFiles],
})
export class BreachFileModule {}
