import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ConsultationsModule } from '../../consultations/consultations.module.ts';
import { HttpModule } from '../../http/http.module.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { PrivacyModule } from '../../privacy/privacy.module.ts';
import { Persons } from '../accesses/persons.ts';
import { HistoryModule } from '../history/history.module.ts';
import { exportCommands } from './commands.ts';
import { ExportExpiry } from './expiry.ts';
import { ExportsController } from './exports.controller.ts';
import { ExportsGateway } from './exports.gateway.ts';
import { Exports } from './exports.ts';
import { ExportMaker } from './maker.ts';
import { EXPORT_STORE, exportStore } from './stores.ts';

/** The access history as files: asked for, approved, made, fetched, removed. */
@Module({
  imports: [ConsultationsModule, HttpModule, HistoryModule, PrivacyModule],
  controllers: [ExportsController],
  providers: [exportStore, Exports, ExportMaker, ExportExpiry, ExportsGateway, Persons, ...exportCommands],
})
export class ExportsModule implements OnApplicationShutdown {
  constructor(@Inject(EXPORT_STORE) private readonly store: ObjectStore) {}

  onApplicationShutdown(): void {
    this.store.close();
  }
}
