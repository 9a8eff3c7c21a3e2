import { Injectable } from '@nestjs/common';
import type { AuditorEvent } from '../../../events/auditor-events.ts';
import { type HistoryReading, historyReads } from '../../../projections/history-reads.ts';
import { ViewIncomplete } from '../../ledger/read/errors.ts';
import type { ReadModel } from '../../ledger/read/read-model.ts';
import { ReadModels } from '../../ledger/read/read-models.ts';

/** Who read a patient's history: a read model, so that it is told on instances without the index, too. */
@Injectable()
export class HistoryReadings {
  private readonly model: ReadModel<readonly HistoryReading[], AuditorEvent>;

  constructor(models: ReadModels) {
    this.model = models.of(historyReads);
  }

  /**
   * The oldest first.
   * @throws LedgerUnavailable while it is not current; ViewIncomplete while a reading cannot be read: it could be of any patient
   */
  of(patientId: string): readonly HistoryReading[] {
    const [gap] = this.model.gaps;
    if (gap) throw new ViewIncomplete(gap.stream);
    return this.model.get(patientId) ?? [];
  }
}
