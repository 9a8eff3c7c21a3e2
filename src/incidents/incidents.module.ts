import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { BreachesModule } from '../breaches/breaches.module.ts';
import { HttpModule } from '../http/http.module.ts';
import { PagingModule } from '../paging/paging.module.ts';
import { RecordingsModule } from '../recordings/recordings.module.ts';
import { IncidentBoard } from './board.ts';
import { incidentCommands } from './commands.ts';
import { Containment } from './containment.ts';
import { Grouper } from './grouping/grouper.ts';
import { IncidentsController } from './incidents.controller.ts';
import { Incidents } from './incidents.ts';
import { OnCallGateway } from './on-call.gateway.ts';
import { Unattended } from './unattended.ts';
import { IncidentView } from './view.ts';

/** Incidents: breaches of one cause, what the desk does about them, and the screens of those on call. */
@Module({
  imports: [AccessModule, BreachesModule, HttpModule, PagingModule, RecordingsModule],
  controllers: [IncidentsController],
  providers: [
    IncidentBoard,
    Incidents,
    IncidentView,
    Containment,
    Unattended,
    Grouper,
    OnCallGateway,
    ...incidentCommands,
  ],
  exports: [IncidentBoard, Incidents, IncidentView, Containment],
})
export class IncidentsModule {}
