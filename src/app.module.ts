import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { AccessModule } from './access/access.module.ts';
import { AuthModule } from './auth/auth.module.ts';
import { BreachesModule } from './breaches/breaches.module.ts';
import { CommandPathModule } from './command-path/command-path.module.ts';
import { BacktestsModule } from './compliance/backtests/backtests.module.ts';
import { ComplianceModule } from './compliance/compliance.module.ts';
import { ExportsModule } from './compliance/exports/exports.module.ts';
import { HistoryModule } from './compliance/history/history.module.ts';
import { configModule } from './config/config.module.ts';
import type { Config } from './config/config.ts';
import { ConsoleModule } from './console/console.module.ts';
import { ConsultationsModule } from './consultations/consultations.module.ts';
import { DrillsModule } from './drills/drills.module.ts';
import { ErasureModule } from './erasure/erasure.module.ts';
import { AnswersModule } from './http/answers.module.ts';
import { HttpModule } from './http/http.module.ts';
import { BreachFileModule } from './incidents/file/file.module.ts';
import { IncidentsModule } from './incidents/incidents.module.ts';
import type { EmbeddedNode } from './ledger/embedded-node.ts';
import { ledgerModule } from './ledger/ledger.module.ts';
import { mediaModule } from './media/media.module.ts';
import { OperationsModule } from './operations/operations.module.ts';
import { PagingModule } from './paging/paging.module.ts';
import { PeopleModule } from './people/people.module.ts';
import { PrivacyModule } from './privacy/privacy.module.ts';
import { RecordingsModule } from './recordings/recordings.module.ts';
import { RulesModule } from './rules/rules.module.ts';
import { SecondKeyModule } from './second-key/second-key.module.ts';
import { telemetryModule } from './telemetry/telemetry.module.ts';
import { WebhooksModule } from './webhooks/webhooks.module.ts';

@Module({})
class AppModule {}

/** The whole application, for one configuration. */
export const appModule = (config: Config, logger: Logger, node: EmbeddedNode | undefined): DynamicModule => ({
  module: AppModule,
  imports: [
    configModule(config),
    telemetryModule(logger),
    AuthModule,
    HttpModule,
    OperationsModule,
    ledgerModule(node),
    CommandPathModule,
    SecondKeyModule,
    AnswersModule,
    ConsoleModule,
    ConsultationsModule,
    PrivacyModule,
    PeopleModule,
    AccessModule,
    BreachesModule,
    IncidentsModule,
    RulesModule,
    DrillsModule,
    ErasureModule,
    ComplianceModule,
    RecordingsModule,
    mediaModule(config),
    HistoryModule,
    BacktestsModule,
    ExportsModule,
    WebhooksModule,
    PagingModule,
    BreachFileModule,
  ],
});
