import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { HttpModule } from '../http/http.module.ts';
import { PeopleModule } from '../people/people.module.ts';
import { consultationCommands } from './commands.ts';
import {
  CliniciansController,
  ConsultationsController,
  MyConsultationsController,
} from './consultations.controller.ts';
import { Consultations } from './consultations.ts';
import { Diaries } from './diary/diaries.ts';
import { DoorwayGuard } from './doorway.guard.ts';
import { Doorway } from './doorway.ts';
import { Guardians } from './guardians.ts';
import { MeGateway } from './me.gateway.ts';
import { mergingCommands } from './merging/commands.ts';
import { MergingController } from './merging/merging.controller.ts';
import { Merging } from './merging/merging.ts';
import { Patients } from './patients.ts';
import { queryHandlers } from './queries.ts';
import { Sessions } from './sessions.ts';

/** Booking, taking part, and "my consultations". */
@Module({
  imports: [HttpModule, PeopleModule],
  controllers: [ConsultationsController, MyConsultationsController, CliniciansController, MergingController],
  providers: [
    // After the guards of HttpModule: by then it is known who asks, and counted.
    { provide: APP_GUARD, useClass: DoorwayGuard },
    Consultations,
    Patients,
    Diaries,
    Sessions,
    Doorway,
    Guardians,
    MeGateway,
    Merging,
    ...mergingCommands,
    ...consultationCommands,
    ...queryHandlers,
  ],
  exports: [Patients, Sessions, Doorway, Guardians],
})
export class ConsultationsModule {}
