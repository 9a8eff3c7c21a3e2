import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { ConsultationsModule } from '../consultations/consultations.module.ts';
import { HttpModule } from '../http/http.module.ts';
import { PrivacyModule } from '../privacy/privacy.module.ts';
import { AccessesController } from './accesses/accesses.controller.ts';
import { Accesses } from './accesses/accesses.ts';
import { HistoryReadings } from './accesses/history-readings.ts';
import { AccessNoticesGateway } from './accesses/notices.gateway.ts';
import { AccessNotices } from './accesses/notices.ts';
import { Persons } from './accesses/persons.ts';
import { FeedController } from './feed/feed.controller.ts';
import { Feed } from './feed/feed.ts';
import { HistoryModule } from './history/history.module.ts';
import { ProvenanceController } from './provenance/provenance.controller.ts';
import { ProvenanceSteps } from './provenance/steps.ts';
import { ReleasesController } from './releases/releases.controller.ts';

/** What can be shown afterwards, from the ledger alone: who saw what of whom. */
@Module({
  imports: [ConsultationsModule, AccessModule, HistoryModule, HttpModule, PrivacyModule],
  controllers: [AccessesController, FeedController, ProvenanceController, ReleasesController],
  providers: [Accesses, AccessNotices, AccessNoticesGateway, HistoryReadings, Persons, Feed, ProvenanceSteps],
})
export class ComplianceModule {}
