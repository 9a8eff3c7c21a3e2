import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { BreachesModule } from '../breaches/breaches.module.ts';
import { ConsultationsModule } from '../consultations/consultations.module.ts';
import { HttpModule } from '../http/http.module.ts';
import { BreachFileModule } from '../incidents/file/file.module.ts';
import { IncidentsModule } from '../incidents/incidents.module.ts';
import { drillCommands } from './commands.ts';
import { DrillsController } from './drills.controller.ts';
import { Drills } from './drills.ts';
import { Exercise } from './exercise.ts';
import { Outcomes } from './outcomes.ts';
import { Stage } from './stage.ts';
import { DrillWatch } from './watch.ts';

/** Drills on the live system, with people who do not exist. */
@Module({
  imports: [AccessModule, BreachFileModule, BreachesModule, ConsultationsModule, HttpModule, IncidentsModule],
  controllers: [DrillsController],
  providers: [Drills, Stage, Exercise, Outcomes, DrillWatch, ...drillCommands],
})
export class DrillsModule {}
