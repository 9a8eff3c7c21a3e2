import { Injectable } from '@nestjs/common';
import type { AuditorEvent } from '../../../events/auditor-events.ts';
import { type FileReading, fileReadings } from '../../../projections/file-readings.ts';
import { ViewIncomplete } from '../../ledger/read/errors.ts';
import type { ReadModel } from '../../ledger/read/read-model.ts';
import { ReadModels } from '../../ledger/read/read-models.ts';

/** Who was given the breach file of an incident, and as of when: each position is a version of it, the same for ever. */
@Injectable()
export class FileVersions {
  private readonly model: ReadModel<readonly FileReading[], AuditorEvent>;

  constructor(models: ReadModels) {
    this.model = models.of(fileReadings);
  }

  /**
   * The newest first.
   * @throws LedgerUnavailable while it is not current; ViewIncomplete while a reading cannot be read: it could be of any incident
   */
  of(incidentId: string): readonly FileReading[] {
    const [gap] = this.model.gaps;
    if (gap) throw new ViewIncomplete(gap.stream);
    return (this.model.get(incidentId) ?? []).toReversed();
  }
}
