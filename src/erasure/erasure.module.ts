import { Module } from '@nestjs/common';
import { ConsultationsModule } from '../consultations/consultations.module.ts';
import { HttpModule } from '../http/http.module.ts';
import { RecordingsModule } from '../recordings/recordings.module.ts';
import { erasureCommands } from './commands.ts';
import { Erasing } from './erasing.ts';
import { ErasureController } from './erasure.controller.ts';
import { Erasures } from './erasures.ts';

/** The right to be forgotten, while the record of who saw what stays. */
@Module({
  imports: [ConsultationsModule, HttpModule, RecordingsModule],
  controllers: [ErasureController],
  providers: [Erasures, Erasing, ...erasureCommands],
})
export class ErasureModule {}
