import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { ConsultationsModule } from '../consultations/consultations.module.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { HealthRegistry } from '../telemetry/health.ts';
import { recordingCommands } from './commands.ts';
import { ContentController } from './content.controller.ts';
import { Contents } from './contents.ts';
import { CustodyController } from './custody.controller.ts';
import { Custody } from './custody.ts';
import { Descriptors } from './descriptors.ts';
import { Housekeeping } from './housekeeping.ts';
import { JoinedTransfers } from './joined-transfers.ts';
import { Proofs } from './proofs.ts';
import { SameBytes } from './same-bytes.ts';
import { RECORDING_STORE, recordingStore } from './stores.ts';
import { TransferEnds } from './transfer-ends.ts';
import { UploadsController } from './uploads.controller.ts';
import { Uploads } from './uploads.ts';

/** The life of a recording: arrival, content, custody, housekeeping. */
@Module({
  imports: [ConsultationsModule, AccessModule],
  controllers: [UploadsController, ContentController, CustodyController],
  providers: [
    ...[recordingStore, Uploads, SameBytes, Contents, Custody, Housekeeping],
    ...[Proofs, JoinedTransfers, TransferEnds, Descriptors],
    ...recordingCommands,
  ],
  exports: [Custody],
})
export class RecordingsModule implements OnApplicationShutdown {
  constructor(
    @Inject(RECORDING_STORE) private readonly store: ObjectStore,
    descriptors: Descriptors,
    health: HealthRegistry,
  ) {
    health.register('recordings', () => store.check());
    health.register('descriptors', () => descriptors.requireFree());
  }

  onApplicationShutdown(): void {
    this.store.close();
  }
}
