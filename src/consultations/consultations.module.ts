import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { commandHandlers } from './commands.ts';
import { ConsultationsController, MyConsultationsController } from './consultations.controller.ts';
import { Diaries } from './diary/diaries.ts';
import { MeGateway } from './me.gateway.ts';
import { Patients } from './patients.ts';
import { queryHandlers } from './queries.ts';
import { Sessions } from './sessions.ts';

/** Booking, taking part, and "my consultations". */
@Module({
  imports: [CqrsModule],
  controllers: [ConsultationsController, MyConsultationsController],
  providers: [Patients, Diaries, Sessions, MeGateway, ...commandHandlers, ...queryHandlers],
  exports: [Patients, Sessions],
})
export class ConsultationsModule {}
